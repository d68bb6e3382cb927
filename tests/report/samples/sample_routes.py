"""A service run built in code, a public fake: two routes, one of which blocks the loop."""

from dataclasses import replace
from functools import cache

from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.programs.routes import (
    RouteComparison,
    RouteControl,
    RouteCounts,
    RouteInside,
    RouteResult,
    ServiceResult,
)
from clientprof.model.results import Latency
from sample_program import sample_program
from sample_result import estimate, sample_result

_HELD_US = {Layer.API: 210.0, Layer.POOL: 480.0, Layer.IO: 90.0, Layer.IMPORT: 310.0, Layer.LOOP: 40.0}


def _control(rate: float, cpu_us: float, errors: dict[str, int]) -> RouteControl:
    latency = Latency(48.0, 95.5, 140.25, 212.0)
    return RouteControl(
        estimate(rate, "requests/s"), latency, 4200, errors, estimate(cpu_us), 12.0, 0.97, 19.5, "clientprof"
    )


def _inside(times: float, *, blocking: bool) -> RouteInside:
    program = sample_program()
    held = {layer: us * times for layer, us in _HELD_US.items()}
    total = sum(held.values())
    inside = RouteInside(
        requests=2100, samples=900, served=program.served[int(blocking)], pool_wait_us=8_000.0, calls=program.call_sites[:1],
        held_us=total, held_cpu_us=0.8 * total, idle_us=35.0, held=held, holders=program.holders,
        callbacks_per_request=31.0, cpu_us_per_request=0.9 * total, blocking_us=400.0 if blocking else None,
        blocking_cpu_us=310.0 if blocking else None, answer=program.answer.sentence, findings=program.findings,
    )  # fmt: skip
    inside.self_check()
    return inside


@cache
def sample_service() -> ServiceResult:
    """Every part present; the names are those of the real routes."""
    trace = sample_result()
    routes = (
        RouteResult(
            "httpx", "one shared httpx.AsyncClient", _control(610.0, 1620.0, {"502": 3}), _inside(1.0, blocking=False), 1.07,
            RouteCounts(4200, 4200, 4203),
        ),
        RouteResult(
            "blocking", "requests.get inside `async def`", _control(95.0, 2900.0, {}), _inside(1.6, blocking=True), None,
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
