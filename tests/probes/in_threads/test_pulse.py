"""The thread that looks at others: it beats while something happens, sleeps without a wake-up otherwise, and is not seen."""

import signal
import sys
import threading
from collections.abc import Callable

import pytest

from clientprof.probes.in_threads.pulse import Pulse


@pytest.fixture(autouse=True)
def free_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats take no CPU; on a busy machine the real ones now and then take so much that they are put off."""
    monkeypatch.setattr("clientprof.probes.in_threads.pulse.thread_time_ns", lambda: 0)


class ScriptedGate:
    """Stands for the lock that the thread waits at: notes each wait in milliseconds, None without an end, which ends it."""

    def __init__(self, pulse: Pulse) -> None:
        self.waits: list[int | None] = []
        self._pulse = pulse

    def acquire(self, timeout: float | None = None) -> bool:
        self.waits.append(None if timeout is None else round(timeout * 1e3))
        if timeout is None:
            self._pulse._stopping = True
        return False


def waits(
    happens: Callable[[int], bool], wake: Callable[[int, Pulse], None] = lambda _beat, _pulse: None
) -> list[int | None]:
    """How long the thread waits before each beat, with an interval of 10 ms, until it sleeps."""
    beats = 0

    def beat() -> bool:
        nonlocal beats
        beats += 1
        wake(beats, pulse)
        return happens(beats)

    pulse = made(beat, interval_us=10_000.0)
    gate = ScriptedGate(pulse)
    pulse._gate = gate  # type: ignore[assignment]
    pulse.slow = False
    pulse._go_on()
    return gate.waits


def made(beat: Callable[[], bool], *, interval_us: float = 100.0, end: Callable[[], None] = lambda: None) -> Pulse:
    def failed(error: Exception) -> None:
        raise AssertionError from error

    return Pulse(beat, interval_us, lambda: 0.5, end, failed)


def test_where_nothing_happens_the_intervals_grow_and_then_there_is_no_wake_up_any_more() -> None:
    assert waits(lambda _: False) == [10, 10, 20, 40, 80, 160, 160, 160, 160, None]


def test_while_something_happens_the_interval_is_the_one_that_was_asked_for() -> None:
    assert waits(lambda beat: beat <= 5)[:7] == [10] * 7


def test_whoever_wakes_it_makes_the_intervals_short_again() -> None:
    def wakes(beat: int, pulse: Pulse) -> None:
        if beat == 5:
            pulse.slow = False

    assert waits(lambda _: False, wakes)[:9] == [10, 10, 20, 40, 80, 10, 20, 40, 80]


def test_a_beat_takes_a_hundredth_of_the_time_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1 << 40, 1_000_000))
    monkeypatch.setattr("clientprof.probes.in_threads.pulse.thread_time_ns", lambda: next(clock))
    assert waits(lambda beat: beat <= 3)[:4] == [10, 100, 100, 100]


def test_the_thread_is_not_seen_hears_no_signal_and_is_gone_after_stop() -> None:
    beaten, seen = threading.Event(), {}

    def beat() -> bool:
        if hasattr(signal, "pthread_sigmask"):
            seen["blocked"] = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        seen["thread"] = threading.get_ident()
        beaten.set()
        return True

    ends: list[int] = []
    pulse = made(beat, end=lambda: ends.append(threading.get_ident()))
    pulse.wake()
    assert beaten.wait(10)
    assert seen["thread"] not in {thread.ident for thread in threading.enumerate()}
    assert signal.SIGINT in seen.get("blocked", {signal.SIGINT})
    pulse.stop()
    assert ends == [seen["thread"]]
    assert pulse._done.acquire(timeout=10)
    pulse._done.release()
    beaten.clear()
    pulse.wake()
    assert beaten.wait(10)
    pulse.stop()
    assert len(ends) == 2


def test_a_sleeping_thread_wakes_when_something_happens_and_can_be_stopped() -> None:
    beats, happened = [0], threading.Event()

    def beat() -> bool:
        beats[0] += 1
        happened.set()
        return False

    pulse = made(beat)
    pulse.wake()
    for _ in range(3):
        assert happened.wait(10)
        while pulse._running and not _sleeps(pulse):
            pass
        happened.clear()
        before = beats[0]
        pulse.wake()
        assert happened.wait(10)
        assert beats[0] > before
    pulse.stop()
    assert not pulse._running


def _sleeps(pulse: Pulse) -> bool:
    """Whether the thread waits without an end."""
    frames = [frame for frame in sys._current_frames().values() if frame.f_code is Pulse._go_on.__code__]
    return any(frame.f_locals.get("quiet", 0) > 3 for frame in frames)


def test_a_beat_that_fails_is_told_and_is_the_last() -> None:
    told = threading.Event()

    def beat() -> bool:
        raise ValueError

    pulse = Pulse(beat, 100.0, lambda: 0.5, lambda: None, lambda _error: told.set())
    pulse.wake()
    assert told.wait(10)
    pulse.stop()
    assert pulse.off
    pulse.wake()
    assert not pulse._running
