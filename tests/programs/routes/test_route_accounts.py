"""A real service under real load: three accounts of its requests agree, and its ledger balances."""

import itertools

import numpy as np
import pytest

from clientprof.experiments.programs.route_plan import ROUTES
from clientprof.model.programs.routes import RouteLedger, RouteResult, ServiceResult
from clientprof.model.recording import Recording, Run


def route_of(result: ServiceResult, name: str) -> RouteResult:
    return next(route for route in result.routes if route.name == name)


def ledger_of(result: ServiceResult, name: str) -> RouteLedger:
    ledger = route_of(result, name).ledger
    assert ledger is not None
    return ledger


def ledger_run(recorded: Recording, name: str) -> Run:
    (run,) = recorded.of(name, "ledger")
    return run


@pytest.mark.parametrize("name", ROUTES)
def test_app_and_origin_count_the_same_requests_and_none_fails(served: ServiceResult, name: str) -> None:
    route = route_of(served, name)
    assert route.control is not None
    assert route.control.errors == {}
    assert route.counts.handled > 0
    assert route.counts.called == route.counts.by_origin == (0 if name == "ping" else route.counts.handled)
    assert served.notices == () or {notice.id for notice in served.notices} == {"server-bound"}


@pytest.mark.parametrize("name", ROUTES)
def test_every_request_of_the_ledger_is_numbered_answered_and_seen_by_the_generator(
    recorded: Recording, name: str
) -> None:
    run = ledger_run(recorded, name)
    handled = run.column("round.count")[0]
    assert set(run.column("exchange.status")) == {200}
    assert len(run.column("exchange.status")) == len(run.column("service.read_ns")) == handled
    assert sum(run.column("latency.count")) == handled
    assert ledger_complete(run)


def ledger_complete(run: Run) -> bool:
    """Whether each request was sent, then read, then entered the app, then left it."""
    instants = [
        np.asarray(run.column(name), dtype=np.int64)
        for name in ("exchange.started_ns", "service.read_ns", "service.entered_ns", "exchange.ended_ns")
    ]
    return all(bool((earlier <= later).all()) for earlier, later in itertools.pairwise(instants))


@pytest.mark.parametrize("name", ROUTES)
def test_the_step_that_read_a_request_is_its_own(recorded: Recording, name: str) -> None:
    run = ledger_run(recorded, name)
    owner_at: dict[int, set[int]] = {}
    for started_ns, owner in zip(run.column("step.started_ns"), run.column("step.owner"), strict=True):
        owner_at.setdefault(started_ns, set()).add(owner)
    reads = list(run.column("service.read_ns"))
    assert all(number in owner_at[read_ns] for number, read_ns in enumerate(reads))
    # Each was read in a step before the one in which the app began.
    entered = list(run.column("service.entered_ns"))
    assert all(read_ns < entered_ns for read_ns, entered_ns in zip(reads, entered, strict=True))


@pytest.mark.parametrize("name", ROUTES)
def test_the_ledger_of_a_route_balances(served: ServiceResult, name: str) -> None:
    ledger = ledger_of(served, name)
    ledger.self_check()
    assert ledger.requests > 0
    assert ledger.samples > 0


@pytest.mark.parametrize("name", ["httpx", "aiohttp", "blocking", "threaded"])
def test_the_origins_own_stamps_come_with_every_call(recorded: Recording, served: ServiceResult, name: str) -> None:
    run = ledger_run(recorded, name)
    assert all(run.column("exchange.written_ns"))
    origin_us = ledger_of(served, name).origin_us
    # Its delay is 20 ms; it never answers before.
    assert origin_us is not None
    assert origin_us >= 20_000


def test_requests_in_the_blocking_route_queue_behind_each_others_blocking_calls(served: ServiceResult) -> None:
    ledger = ledger_of(served, "blocking")
    assert ledger.blame_on_hold_us is not None
    assert ledger.blame_on_hold_us / ledger.ready_us > 0.9
    assert ledger.blame_on_requests_us / ledger.ready_us > 0.9


def test_the_samples_hold_the_blocking_call_for_as_long_as_the_routes_own_clocks(served: ServiceResult) -> None:
    ledger = ledger_of(served, "blocking")
    assert ledger.own_hold_us is not None
    assert ledger.own_hold_cpu_us is not None
    seen_us = sum(holder.held_us for holder in ledger.holders if holder.caller == "blocking")
    assert 0.85 < seen_us / ledger.own_hold_us < 1.1
    top = ledger.holders[0]
    assert (top.function, top.caller) == ("socket.SocketIO.readinto", "blocking")
    # The call waits for the origin: what it held is not CPU.
    assert ledger.blocked_us > 0.5 * ledger.held_us
    assert ledger.own_hold_cpu_us < 0.5 * ledger.own_hold_us


@pytest.mark.parametrize("name", ["ping", "httpx", "aiohttp", "threaded"])
def test_no_other_route_has_a_blocking_call(served: ServiceResult, name: str) -> None:
    ledger = ledger_of(served, name)
    assert (ledger.own_hold_us, ledger.blame_on_hold_us) == (None, None)
    assert not any(holder.function == "socket.SocketIO.readinto" for holder in ledger.holders)


def test_only_the_routes_with_a_pool_wait_for_one(served: ServiceResult) -> None:
    with_pool = {route.name for route in served.routes if route.ledger and route.ledger.pool_wait_us is not None}
    assert with_pool == {"httpx", "aiohttp"}
