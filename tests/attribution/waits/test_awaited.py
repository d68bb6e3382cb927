"""Waits by function, from columns built by hand: which chain a wait belongs to, what counts as explained, what is left."""

from array import array
from collections.abc import Sequence

import pytest

from clientprof.attribution.waits.awaited import awaited_costs
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpuCost
from clientprof.model.phases import Mark, Phase
from clientprof.model.run import RoundKind, Run, StepOwner
from clientprof.model.samples import CodeLocation
from recordings import boundary, code, columns, exchanges, rounds, run_of

LOOP = int(StepOwner.LOOP)
OUTER, SEND, LOCKING = code("lib.client", "get"), code("lib.api", "send"), code("lib._sync", "Lock.acquire")
SLEEP = code("asyncio.tasks", "sleep", "stdlib")
CHAINS: tuple[tuple[CodeLocation, ...], ...] = ((OUTER,), (OUTER, SEND, SLEEP), (OUTER, LOCKING), (OUTER, SEND))
ALL = tuple(dict.fromkeys(each for chain in CHAINS for each in chain))


def run_with(
    steps: Sequence[tuple[int, int, int]],
    noted: Sequence[tuple[int, int, int]],
    ended_ns: int,
    marks: Sequence[tuple[int, int]] = (),
    reads: Sequence[int] = (),
) -> Run:
    """One exchange, number 0, that begins at 0. Steps are (started, enqueued, owner), notes (at, exchange, chain)."""
    links = [ALL.index(each) for chain in CHAINS for each in reversed(chain)]
    firsts = [sum(map(len, CHAINS[:number])) for number in range(len(CHAINS))]
    return run_of(
        rounds((RoundKind.MEASURED, 0, 1, 0, 1_000_000)),
        exchanges((0, ended_ns)),
        columns("step", ("started_ns", "enqueued_ns", "owner"), [*steps, (1_000_000, 0, LOOP)]),
        columns("await", ("at_ns", "exchange", "chain"), noted),
        columns("chain", ("first", "count"), zip(firsts, map(len, CHAINS), strict=True)),
        columns("mark", ("at_ns", "exchange", "kind"), [(at, 0, kind) for at, kind in marks]),
        columns("read", ("at_ns", "exchange", "connection"), [(at, 0, 1) for at in reads]),
        {"link.code": array("q", links)},
        codes=ALL,
        boundaries=(boundary(OUTER, Layer.API), boundary(SEND, Layer.HTTP)),
        module_layers={"lib._sync": "concurrency"},
    )


def named(rows: Sequence[OffCpuCost]) -> dict[str, float]:
    """Nanoseconds by function."""
    return {row.function: round(row.us_per_request.value * 1e3) for row in rows}


FIRST = [(0, 0, 0), (100, 0, LOOP)]


def test_a_wait_belongs_to_what_the_first_task_that_runs_afterwards_had_awaited() -> None:
    # A timer's step at 10,100 wakes the task, which runs at 10,200; the lock's wait follows.
    steps = [*FIRST, (10_100, 10_100, 0), (10_200, 10_150, 0), (10_300, 0, LOOP), (15_300, 15_300, 0)]
    rows = awaited_costs(run_with(steps, [(0, 0, 0), (10_200, 0, 1), (15_300, 0, 2)], 16_000))
    # Who waits in a module that only synchronises is named by its caller.
    assert named(rows) == {"send": 10_000, "get": 5_000}
    assert [(row.layer, row.by) for row in rows] == [
        (Layer.HTTP, "asyncio.tasks.sleep"), (Layer.API, "lib._sync.Lock.acquire"),
    ]  # fmt: skip
    assert [row.share for row in rows] == [10_000 / 16_000, 5_000 / 16_000]


def test_a_function_that_awaits_a_future_stands_in_itself() -> None:
    (row,) = awaited_costs(run_with([*FIRST, (5_100, 5_100, 0)], [(0, 0, 0), (5_100, 0, 3)], 6_000))
    assert (row.function, row.by) == ("send", "")


def test_time_in_the_queue_is_no_wait() -> None:
    rows = awaited_costs(run_with([*FIRST, (9_100, 4_100, 0)], [(0, 0, 0), (9_100, 0, 1)], 10_000))
    assert named(rows) == {"send": 4_000}


def test_what_comes_after_the_exchange_has_ended_is_not_its_wait() -> None:
    steps = [*FIRST, (5_100, 5_100, 0), (5_200, 0, LOOP), (90_000, 90_000, 0)]
    rows = awaited_costs(run_with(steps, [(0, 0, 0), (5_100, 0, 1), (90_000, 0, 2)], 5_150))
    assert named(rows) == {"send": 5_000}


def test_a_wait_after_which_no_task_was_seen_is_left_over_and_not_lost() -> None:
    rows = awaited_costs(run_with([*FIRST, (5_100, 5_100, 0), (5_200, 0, LOOP)], [(0, 0, 0)], 5_200))
    assert named(rows) == {"": 5_000}


def test_exchanges_that_were_not_watched_do_not_count() -> None:
    run = run_with([*FIRST, (5_100, 5_100, 0)], [], 6_000)
    assert awaited_costs(run) == ()


@pytest.mark.parametrize(
    ("marks", "reads", "explained", "phase"),
    [
        (((50, Mark.POOL_ENQUEUE), (5_150, Mark.POOL_ACQUIRED)), (), True, Phase.POOL),
        (((5_150, Mark.POOL_ENQUEUE), (5_160, Mark.POOL_ACQUIRED)), (), False, Phase.PREPARE),
        (((5_150, Mark.POOL_ENQUEUE), (5_160, Mark.POOL_ACQUIRED)), (5_100,), True, Phase.PREPARE),
    ],
)
def test_the_pool_and_data_that_arrives_explain_a_wait(
    marks: Sequence[tuple[int, int]], reads: Sequence[int], explained: bool, phase: Phase
) -> None:
    (row,) = awaited_costs(run_with([*FIRST, (5_100, 5_100, 0)], [(0, 0, 0), (5_100, 0, 1)], 6_000, marks, reads))
    assert (row.explained, row.phase) == (explained, phase)
