"""The lenses that sample asynchronous clients, on whatever loop."""

import asyncio
from collections.abc import Callable
from types import CodeType, FrameType

from clientprof.clients.adapter import Adapter
from clientprof.model.run import RoundKind, StepOwner
from clientprof.model.samples import CodeLocation
from clientprof.probes.awaits import AwaitProbe, one_in
from clientprof.probes.boundary_marks import install_marks
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.locations import locate
from clientprof.probes.name_lookups import install_name_lookups
from clientprof.probes.on_asyncio.handshakes import install_handshake_stamps
from clientprof.probes.on_asyncio.stamped_loop import StampedLoop, install_handle_stamps
from clientprof.probes.on_trio.trio_steps import TrioSteps, TrioWaits
from clientprof.probes.on_trio.trio_streams import TrioStreamStamps
from clientprof.probes.on_uvloop.stamped_uvloop import stamped_uvloop
from clientprof.probes.on_uvloop.uvloop_protocols import Protocols
from clientprof.probes.on_uvloop.uvloop_steps import Steps
from clientprof.probes.on_uvloop.uvloop_waits import IN_UVLOOP, UvloopWaits
from clientprof.probes.patches import Patches
from clientprof.probes.sampling.sampler import Sampler
from clientprof.probes.sampling.signal_cost import signal_cost_ns
from clientprof.probes.sampling.signal_wakeups import SignalWakeups
from clientprof.probes.sampling.voluntary_switches import VoluntarySwitches, voluntary_switches
from clientprof.probes.seam_table import Instrument, fits
from clientprof.probes.tls_work import TlsWorkProbe
from clientprof.probes.waits import LongWaits, ReportingSelector
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.load.scenario import Loop
from clientprof.workload.settings import WorkerSettings


class _Sampling(Lens):
    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self.garbage = GarbageProbe(recorder, self.failures)
        self.sampler = Sampler(
            recorder, self.garbage, settings.interval_us, settings.seed, self.failures, self.waiting,
            blocks=self.blocks(), native=self.native,
        )  # fmt: skip
        self._wakeups = SignalWakeups()

    def waiting(self) -> bool:
        """Whether the loop may be blocked in its selector just now; asked by each sample."""
        return False

    def blocks(self) -> VoluntarySwitches | None:
        """Tells when the thread has blocked, for loops that report the waits of their own selector."""
        return None

    def native(self, frame: FrameType | None) -> CodeType | None:
        """What stands for the loop's own code, where that makes no frames and this is merely the next one."""
        return None

    def install(self) -> None:
        self.garbage.install()

    def uninstall(self) -> None:
        self.sampler.stop()
        self.garbage.uninstall()
        self.notes.extend(self.sampler.notes)

    def begin(self, kind: RoundKind) -> None:
        if kind is RoundKind.MEASURED:
            if self.loop is Loop.TRIO:
                self._wakeups.silence()
            self.sampler.start()

    def end(self, kind: RoundKind) -> None:
        self.sampler.stop()
        self._wakeups.restore()
        self.recorder.settle()

    def codes(self) -> tuple[CodeLocation, ...]:
        return tuple(map(locate, self.sampler.codes))


class SampleLens(_Sampling):
    """The signal sampler alone, on a loop that tells it when it waits."""

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        self._uvloop = UvloopWaits()
        super().__init__(settings, adapter, recorder)

    def native(self, frame: FrameType | None) -> CodeType | None:
        return self._uvloop.native(frame)

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        if not fits(Instrument.UVLOOP if self.loop is Loop.UVLOOP else Instrument.WAITS, self.failures):
            return super().loop_factory()
        if self.loop is Loop.UVLOOP:
            self.sampler.expect_unreported_waits(IN_UVLOOP, self._uvloop.asleep)
            return self._uvloop.factory(self.sampler)
        return lambda: asyncio.SelectorEventLoop(ReportingSelector(self.sampler))

    def trio_instruments(self) -> tuple[object, ...]:
        return (TrioWaits(self.sampler),) if fits(Instrument.TRIO_WAITS, self.failures) else ()

    def blocks(self) -> VoluntarySwitches | None:
        return voluntary_switches()

    def begin_turn(self) -> None:
        self.signal_ns = self.sampler.signal_ns = signal_cost_ns()


