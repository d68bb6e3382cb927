"""Served requests on a loop written by hand: two requests, read one after the other, each of which blocks the loop.

All instants in microseconds. The loop waits until 100; each request is read in 10, then each holds the loop for 1000.
"""

import numpy as np
import pytest

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.loop_time import IDLE, LAYERS, LoopTime
from clientprof.attribution.programs.lane import Lane, lanes_of
from clientprof.attribution.programs.loops.loop_results import loop_results
from clientprof.attribution.programs.loops.time_in_flight import time_in_flight
from clientprof.attribution.programs.served_requests import served_routes
from clientprof.model.layers import Layer
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import ProgramFacts, Route
from clientprof.model.programs.results import LoopResult, ServedRoute
from clientprof.model.run import RoundKind, Run, StepOwner
from recordings import boundary, code, columns, recording_of, run_of, sampled

US = 1000
BLOCKED, WORK = code("x.socket"), code("x.http")
EDGES = (boundary(BLOCKED, Layer.IO), boundary(WORK, Layer.HTTP))
WAIT, SELECT, LOOP, NOBODY = (
    int(each) for each in (StepOwner.WAIT, StepOwner.SELECT, StepOwner.LOOP, StepOwner.NOBODY)
)
# Started, put in line, owner (an exchange), request.
WAITED = [(0, 0, WAIT, 0), (100, 0, LOOP, 0)]
TURN = [
    (110, 100, NOBODY, 0), (120, 100, NOBODY, 0), (130, 111, NOBODY, 1), (131, 131, 0, 1), (1129, 1129, NOBODY, 1),
    (1130, 121, NOBODY, 2), (1131, 1131, 1, 2), (2129, 2129, NOBODY, 2), (2130, 0, LOOP, 0), (2200, 0, LOOP, 0),
]  # fmt: skip
SERVED = [(1, 0, 111, 1129), (2, 0, 121, 2129)]
ROUTE = Route("GET", "/blocking", "starlette")


def in_ns(rows: list[tuple[int, ...]], *places: int) -> list[tuple[int, ...]]:
    """The rows with the cells of these places as nanoseconds."""
    return [tuple(value * US if place in places else value for place, value in enumerate(row)) for row in rows]


def service_run(
    steps: list[tuple[int, ...]] | None = None,
    served: list[tuple[int, ...]] | None = None,
    collections: tuple[tuple[int, int], ...] = (),
) -> Run:
    """The loop's run; each exchange holds the loop from 131 to 1129 and from 1131 to 2129."""
    codes, found = sampled([[BLOCKED], [WORK]], [(at * US, 0, stack) for at, stack in ((130, 1), (1130, 0), (2130, 0))])
    exchange = ("started_ns", "ended_ns", "blocking", "status", "error", "received_ns", "written_ns", "cpu_ns", "route")
    round_ = ("kind", "first", "count", "started_ns", "ended_ns", "cpu_ns", "thread_cpu_ns")
    calls = [(131, 1129, 1, 200, 0, 0, 0, 40, 0), (1131, 2129, 1, 200, 0, 0, 0, 60, 0)]
    return run_of(
        found,
        columns("step", ("started_ns", "enqueued_ns", "owner", "request"), in_ns(steps or WAITED + TURN, 0, 1)),
        columns("served", ("number", "route", "queued_ns", "ended_ns"), in_ns(served or SERVED, 2, 3)),
        columns("exchange", exchange, in_ns(calls, 0, 1, 7)),
        columns("round", round_, [(int(RoundKind.MEASURED), 0, 2, 0, 2200 * US, 300 * US, 220 * US)]),
        columns("gc", ("started_ns", "ended_ns"), in_ns(list(collections), 0, 1)),
        codes=codes,
        boundaries=EDGES,
        lens="program",
        loop="asyncio",
        program=LaneFacts(0, LaneKind.LOOP, "MainThread", main=True, sampled=True),
    )


