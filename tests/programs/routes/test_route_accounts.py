"""A real service under real load, its code unchanged: three accounts of its requests agree, and what is told balances."""

import numpy as np
import pytest

from clientprof.experiments.programs.route_plan import ROUTES
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.lane import LaneKind
from clientprof.model.programs.routes import RouteInside, RouteResult, ServiceResult
from clientprof.model.recording import Recording
from clientprof.model.run import Run


def route_of(result: ServiceResult, name: str) -> RouteResult:
    return next(route for route in result.routes if route.name == name)


def inside_of(result: ServiceResult, name: str) -> RouteInside:
    inside = route_of(result, name).inside
    assert inside is not None
    return inside


def loop_run(recorded: Recording, name: str) -> Run:
    """The lane of the service's loop while the route was measured."""
    (run,) = [
        run for run in recorded.of(name, "program") if run.facts.program and run.facts.program.kind is LaneKind.LOOP
    ]
    return run


def outside_run(recorded: Recording, name: str) -> Run:
    (run,) = recorded.of(name, "run")
    return run


@pytest.mark.parametrize("name", ROUTES)
def test_generator_engine_and_origin_count_the_same_requests_and_none_fails(served: ServiceResult, name: str) -> None:
    route = route_of(served, name)
    assert route.control is not None
    assert route.control.errors == {}
    assert route.counts.handled > 0
    assert route.counts.called == route.counts.by_origin == (0 if name == "ping" else route.counts.handled)
    # Load, service and server share the machine's cores.
    assert {notice.id for notice in served.notices} <= {"server-bound", "busy-machine"}


@pytest.mark.parametrize("name", ROUTES)
def test_without_instruments_every_answer_is_in_the_figures(recorded: Recording, name: str) -> None:
    (run,) = recorded.of(name, "control")
    handled = run.column("round.count")[0]
    assert handled == run.column("load.answered")[0] == sum(run.column("latency.count"))
    assert run.facts.origin is not None
    assert run.facts.origin.requests == (0 if name == "ping" else handled)
    assert not any(key.startswith(("step.", "exchange.", "sample.")) for key in run.columns)


@pytest.mark.parametrize("name", ROUTES)
def test_every_measured_request_is_numbered_answered_and_seen_by_the_generator(recorded: Recording, name: str) -> None:
    run, seen = loop_run(recorded, name), outside_run(recorded, name)
    handled = seen.column("round.count")[0]
    numbers = list(run.column("served.number"))
    assert len(numbers) == len(set(numbers)) == handled == sum(seen.column("latency.count"))
    assert all(since < until for since, until in zip(run.column("served.queued_ns"), run.column("served.ended_ns")))  # noqa: B905 # columns of one group
    calls = [run.column("exchange.status") for run in recorded.of(name, "program")]
    assert sum(map(len, calls)) == (0 if name == "ping" else handled)
    assert {status for column in calls for status in column} <= {200}


@pytest.mark.parametrize("name", ROUTES)
def test_every_request_is_read_in_a_step_before_the_one_that_serves_it(recorded: Recording, name: str) -> None:
    run = loop_run(recorded, name)
    started, request = (np.asarray(run.column(f"step.{column}")) for column in ("started_ns", "request"))
    owner = np.asarray(run.column("step.owner"))
    for number, queued in zip(run.column("served.number"), run.column("served.queued_ns"), strict=True):
        first = int(np.flatnonzero(request == number)[0])
        read = int(np.searchsorted(started, queued, side="right")) - 1
        assert read < first
        # The server made a task of what it read: that step works for nobody yet.
        assert (int(request[read]), int(owner[read])) == (0, -1)


@pytest.mark.parametrize("name", ROUTES)
def test_what_is_told_of_a_route_balances(served: ServiceResult, name: str) -> None:
    inside = inside_of(served, name)
    inside.self_check()
    assert inside.samples > 0
    assert inside.served.requests == inside.requests == route_of(served, name).counts.handled


@pytest.mark.parametrize("name", ["httpx", "aiohttp"])
def test_the_delay_of_the_origin_is_in_the_wait_of_every_call(served: ServiceResult, name: str) -> None:
    (call,) = inside_of(served, name).calls
    wait = next(row for row in call.phases if row.phase == Phase.WAIT)
    # Its delay is 20 ms; it never answers before.
    assert wait.high_us is not None
    assert wait.high_us >= 20_000
    assert call.client.name == name


@pytest.mark.parametrize("name", ["blocking", "threaded"])
def test_the_delay_of_the_origin_is_in_every_blocking_call(served: ServiceResult, name: str) -> None:
    (call,) = inside_of(served, name).calls
    assert call.wall_us >= 20_000
    assert (call.client.name, call.blocking) == ("requests", name == "blocking")


def test_requests_in_the_blocking_route_queue_behind_each_others_blocking_calls(served: ServiceResult) -> None:
    inside = inside_of(served, "blocking")
    row = inside.served
    assert row.behind_requests_us / row.ready_us > 0.9
    # Requests are alike: of another's turn the call takes the part that it takes of one's own, on a busy machine less.
    assert inside.blocking_us is not None
    own = inside.blocking_us / row.running_us
    assert row.behind_blocking_us / row.behind_requests_us == pytest.approx(own, abs=0.05)


def test_the_samples_hold_the_blocking_call_for_as_long_as_its_own_clocks(served: ServiceResult) -> None:
    inside = inside_of(served, "blocking")
    assert inside.blocking_us is not None
    assert inside.blocking_cpu_us is not None
    mine = [holder for holder in inside.holders if holder.function == "blocking"]
    seen_us = sum(holder.held_s.value for holder in mine) * 1e6 / inside.requests
    assert 0.85 < seen_us / inside.blocking_us < 1.1
    top = inside.holders[0]
    assert (top.function, top.file, top.layer) == ("blocking", "service.py", Layer.IO)
    assert top.inside == "urllib3.connection.HTTPConnection.getresponse"
    # The call waits for the origin: what it held is not CPU.
    assert inside.blocked_us > 0.5 * inside.held_us
    assert inside.blocking_cpu_us < 0.5 * inside.blocking_us


def test_the_blocking_route_alone_is_found_fault_with(served: ServiceResult) -> None:
    found = {name: {finding.id for finding in inside_of(served, name).findings} for name in ROUTES}
    assert found["blocking"] == {"blocking-client-on-loop"}
    assert found["ping"] == found["aiohttp"] == found["threaded"] == set()


@pytest.mark.parametrize("name", ["ping", "httpx", "aiohttp", "threaded"])
def test_no_other_route_has_a_blocking_call(served: ServiceResult, name: str) -> None:
    inside = inside_of(served, name)
    assert (inside.blocking_us, inside.served.behind_blocking_us) == (None, 0.0)
    assert not any("getresponse" in (holder.inside or "") for holder in inside.holders)


def test_only_the_routes_with_a_pool_wait_for_one(served: ServiceResult) -> None:
    waited = {name: inside_of(served, name).pool_wait_us for name in ROUTES}
    # A call that holds the loop waits for nothing else; each thread has a session, and so a pool, of its own.
    assert {name for name, wait_us in waited.items() if wait_us is not None} == {"httpx", "aiohttp", "threaded"}
    assert waited["threaded"] is not None
    assert waited["threaded"] < 0.01 * inside_of(served, "threaded").served.waiting_us