class LedgerLens(_Sampling):
    """The stamped loop, marks, TLS and GC stamps, with the sampler to split loop time into layers, and what tasks wait in.

    On trio its instruments stamp the steps. Where the loop is not as the instruments know it there are none, so loop time
    cannot be split and nothing samples.
    """

    stamped = True

    def __init__(self, settings: WorkerSettings, adapter: Adapter, recorder: Recorder) -> None:
        super().__init__(settings, adapter, recorder)
        self._patches = Patches()
        self._long_waits = LongWaits(self.sampler, settings.interval_us)
        self._steps: StampedLoop | TrioSteps | Steps | None = None
        self._awaits: AwaitProbe | None = None
        self._stepped = fits(_STEPS[self.loop], self.failures)
        if self._stepped and fits(Instrument.AWAITS, self.failures):
            part = one_in(settings.scenario.requests_per_round)
            self._awaits = AwaitProbe(recorder, settings.seed, self.failures, one_in=part)
        self._step_owner = recorder.column("step.owner")
        self._tls = TlsWorkProbe(recorder, self._patches, self.failures) if settings.scenario.tls else None

    def waiting(self) -> bool:
        if isinstance(self._steps, Steps):
            return self._steps.may_wait
        owner = self._step_owner
        return bool(owner) and owner[-1] == StepOwner.WAIT

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        if not self._stepped:
            return super().loop_factory()
        if self.loop is Loop.UVLOOP:
            protocols = Protocols(self._patches, self.failures, self.recorder)
            return stamped_uvloop(self._uvloop_steps, protocols, self.recorder, self.failures)

        def make() -> StampedLoop:
            self._steps = loop = StampedLoop(self.recorder, self.failures, awaits=self._awaits, waits=self._long_waits)
            return loop

        return make

    def native(self, frame: FrameType | None) -> CodeType | None:
        return self._steps.in_native(frame) if isinstance(self._steps, Steps) else None

    def _uvloop_steps(self, native: CodeType) -> Steps:
        self._steps = steps = Steps(native, self.recorder, self.failures, self._long_waits, self._awaits)
        return steps

    def trio_instruments(self) -> tuple[object, ...]:
        if not self._stepped:
            return ()
        self._steps = steps = TrioSteps(self.recorder, self.failures, self._long_waits, self._awaits)
        return (steps,)

    def install(self) -> None:
        super().install()
        if self.loop is Loop.ASYNCIO and self._stepped:
            install_handle_stamps(self._patches)
        elif self.loop is Loop.TRIO and self._stepped and fits(Instrument.TRIO_STREAMS, self.failures):
            TrioStreamStamps(self.recorder, self._patches, self.failures).install()
        install_handshake_stamps(self.recorder, self._patches, self.failures)
        if self._tls is not None:
            self._tls.install(self.adapter)
        if self.loop is not Loop.UVLOOP:
            install_name_lookups(self.recorder, self._patches, self.failures)
        self.missing += install_marks(self.adapter.marks, self.recorder, self._patches, self.failures)

    def uninstall(self) -> None:
        super().uninstall()
        self._patches.restore()
        if self._awaits is not None:
            # The sampler has found the last of its codes by now.
            self._awaits.finish(first_code=len(self.sampler.codes))

    def codes(self) -> tuple[CodeLocation, ...]:
        return (*super().codes(), *(() if self._awaits is None else map(locate, self._awaits.codes)))

    def begin(self, kind: RoundKind) -> None:
        if self._awaits is not None and kind is RoundKind.MEASURED:
            self._awaits.begin()
        if self._steps is not None:
            self._steps.close_step()
        if self._stepped:
            super().begin(kind)

    def end(self, kind: RoundKind) -> None:
        if self._awaits is not None:
            self._awaits.end()
        if self._steps is not None:
            self._steps.close_step()
        if self._tls is not None:
            self._tls.end_round()
        super().end(kind)


_STEPS = {
    Loop.ASYNCIO: Instrument.STEPS,
    Loop.TRIO: Instrument.TRIO_STEPS,
    Loop.UVLOOP: Instrument.UVLOOP,
}
