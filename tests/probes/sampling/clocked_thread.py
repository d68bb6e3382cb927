"""A thread under the sampler whose clocks, collections, switches and signals the test sets; the timer itself never fires."""

import signal
import sys
from types import FrameType

import pytest

from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.on_uvloop.uvloop_waits import IN_UVLOOP, in_uvloop, uvloop_ran
from clientprof.probes.sampling import sampler as sampling
from clientprof.probes.sampling.voluntary_switches import VoluntarySwitches
from clientprof.recording.recorder import Recorder


class Collecting(GarbageProbe):
    """Collections that the test says."""

    collecting = False

    @property
    def under_way(self) -> bool:
        return self.collecting

    def spent_ns(self, cpu_ns: int) -> int:
        return self.cpu_ns


class ClockedThread:
    """``on_uvloop``: its loop reports no waits, and the kernel tells when it has blocked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, on_uvloop: bool = False) -> None:
        self.wall_ns = self.cpu_ns = self.late_ns = self.switches = 0
        self.phases: list[float] = []
        """What the timer was set to, seconds."""
        monkeypatch.setattr(sampling, "perf_counter_ns", lambda: self.wall_ns)
        monkeypatch.setattr(sampling, "thread_time_ns", lambda: self.cpu_ns)
        monkeypatch.setattr(signal, "setitimer", lambda _which, first, following=0.0: self.phases.append(first))
        monkeypatch.setattr(signal, "getitimer", lambda _which: (self.interval_s - self.late_ns / 1e9, self.interval_s))
        self.recorder = Recorder()
        self.garbage = Collecting(self.recorder)
        if on_uvloop:
            self.sampler = sampling.Sampler(
                self.recorder,
                self.garbage,
                1000.0,
                1,
                blocks=VoluntarySwitches(lambda: self.switches),
                native=lambda frame: in_uvloop.__code__ if uvloop_ran(frame) else None,
            )
            self.sampler.expect_unreported_waits(IN_UVLOOP, lambda: None)
        else:
            self.sampler = sampling.Sampler(self.recorder, self.garbage, 1000.0, 1)
        self.sampler.start()

    @property
    def interval_ns(self) -> int:
        return self.sampler._armed_ns

    @property
    def interval_s(self) -> float:
        return self.interval_ns / 1e9

    def goes_on(self, wall_ns: int, cpu_ns: int, *, collected_ns: int = 0, blocked: bool = False) -> None:
        """So much time passes and so much CPU is spent, in part for collections; the thread has blocked meanwhile or not."""
        self.wall_ns += wall_ns
        self.cpu_ns += cpu_ns
        self.garbage.cpu_ns += collected_ns
        self.switches += blocked

    def computes(self, cpu_ns: int, *, collected_ns: int = 0) -> None:
        """All the time, and collects beyond that."""
        self.goes_on(cpu_ns + collected_ns, cpu_ns + collected_ns, collected_ns=collected_ns)

    def signal(self, frame: FrameType | None = None, *, late_ns: int = 0, collecting: bool = False) -> None:
        """A signal, handled so late, in the frame or the caller's."""
        self.late_ns, self.garbage.collecting = late_ns, collecting
        self.sampler._on_signal(signal.SIGALRM, frame or sys._getframe(1))

    def samples(self, *names: str) -> list[tuple[int, ...]]:
        """These columns by sample."""
        columns = self.recorder.columns()
        return list(zip(*(columns[f"sample.{name}"] for name in names), strict=True))
