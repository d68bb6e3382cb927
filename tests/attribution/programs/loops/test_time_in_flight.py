"""How busy a loop was for its requests: idle time before them, after them and in long pauses does not count."""

from array import array
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.run import StepOwner
from programs_by_hand import BEGUN, MS, Made, Program
from recordings import columns

CALLS = int(StepOwner.NOBODY)
WAITS = int(StepOwner.WAIT)


def share(exchanges: list[Made], steps: list[tuple[int, int]], end: int) -> float | None:
    (loop,) = Program(exchanges, steps=[*steps, (end, -1)], end=end).result().loops
    return loop.busy_share_in_flight


def test_idle_time_before_the_first_request_and_after_the_last_does_not_count() -> None:
    steps = [(0, WAITS), (3_000, CALLS), (3_090, WAITS)]
    assert share([Made(3_000, 3_050), Made(3_050, 3_100)], steps, 9_000) == pytest.approx(0.9)


def test_a_start_that_works_is_no_request() -> None:
    steps = [(0, CALLS), (3_000, WAITS)]
    assert share([Made(3_000, 3_100)], steps, 9_000) == 0.0


@pytest.mark.parametrize(("pause_ms", "expected"), [(1_000, 0.9), (900, 180 / 1_100)])
def test_a_pause_of_a_second_without_a_request_is_left_out(pause_ms: int, expected: float) -> None:
    second = 100 + pause_ms
    steps = [(0, CALLS), (90, WAITS), (second, CALLS), (second + 90, WAITS)]
    assert share([Made(0, 100), Made(second, second + 100)], steps, second + 100) == pytest.approx(expected)


def test_what_computes_between_two_requests_is_busy() -> None:
    steps = [(0, WAITS), (100, CALLS), (2_100, WAITS)]
    assert share([Made(0, 100), Made(2_100, 2_200)], steps, 2_200) == pytest.approx(2_000 / 2_200)


def test_a_response_that_nobody_reads_is_not_in_flight_for_good() -> None:
    steps = [(0, CALLS), (90, WAITS)]
    assert share([Made(0, 0, returned=100)], steps, 9_000) == pytest.approx(0.9)
    # One that has not come yet is.
    assert share([Made(0, 0)], steps, 9_000) == pytest.approx(0.01)


def test_requests_that_were_only_counted_after_the_last_window_are_in_flight_too() -> None:
    recording = Program([Made(0, 100)], steps=[(0, CALLS), (100, WAITS), (9_000, -1)], end=9_000).recording()
    (run,) = recording.runs
    begun = [(0, 1), (500, 500), (8_000, 5_000), (8_500, 5_000)]
    clock = columns("clock", ("at_ns", "cpu_ns", "begun"), [(BEGUN + at * MS, 0, count) for at, count in begun])
    window = {"round.ended_ns": array("q", [BEGUN + 500 * MS])}
    counted = replace(recording, runs=(replace(run, columns={**run.columns, **clock, **window}),))
    assert program_result(counted).in_flight_s == pytest.approx(8.0)


def test_without_a_request_there_is_no_such_share() -> None:
    assert share([], [(0, CALLS), (90, WAITS)], 100) is None
