"""The lenses of blocking clients. There is no loop to stamp; pyinstrument is left out: it sees only the thread that starts
it.
"""

import threading
from time import thread_time_ns

from clientprof.clients.adapter import Adapter, SyncAdapter
from clientprof.model.run import RoundKind
from clientprof.model.samples import CodeLocation
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.in_threads.thread_sampler import ThreadSampler
from clientprof.probes.in_threads.thread_stamps import ThreadStamps
from clientprof.probes.locations import locate
from clientprof.probes.name_lookups import install_name_lookups
from clientprof.probes.patches import Patches
from clientprof.probes.sampling.signal_cost import signal_cost_ns
from clientprof.probes.tls_work import TlsWorkProbe
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.settings import WorkerSettings

# Denser, the samples would slow the main thread down more than it can hide.
MIN_INTERVAL_US = 500.0


class ThreadSampleLens(Lens):
    """The signal sampler in the main thread, and the CPU clocks of all others."""

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self._patches = Patches()
        self._threads = settings.scenario.concurrency
        self.garbage = GarbageProbe(recorder, self.failures, main_only=True)
        # The main thread has its share of the CPU only; with many threads that share is sampled more densely.
        self.interval_us = max(min(settings.interval_us, MIN_INTERVAL_US), settings.interval_us / self._threads)
        # The cost of signals is left out here, where it is known which ones were samples: the recording's stays 0.
        self.sampler = ThreadSampler(
            recorder, self.garbage, self.interval_us, settings.seed, self.failures, signal_ns=signal_cost_ns()
        )
        self._main = threading.main_thread().ident
        self._cpu = threading.local()
        self._others_ns: list[int] = []
        self._others_garbage_ns = 0

    def install(self) -> None:
        assert isinstance(self.adapter, SyncAdapter)
        self.garbage.install()
        self.sampler.wrap_calls(self._patches, self.adapter.waits)

    def uninstall(self) -> None:
        self.sampler.stop()
        self.garbage.uninstall()
        self._patches.restore()
        self.notes.extend(self.sampler.notes)
        if self._threads > 1:
            self.notes.append(
                f"of {self._threads} threads the main one was sampled, every {self.interval_us:.0f} µs, and scaled to all"
            )

    def begin(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            self._others_ns.clear()
            self._others_garbage_ns = self.garbage.others_cpu_ns

    def begin_thread(self, kind: RoundKind) -> None:
        # Not before: opening the other threads' gates is the main thread's work alone. Scaled to 32 threads, 8 us of it per
        # request were reported as 226 us.
        if kind is RoundKind.MEASURED and threading.get_ident() == self._main:
            self.sampler.start()
        self._cpu.began_ns = thread_time_ns()

    def end_thread(self, kind: RoundKind) -> None:
        if threading.get_ident() == self._main:
            self.sampler.stop()
        else:
            self._others_ns.append(thread_time_ns() - self._cpu.began_ns)

    def end(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            self.sampler.end_round(sum(self._others_ns), self.garbage.others_cpu_ns - self._others_garbage_ns)
        self.recorder.settle()

    def codes(self) -> tuple[CodeLocation, ...]:
        return tuple(map(locate, self.sampler.codes))


class ThreadLedgerLens(Lens):
    """Marks and blocking calls, stamped with both clocks in the thread that makes them; no samples."""

    stamped = True

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self._patches = Patches()
        self._garbage = GarbageProbe(recorder, self.failures)
        self._stamps = ThreadStamps(recorder, self._patches, self.failures)
        self._tls = TlsWorkProbe(recorder, self._patches, self.failures) if settings.scenario.tls else None

    def install(self) -> None:
        assert isinstance(self.adapter, SyncAdapter)
        self._garbage.install()
        self.missing += self._stamps.install(self.adapter.marks, self.adapter.waits)
        if self._tls is not None:
            self._tls.install(self.adapter)
        install_name_lookups(self.recorder, self._patches, self.failures)

    def uninstall(self) -> None:
        self._garbage.uninstall()
        self._patches.restore()

    def end(self, kind: RoundKind) -> None:
        self._stamps.settle(keep=kind is not RoundKind.WARMUP)
        if self._tls is not None:
            self._tls.end_round()
        self.recorder.settle()
