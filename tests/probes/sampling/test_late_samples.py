"""Signals that come late on a loop that reports no waits: of a callback that sleeps, or due while the loop waited."""

import signal
import sys
from collections.abc import Iterator
from types import FrameType

import pytest

from clientprof.probes.on_uvloop.uvloop_waits import in_uvloop
from clocked_thread import ClockedThread

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer")

MS = 1_000_000


def rows(thread: ClockedThread) -> list[tuple[int, ...]]:
    """CPU and time off the CPU by sample."""
    return thread.samples("weight_ns", "off_ns")


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClockedThread]:
    made = ClockedThread(monkeypatch, on_uvloop=True)
    yield made
    monkeypatch.undo()
    made.sampler.stop()


def here() -> FrameType:
    return sys._getframe()


def elsewhere() -> FrameType:
    return sys._getframe()


def test_a_callback_that_sleeps_is_seen_though_it_answers_late(thread: ClockedThread) -> None:
    frame = here()
    thread.goes_on(MS, MS // 20, blocked=True)
    thread.signal(frame, late_ns=MS // 10)
    thread.goes_on(MS // 5, 0, blocked=True)
    thread.signal(frame, late_ns=MS // 10)
    ((weight_ns, off_ns),) = rows(thread)
    assert weight_ns == 0
    assert off_ns > thread.interval_ns


def test_what_was_due_in_a_wait_of_the_loop_is_nobodys_cpu_and_the_timer_starts_anew(thread: ClockedThread) -> None:
    thread.goes_on(MS, MS // 20, blocked=True)
    thread.signal(here(), late_ns=MS // 10)
    armed = len(thread.phases)
    thread.goes_on(MS // 5, MS // 10)
    thread.signal(elsewhere())
    ((weight_ns, off_ns),) = rows(thread)
    assert weight_ns == 0
    # The analysis gives it the share that the thread stood still in this place at other times: none.
    assert off_ns < 0
    assert len(thread.phases) == armed + 1


def test_a_callback_that_has_not_begun_is_no_doubt_and_the_timer_starts_anew_with_it(thread: ClockedThread) -> None:
    def callback(_loop: object) -> None: ...

    def on_entry(frame: FrameType, event: str, _given: object) -> None:
        if event == "call" and frame.f_code is callback.__code__:
            thread.phases.clear()
            thread.goes_on(MS, MS // 20, blocked=True)
            thread.signal(frame, late_ns=MS // 10)

    sys.setprofile(on_entry)
    try:
        in_uvloop(None, callback)
    finally:
        sys.setprofile(None)
    (phase_s,) = thread.phases
    assert 0 < phase_s <= thread.interval_s
    thread.goes_on(MS // 4, MS // 4)
    thread.signal(here())
    assert rows(thread) == [(thread.interval_ns, 0)]


def test_signals_that_the_machine_delivers_slowly_are_not_late(thread: ClockedThread) -> None:
    thread.sampler.signal_ns = MS // 10
    thread.sampler.begin_wait()
    thread.sampler.end_wait(here())
    thread.goes_on(MS, MS // 4)
    thread.signal(here(), late_ns=MS // 8)
    assert rows(thread) == [(thread.interval_ns, 0)]


@pytest.mark.parametrize(("passed", "weighs"), [(0, 1), (3, 4)])
def test_a_long_call_after_a_wait_weighs_all_intervals_that_passed_in_it(
    thread: ClockedThread, passed: int, weighs: int
) -> None:
    frame = here()
    thread.sampler.begin_wait()
    thread.sampler.end_wait(frame)
    armed_ns, due_ns = thread.interval_ns, int(thread.phases[-1] * 1e9)
    call_ns = due_ns + passed * armed_ns + armed_ns // 2
    thread.goes_on(call_ns, call_ns)
    thread.signal(frame, late_ns=armed_ns // 2)
    assert [weight_ns for weight_ns, _ in rows(thread)] == [weighs * armed_ns]
