"""A service run built in code, a public fake: two routes, one of which blocks the loop."""

from dataclasses import replace
from functools import cache

from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.programs.routes import (
    Holder,
    RouteComparison,
    RouteControl,
    RouteCounts,
    RouteLedger,
    RouteResult,
    ServiceResult,
)
from clientprof.model.results import Latency
from sample_result import estimate, sample_result

_HELD_US = {Layer.API: 210.0, Layer.POOL: 480.0, Layer.IO: 90.0, Layer.IMPORT: 310.0, Layer.LOOP: 40.0}


def _control(rate: float, cpu_us: float, errors: dict[str, int]) -> RouteControl:
    latency = Latency(48.0, 95.5, 140.25, 212.0)
    return RouteControl(
        estimate(rate, "requests/s"), latency, 4200, errors, estimate(cpu_us), 12.0, 0.97, 19.5, "clientprof"
    )


def _ledger(times: float) -> RouteLedger:
    held = {layer: us * times for layer, us in _HELD_US.items()}
    total = sum(held.values())
    blame = {layer: 3 * us for layer, us in held.items()}
    holders = (
        Holder(
            Layer.POOL, "AsyncConnectionPool._assign_requests_to_connections", "AsyncClient.get", "call_out", 480.0, 96
        ),
        Holder(Layer.IO, "socket.SocketIO.readinto", None, None, 90.0, 18),
    )
    ledger = RouteLedger(
        requests=2100, samples=900, wall_us=9000.0 * times, running_us=total, ready_us=3 * total,
        waiting_us=9000.0 * times - 4 * total, pool_wait_us=800.0, origin_us=2000.0, blame=blame,
        blame_on_requests_us=2.5 * total, held_us=total, held_cpu_us=0.8 * total, idle_us=35.0, held=held, holders=holders,
        callbacks_per_request=31.0, cpu_us_per_request=0.9 * total, own_hold_us=400.0, own_hold_cpu_us=310.0,
        blame_on_hold_us=600.0,
    )  # fmt: skip
    ledger.self_check()
    return ledger


@cache
def sample_service() -> ServiceResult:
    """Every part present; the names are those of the real routes."""
    trace = sample_result()
    routes = (
        RouteResult(
            "httpx", "one shared httpx.AsyncClient", _control(610.0, 1620.0, {"502": 3}), _ledger(1.0), 1.07,
            RouteCounts(4200, 4200, 4203),
        ),
        RouteResult(
            "blocking", "requests.get inside `async def`", _control(95.0, 2900.0, {}), _ledger(1.6), None,
            RouteCounts(900, 900, 900),
        ),
    )  # fmt: skip
    ratio = Estimate(0.155, 0.149, 0.162, "ratio", 4)
    return ServiceResult(
        title="Scenario fastapi",
        command=("clientprof", "scenario", "fastapi"),
        created=trace.created,
        seed=1,
        complete=True,
        environment=trace.environment,
        workload=trace.workload,
        packages={"fastapi": "0.121.0", "httpx": "0.28.1"},
        loop="asyncio",
        routes=routes,
        comparison=RouteComparison("blocking", "httpx", ratio, replace(ratio, value=1.79, low=1.7, high=1.9)),
        notices=trace.notices,
        files={"report": "reports/fastapi/report.html"},
    )