def lanes_and_facts(run: Run) -> tuple[ProgramFacts, tuple[Lane, ...]]:
    made = recording_of(run)
    return ProgramFacts(("a",), 0, 0, 2200 * US, "exit", (), routes=(ROUTE,)), lanes_of(made)


def loops_of(run: Run) -> tuple[LoopResult, ...]:
    facts, lanes = lanes_and_facts(run)
    return loop_results(facts, lanes, time_in_flight(facts, lanes))


def served_of(run: Run) -> ServedRoute:
    (row,) = served_routes(*lanes_and_facts(run))
    return row


def test_states_blame_and_blocking_calls_are_what_was_written() -> None:
    row = served_of(service_run())
    assert (row.route, row.requests) == (ROUTE, 2)
    # Sums over both: each was here at 100, when the select ended, and runs 1010; the second stands 1000 behind the first.
    assert 2 * row.wall_us == pytest.approx(1030 + 2030)
    assert 2 * row.running_us == pytest.approx(2020)
    assert 2 * row.ready_us == pytest.approx((10 + 10) + (10 + 10 + 1000))
    assert row.waiting_us == pytest.approx(0)
    assert 2 * row.behind_requests_us == pytest.approx(10 + 10 + 1000)
    assert 2 * row.behind_blocking_us == pytest.approx(998)
    assert {layer: round(2 * us) for layer, us in row.blame.items()} == {Layer.HTTP: 20 + 20, Layer.IO: 1000}


def test_what_came_while_the_loop_was_busy_came_between_two_of_its_looks() -> None:
    # Asked at 0 (nothing), held by nobody's callback until 100, asked then: both had come.
    busy = [(0, 0, SELECT, 0), (0, 0, NOBODY, 0), (60, 0, SELECT, 0), (100, 0, LOOP, 0)]
    row = served_of(service_run(busy + TURN))
    assert 2 * row.low_us == pytest.approx(1030 + 2030)
    assert 2 * row.high_us == pytest.approx(1130 + 2130)
    assert 2 * row.wall_us == pytest.approx(1080 + 2080)
    assert row.running_us == pytest.approx(1010)


def test_a_request_is_not_known_whose_first_step_or_last_word_was_not_recorded() -> None:
    only_second = [step if step[3] != 1 else (*step[:3], 0) for step in WAITED + TURN]
    assert served_of(service_run(only_second)).requests == 1
    after_the_end = [SERVED[0], (2, 0, 121, 9_000)]
    assert served_of(service_run(served=after_the_end)).requests == 1
    none = service_run(served=[(7, 0, 111, 1129)])
    assert served_routes(*lanes_and_facts(none)) == ()


def test_the_loop_is_held_from_the_end_of_a_wait_whatever_held_it_and_mostly_without_cpu() -> None:
    (loop,) = loops_of(service_run())
    assert loop.recorded_s == pytest.approx(2200e-6)
    assert {layer: round(2200 * share) for layer, share in loop.held.items()} == {Layer.HTTP: 30, Layer.IO: 2070}
    assert loop.cpu_share == pytest.approx(0.1)
    # Steps in the middle of a callback are none of their own.
    assert loop.callbacks == 4


def test_another_threads_collection_while_the_loop_waits_holds_nobody() -> None:
    collected = service_run(collections=((55, 90),))
    assert served_of(collected) == served_of(service_run())
    plain, other = (loops_of(run) for run in (service_run(), collected))
    assert plain == other


def test_waits_apart_are_no_layers_time() -> None:
    run = service_run(collections=((55, 90),))
    ends = np.array([0, 100 * US])
    apart = LoopTime.of(run, StackTable(run), idle_apart=True).by_layer(ends)
    assert np.diff(apart, axis=1)[:, 0].tolist() == [0.0] * len(LAYERS) + [100.0 * US]
    assert len(apart) == IDLE + 1
