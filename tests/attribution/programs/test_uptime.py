"""Costs over a program's age: what grows is found with its slope, what does not grow is not."""

import math
from dataclasses import replace

import pytest

from clientprof.attribution.programs.lane import Lane, lanes_of
from clientprof.attribution.programs.program_counters import counted
from clientprof.attribution.programs.uptime import uptime_series
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import Process, ProgramFacts
from clientprof.model.programs.results import UptimeSeries
from recordings import columns, recording_of, run_of

SLICE_NS, EACH = 5_000_000_000, 100
FACTS = ProgramFacts(
    ("app.py",), 0, 0, 60 * SLICE_NS, "exit", (Process(None, "first", "app.py", "3.11.7", 0, 60 * SLICE_NS, "exit"),)
)
THREADS = LaneFacts(0, LaneKind.THREADS, "", main=False, sampled=False)


def lane_of(power: float, *, slices: int = 60, requests: int = EACH) -> Lane:
    """A process whose CPU per request grows with that power of its age; everything else stays as it is."""
    rows, cpu_ns = [], 0.0
    for number in range(slices):
        rows.append((number * SLICE_NS, round(cpu_ns), 80_000_000, 4, number * requests, number, number, 0, 2, 0))
        cpu_ns += requests * 1e6 * (number + 1) ** power
    names = (
        "at_ns", "cpu_ns", "memory_bytes", "in_flight", "exchanges", "connections", "closings", "handshakes", "lookups",
        "collections",
    )  # fmt: skip
    run = run_of(columns("uptime", names, rows), lens="program", loop="threads", program=THREADS)
    (lane,) = lanes_of(recording_of(run))
    return lane


def named(name: str, lane: Lane) -> UptimeSeries | None:
    return next((series for series in uptime_series(FACTS, (lane,)) if series.name == name), None)


@pytest.mark.parametrize("power", [0.5, 1.0])
def test_a_cost_that_grows_has_the_slope_with_which_it_grows(power: float) -> None:
    series = named("CPU per request", lane_of(power))
    assert series is not None
    assert series.slope is not None
    assert series.slope.value == pytest.approx(power, abs=0.08)
    assert series.slope.low is not None
    assert series.slope.low > 0.3


def test_a_cost_that_stays_has_a_slope_of_nothing() -> None:
    series = named("CPU per request", lane_of(0.0))
    assert series is not None
    assert series.slope is not None
    assert abs(series.slope.value) < 0.01
    assert set(series.values) == {1000.0}


def test_the_first_slice_belongs_to_the_start_and_is_left_out() -> None:
    series = named("CPU per request", lane_of(1.0))
    assert series is not None
    assert min(series.at_s) >= 2 * SLICE_NS / 1e9
    assert not any(math.isnan(value) for value in series.values)


@pytest.mark.parametrize(("slices", "requests"), [(4, EACH), (60, 2)])
def test_too_few_slices_or_requests_make_no_slope(slices: int, requests: int) -> None:
    series = named("CPU per request", lane_of(1.0, slices=slices, requests=requests))
    assert series is None or series.slope is None


def test_counts_per_request_are_of_the_slice_that_they_happened_in() -> None:
    series = named("connections opened per request", lane_of(0.0))
    assert series is not None
    assert set(series.values) == {1 / EACH}


def test_what_is_counted_is_of_the_measured_time_alone() -> None:
    lane = lane_of(0.0, slices=10)
    assert counted(FACTS, (lane,), "connections") == 9
    # One connection a slice: from the middle of the third to the end of the fifth there are two and a half.
    measured = replace(FACTS, started_ns=5 * SLICE_NS // 2, ended_ns=5 * SLICE_NS)
    assert counted(measured, (lane,), "exchanges") == 250
