"""Time goes to the widest interval, and whether to go on depends on widths and time alone."""

import math

import pytest

from clientprof.proof.checks import narrowing
from clientprof.proof.checks.narrowing import narrow


class Known:
    """A figure known the better the more often it was measured; each measuring takes two seconds of a clock that stands."""

    def __init__(self, clock: list[float], spread: float, least: int = 1) -> None:
        self.clock, self.spread, self.least, self.added = clock, spread, least, 0

    def add(self) -> None:
        self.added += 1
        self.clock[0] += 2.0

    def width(self) -> float:
        return math.inf if self.added < self.least else self.spread / self.added**0.5


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(narrowing.time, "monotonic", lambda: now[0])
    return now


def test_a_figure_that_is_narrow_is_left_alone_and_the_wide_one_gets_the_time(clock: list[float]) -> None:
    sure, unsure = Known(clock, 0.1), Known(clock, 2.0)
    narrow([sure, unsure], seconds=1000.0, narrow_to=0.5)
    assert (sure.added, unsure.added) == (1, 16)


def test_no_measuring_begins_that_would_end_too_late(clock: list[float]) -> None:
    late = Known(clock, 1.4)
    narrow([late], seconds=9.0)
    assert late.added == 4
    assert clock[0] <= 109.0


def test_what_would_take_far_more_time_than_is_left_leaves_it_to_others(clock: list[float]) -> None:
    hopeless, unsure = Known(clock, 1e9), Known(clock, 2.0)
    narrow([hopeless, unsure], seconds=1000.0, narrow_to=0.5)
    assert (hopeless.added, unsure.added) == (1, 16)
    # What is narrower than its tolerance may be told, narrow or not: it has all the time.
    near = Known(clock, 3.0, least=4)
    narrow([near], seconds=60.0, narrow_to=0.5)
    assert near.added == 30


def test_what_has_no_interval_yet_is_measured_whatever_time_that_takes(clock: list[float]) -> None:
    slow = Known(clock, 1e9, least=6)
    narrow([slow], seconds=1.0)
    assert slow.added == 6
