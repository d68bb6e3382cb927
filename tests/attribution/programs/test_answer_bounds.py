"""When an answer was here, without the server's word: between two selects, and never outside."""

import pytest

from clientprof.attribution.programs.answer_bounds import answer_bounds
from clientprof.attribution.programs.lane import Lane, lanes_of
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.run import RoundKind, Run, StepOwner
from recordings import columns, exchanges, recording_of, rounds, run_of

MS = 1_000_000
LOOP = LaneFacts(0, LaneKind.LOOP, "MainThread", main=True, sampled=False)
_SELECT, _WAIT, _MINE = int(StepOwner.SELECT), int(StepOwner.WAIT), 0


def lane_of(steps: list[tuple[float, int]], write_ms: int, *reads_ms: int, handshake_ms: int | None = None) -> Lane:
    """One exchange on one loop: its steps (ms, owner), when its write ended, and its reads."""
    run: Run = run_of(
        columns("step", ("started_ns", "enqueued_ns", "owner"), [(round(at * MS), 0, owner) for at, owner in steps]),
        columns("write", ("started_ns", "ended_ns", "exchange", "connection"), [(0, write_ms * MS, 0, 1)]),
        columns("read", ("at_ns", "exchange", "connection"), [(at * MS, 0, 1) for at in reads_ms]),
        columns(
            "handshake",
            ("started_ns", "ended_ns", "exchange", "done"),
            [] if handshake_ms is None else [(0, handshake_ms * MS, 0, 1)],
        ),
        exchanges((0, 200 * MS)),
        rounds((RoundKind.MEASURED, 0, 1, 0, 200 * MS)),
        lens="program", loop="asyncio", program=LOOP,
    )  # fmt: skip
    (lane,) = lanes_of(recording_of(run))
    return lane


def test_a_select_that_waited_ended_because_the_answer_came() -> None:
    lane = lane_of([(0, _MINE), (1, _WAIT), (50, _MINE), (51, _WAIT), (200, _MINE)], 1, 50)
    bounds = answer_bounds(lane)
    assert (bounds.here_ns[0], bounds.high_ns[0]) == (50 * MS, 50 * MS)
    assert bounds.low_ns[0] >= 1 * MS


def test_on_a_busy_loop_the_answer_came_between_two_selects() -> None:
    # Asked at 10 (nothing), held until 60, asked at 60: the answer is read.
    steps = [(0, _MINE), (10, _SELECT), (10, -1), (60, _SELECT), (60, _MINE), (61, _SELECT), (200, _MINE)]
    bounds = answer_bounds(lane_of(steps, 2, 60))
    assert (bounds.low_ns[0], bounds.high_ns[0]) == (10 * MS, 60 * MS)
    assert bounds.here_ns[0] == 35 * MS


def test_a_select_that_may_not_wait_proves_nothing_however_long_it_takes() -> None:
    # Asked at 10 (nothing), held until 50, asked at 50, which took 10: the answer may have come at 11.
    steps = [(0, _MINE), (10, _SELECT), (10, -1), (50, _SELECT), (60, _MINE), (61, _SELECT), (200, _MINE)]
    bounds = answer_bounds(lane_of(steps, 2, 60))
    assert (bounds.low_ns[0], bounds.here_ns[0], bounds.high_ns[0]) == (10 * MS, 35 * MS, 60 * MS)


@pytest.mark.parametrize(("select_us", "blocked"), [(60, False), (1100, False), (2900, True)])
def test_a_short_select_after_long_work_did_not_wait_for_the_answer(select_us: int, blocked: bool) -> None:
    # Held from 10 to 50; the select that follows may block, and takes as long as
    # one does with cold caches, or whose thread lost its core, or longer.
    end = 50 + select_us / 1000
    steps = [(0, _MINE), (9, _SELECT), (10, -1), (50, _WAIT), (end, _MINE), (61, _SELECT), (200, _MINE)]
    bounds = answer_bounds(lane_of(steps, 2, 53))
    assert (bounds.low_ns[0] == 50 * MS) is blocked
    assert (bounds.here_ns[0] == round(end * MS)) is blocked


def test_no_answer_is_here_before_the_request_was_written() -> None:
    steps = [(0, -1), (10, _SELECT), (10, _MINE), (60, _SELECT), (60, _MINE), (61, _SELECT), (200, _MINE)]
    bounds = answer_bounds(lane_of(steps, 40, 60))
    assert bounds.low_ns[0] == 40 * MS


def test_session_tickets_of_a_new_connection_are_not_the_answer() -> None:
    steps = [(0, _MINE), (1, _WAIT), (10, _MINE), (11, _WAIT), (70, _MINE), (71, _WAIT), (200, _MINE)]
    tickets = answer_bounds(lane_of(steps, 5, 10, 70, handshake_ms=4))
    assert tickets.read_ns[0] == 70 * MS
    without = answer_bounds(lane_of(steps, 5, 10, 70))
    assert without.read_ns[0] == 10 * MS


def test_of_selects_that_end_in_one_tick_of_the_clock_the_first_bounds_the_answer() -> None:
    # Held from 10 to 60; two selects end in the tick of 60, and which of them reported the read nobody can say.
    turns = [(10, _SELECT), (10, -1), (60, _SELECT), (60, -1), (60, _SELECT), (60, _MINE)]
    steps = [(0, _MINE), *turns, (61, _WAIT), (200, _MINE)]
    bounds = answer_bounds(lane_of(steps, 2, 60))
    assert (bounds.low_ns[0], bounds.high_ns[0]) == (10 * MS, 60 * MS)


def test_a_read_in_the_tick_of_a_later_select_may_be_of_the_select_before() -> None:
    # The select that ended at 40 reported it, others ran until 60, then it was read, and a select ended at once.
    steps = [
        (0, _MINE),
        (10, _SELECT),
        (10, -1),
        (40, _SELECT),
        (40, -1),
        (60, _MINE),
        (60, _SELECT),
        (60, -1),
        (200, -1),
    ]
    bounds = answer_bounds(lane_of(steps, 2, 60))
    assert bounds.low_ns[0] <= 10 * MS
    assert bounds.high_ns[0] == 60 * MS
