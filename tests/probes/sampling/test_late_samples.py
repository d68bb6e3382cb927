"""Signals that come late on a loop that reports no waits: of a callback that sleeps, or due while the loop waited."""

import signal
import sys
from collections.abc import Iterator
from types import FrameType

import pytest

from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.on_uvloop.uvloop_waits import IN_UVLOOP, called_next, in_uvloop
from clientprof.probes.sampling import sampler as sampling
from clientprof.probes.sampling.voluntary_switches import VoluntarySwitches
from clientprof.recording.recorder import Recorder

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer")

MS = 1_000_000
INTERVAL_US = 1000.0


class Thread:
    """A thread under the sampler whose clocks, switches and signals the test sets; the timer itself never fires."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall_ns = self.cpu_ns = self.switches = 0
        self.late_ns = 0
        self.phases: list[float] = []
        monkeypatch.setattr(sampling, "perf_counter_ns", lambda: self.wall_ns)
        monkeypatch.setattr(sampling, "thread_time_ns", lambda: self.cpu_ns)
        monkeypatch.setattr(signal, "setitimer", lambda _which, first, following=0.0: self.phases.append(first))
        monkeypatch.setattr(signal, "getitimer", lambda _which: (self.interval_s - self.late_ns / 1e9, self.interval_s))
        self.recorder = Recorder()
        blocks = VoluntarySwitches(lambda: self.switches)
        native = in_uvloop.__code__
        self.sampler = sampling.Sampler(
            self.recorder,
            GarbageProbe(self.recorder),
            INTERVAL_US,
            1,
            blocks=blocks,
            native=lambda frame: native if called_next(frame) else None,
        )
        self.sampler.expect_unreported_waits(IN_UVLOOP, lambda: None)
        self.sampler.start()

    @property
    def interval_s(self) -> float:
        return self.sampler._armed_ns / 1e9

    def signal(self, frame: FrameType | None, *, wall_ns: int, cpu_ns: int, late_ns: int, blocked: bool) -> None:
        """A signal after so much wall time and CPU, handled so late, in a thread that has blocked or not."""
        self.wall_ns += wall_ns
        self.cpu_ns += cpu_ns
        self.late_ns = late_ns
        self.switches += blocked
        self.sampler._on_signal(signal.SIGALRM, frame)

    def rows(self) -> list[tuple[int, int]]:
        """CPU and time off the CPU by sample."""
        columns = self.recorder.columns()
        return list(zip(columns["sample.weight_ns"], columns["sample.off_ns"], strict=True))


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[Thread]:
    made = Thread(monkeypatch)
    yield made
    monkeypatch.undo()
    made.sampler.stop()


def here() -> FrameType:
    return sys._getframe()


def elsewhere() -> FrameType:
    return sys._getframe()


def test_a_callback_that_sleeps_is_seen_though_it_answers_late(thread: Thread) -> None:
    frame = here()
    thread.signal(frame, wall_ns=MS, cpu_ns=MS // 20, late_ns=MS // 10, blocked=True)
    thread.signal(frame, wall_ns=MS // 5, cpu_ns=0, late_ns=MS // 10, blocked=True)
    ((weight_ns, off_ns),) = thread.rows()
    assert weight_ns == 0
    assert off_ns > thread.sampler._armed_ns


def test_what_was_due_in_a_wait_of_the_loop_is_nobodys_cpu_and_the_timer_starts_anew(thread: Thread) -> None:
    thread.signal(here(), wall_ns=MS, cpu_ns=MS // 20, late_ns=MS // 10, blocked=True)
    armed = len(thread.phases)
    thread.signal(elsewhere(), wall_ns=MS // 5, cpu_ns=MS // 10, late_ns=0, blocked=False)
    ((weight_ns, off_ns),) = thread.rows()
    assert weight_ns == 0
    # The analysis gives it the share that the thread stood still in this place at other times: none.
    assert off_ns < 0
    assert len(thread.phases) == armed + 1


def test_a_callback_that_has_not_begun_is_no_doubt_and_the_timer_starts_anew_with_it(thread: Thread) -> None:
    def callback(_loop: object) -> None: ...

    def on_entry(frame: FrameType, event: str, _given: object) -> None:
        if event == "call" and frame.f_code is callback.__code__:
            thread.phases.clear()
            thread.signal(frame, wall_ns=MS, cpu_ns=MS // 20, late_ns=MS // 10, blocked=True)

    sys.setprofile(on_entry)
    try:
        in_uvloop(None, callback)
    finally:
        sys.setprofile(None)
    (phase_s,) = thread.phases
    assert 0 < phase_s <= thread.sampler._armed_ns / 1e9
    thread.signal(here(), wall_ns=MS // 4, cpu_ns=MS // 4, late_ns=0, blocked=False)
    assert thread.rows() == [(thread.sampler._armed_ns, 0)]


def test_signals_that_the_machine_delivers_slowly_are_not_late(thread: Thread) -> None:
    thread.sampler.signal_ns = MS // 10
    thread.sampler.begin_wait()
    thread.sampler.end_wait(here())
    thread.signal(here(), wall_ns=MS, cpu_ns=MS // 4, late_ns=MS // 8, blocked=False)
    assert thread.rows() == [(thread.sampler._armed_ns, 0)]


@pytest.mark.parametrize(("passed", "weighs"), [(0, 1), (3, 4)])
def test_a_long_call_after_a_wait_weighs_all_intervals_that_passed_in_it(
    thread: Thread, passed: int, weighs: int
) -> None:
    frame = here()
    thread.sampler.begin_wait()
    thread.sampler.end_wait(frame)
    armed_ns, due_ns = thread.sampler._armed_ns, int(thread.phases[-1] * 1e9)
    call_ns = due_ns + passed * armed_ns + armed_ns // 2
    thread.signal(frame, wall_ns=call_ns, cpu_ns=call_ns, late_ns=armed_ns // 2, blocked=False)
    assert [weight_ns for weight_ns, _ in thread.rows()] == [weighs * armed_ns]
