"""The ledger of a service on a run written by hand: two requests, sent almost at once, each of which blocks the loop.

All instants in microseconds. The loop waits until 100; each request is read in 10, then each holds the loop for 1000.
"""

import numpy as np
import pytest

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.loop_time import IDLE, LAYERS, LoopTime
from clientprof.attribution.programs.route_ledger import build_route_ledger
from clientprof.model.layers import Layer
from clientprof.model.recording import RoundKind, Run, StepOwner
from recordings import boundary, code, columns, run_of, sampled

US = 1000
BLOCKED, WORK = code("x.socket"), code("x.http")
EDGES = (boundary(BLOCKED, Layer.IO), boundary(WORK, Layer.HTTP))
WAIT, LOOP = int(StepOwner.WAIT), int(StepOwner.LOOP)
STEPS = [
    (0, 0, WAIT), (100, 0, LOOP), (110, 50, 0), (120, 60, 1), (130, 111, 0), (1130, 121, 1), (2130, 0, LOOP),
    (2200, 0, LOOP),
]  # fmt: skip


def in_ns(rows: list[tuple[int, ...]], times: int) -> list[tuple[int, ...]]:
    """The rows with their first ``times`` cells as nanoseconds; a select's 1 and 0 stay what they are."""
    return [tuple(v * US if i < times and v > 1 else v for i, v in enumerate(row)) for row in rows]


def service_run(*, collections: tuple[tuple[int, int], ...] = ()) -> Run:
    codes, found = sampled([[BLOCKED], [WORK]], [(at * US, 0, stack) for at, stack in ((130, 1), (1130, 0), (2130, 0))])
    exchange = ("started_ns", "ended_ns", "status", "body_bytes", "error", "received_ns", "written_ns")
    round_ = ("kind", "first", "count", "started_ns", "ended_ns", "cpu_ns", "thread_cpu_ns", "calls")
    measured = (int(RoundKind.MEASURED), 0, 2, 0, 2200 * US, 300 * US, 200 * US, 2)
    hold = in_ns([(131, 1129, 40, 0), (1131, 2129, 40, 1)], 3)
    return run_of(
        found,
        columns("step", ("started_ns", "enqueued_ns", "owner"), in_ns(STEPS, 2)),
        columns("exchange", exchange, in_ns([(50, 1130, 200, 0, 0, 0, 0), (60, 2130, 200, 0, 0, 0, 0)], 2)),
        columns("round", round_, [measured]),
        columns("hold", ("started_ns", "ended_ns", "cpu_ns", "exchange"), hold),
        columns("gc", ("started_ns", "ended_ns"), in_ns(list(collections), 2)),
        codes=codes,
        boundaries=EDGES,
    )


def test_states_blame_and_holds_are_what_was_written() -> None:
    ledger = build_route_ledger(service_run())
    assert ledger is not None
    assert ledger.requests == 2
    # Sums over both requests: each runs 1010; the second stands 1000 behind the first; both came while the loop was idle.
    assert 2 * ledger.running_us == pytest.approx(2020)
    assert 2 * ledger.ready_us == pytest.approx((10 + 10) + (10 + 10 + 1000))
    assert 2 * ledger.waiting_us == pytest.approx(50 + 40)
    assert 2 * ledger.wall_us == pytest.approx(1080 + 2070)
    assert ledger.blame_on_hold_us is not None
    assert 2 * ledger.blame_on_hold_us == pytest.approx(998)
    assert 2 * ledger.blame_on_requests_us == pytest.approx(10 + 10 + 1000)
    assert (ledger.own_hold_us, ledger.own_hold_cpu_us) == (pytest.approx(998), pytest.approx(40))


def test_the_loop_is_held_from_the_end_of_a_wait_whatever_held_it_and_mostly_without_cpu() -> None:
    ledger = build_route_ledger(service_run())
    assert ledger is not None
    assert 2 * ledger.idle_us == pytest.approx(100)
    assert 2 * ledger.held_us == pytest.approx(2100)
    assert {layer: round(2 * us) for layer, us in ledger.held.items()} == {Layer.HTTP: 30, Layer.IO: 2070}
    assert 2 * ledger.held_cpu_us == pytest.approx(200)
    assert 2 * ledger.blocked_us == pytest.approx(1900)


def test_another_threads_collection_while_the_loop_waits_holds_nobody() -> None:
    plain, collected = build_route_ledger(service_run()), build_route_ledger(service_run(collections=((55, 90),)))
    assert collected == plain


def test_waits_apart_are_no_layers_time() -> None:
    run = service_run(collections=((55, 90),))
    ends = np.array([0, 100 * US])
    apart = LoopTime.of(run, StackTable(run), idle_apart=True).by_layer(ends)
    assert np.diff(apart, axis=1)[:, 0].tolist() == [0.0] * len(LAYERS) + [100.0 * US]
    assert len(apart) == IDLE + 1


def test_a_run_without_requests_has_no_ledger() -> None:
    assert build_route_ledger(run_of()) is None
