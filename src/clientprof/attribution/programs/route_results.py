"""A recording of a service run, answered: every route's figures, its ledger, and httpx against aiohttp."""

from collections.abc import Sequence

import numpy as np

from clientprof.attribution.programs.route_ledger import build_route_ledger
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Notice
from clientprof.model.programs.routes import (
    RouteComparison,
    RouteControl,
    RouteCounts,
    RouteResult,
    ServiceResult,
)
from clientprof.model.recording import Recording, Run
from clientprof.model.results import Latency, Setting

COMPARED = ("httpx", "aiohttp")
_GENERATORS = ("clientprof", "wrk")
_SERVER_BOUND = 0.8


def service_result(recording: Recording, what: dict[str, str]) -> ServiceResult:
    """Analyse the recording. ``what`` says in words what each route does."""
    manifest = recording.manifest
    routes = tuple(
        _route(name, what.get(name, ""), recording)
        for name in manifest.clients
        if any(run.facts.client == name for run in recording.runs)
    )
    facts = recording.runs[0].facts
    load = {name: value for _, name, value in manifest.workload}
    return ServiceResult(
        title=f"A FastAPI service, {load.get('requests in flight', '?')} requests in flight",
        command=manifest.command,
        created=manifest.created,
        seed=manifest.seed,
        complete=manifest.complete,
        environment=tuple(Setting(*row) for row in manifest.environment),
        workload=tuple(Setting(*row) for row in manifest.workload),
        packages=facts.packages,
        loop=facts.loop,
        routes=routes,
        comparison=_comparison(recording),
        notices=(*(Notice(*row) for row in manifest.notices), *_notices(recording, routes)),
    )


def _route(name: str, what: str, recording: Recording) -> RouteResult:
    controls = recording.of(name, "control")
    ledgers = recording.of(name, "ledger")
    control = _control(controls)
    ledger = build_route_ledger(ledgers[0]) if ledgers else None
    runs = (*controls, *ledgers)
    return RouteResult(
        name=name,
        what=what,
        control=control,
        ledger=ledger,
        observer=ledger.cpu_us_per_request / control.cpu_us_per_request.value if ledger and control else None,
        counts=RouteCounts(
            handled=sum(_one(run, "round.count") for run in runs),
            called=sum(_one(run, "round.calls") for run in runs),
            by_origin=sum(run.facts.origin.requests for run in runs if run.facts.origin is not None),
        ),
    )


def _control(runs: Sequence[Run]) -> RouteControl | None:
    runs = [run for run in runs if _one(run, "round.count")]
    if not runs:
        return None
    errors: dict[str, int] = {}
    for run in runs:
        for kind, count in zip(run.facts.error_types, run.column("failed.count"), strict=True):
            errors[kind] = errors.get(kind, 0) + count
    handled = sum(_one(run, "round.count") for run in runs)
    calls = sum(_one(run, "round.calls") for run in runs)
    accepts = sum(run.facts.origin.accepts for run in runs if run.facts.origin is not None)
    cpu_ns = sum(_one(run, "round.cpu_ns") for run in runs)
    wall_ns = sum(_one(run, "round.ended_ns") - _one(run, "round.started_ns") for run in runs)
    return RouteControl(
        requests_per_second=_range([_per_second(run) for run in runs], "1/s"),
        latency_ms=_latency(runs),
        ok=sum(_one(run, "load.finished") for run in runs),
        errors=errors,
        cpu_us_per_request=_range([_cpu_us(run) for run in runs], "us"),
        other_threads_us=(cpu_ns - sum(_one(run, "round.thread_cpu_ns") for run in runs)) / 1e3 / handled,
        app_cpu_share=cpu_ns / wall_ns,
        connects_per_1000=1000 * accepts / calls if calls else None,
        generator=_GENERATORS[_one(runs[0], "load.generator")],
    )


def _latency(runs: Sequence[Run]) -> Latency:
    """Percentiles of all runs' histograms together: the smallest latency that so many answers did not exceed."""
    value = np.concatenate([np.asarray(run.column("latency.us"), dtype=np.int64) for run in runs])
    count = np.concatenate([np.asarray(run.column("latency.count"), dtype=np.int64) for run in runs])
    if not len(value):
        return Latency(None, None, None, None)
    order = np.argsort(value, kind="stable")
    value, below = value[order], np.cumsum(count[order])

    def at(share: float) -> float:
        return float(value[np.searchsorted(below, share * below[-1])]) / 1e3

    return Latency(p50=at(0.5), p90=at(0.9), p99=at(0.99), max=float(value[-1]) / 1e3)


def _comparison(recording: Recording) -> RouteComparison | None:
    """Ratios of runs of the same block, one a block."""
    by_block = [
        {run.facts.block: run for run in recording.of(name, "control") if _one(run, "round.count")} for name in COMPARED
    ]
    blocks = sorted(by_block[0].keys() & by_block[1].keys())
    if not blocks:
        return None
    pairs = [(by_block[0][block], by_block[1][block]) for block in blocks]
    return RouteComparison(
        candidate=COMPARED[0],
        baseline=COMPARED[1],
        requests_per_second=_range([_per_second(a) / _per_second(b) for a, b in pairs if _per_second(b)], "ratio"),
        cpu=_range([_cpu_us(a) / _cpu_us(b) for a, b in pairs], "ratio"),
    )


def _notices(recording: Recording, routes: Sequence[RouteResult]) -> list[Notice]:
    notices = []
    for route in routes:
        if route.control is not None and route.control.errors:
            text = ", ".join(f"{count} x {kind}" for kind, count in route.control.errors.items())
            notices.append(Notice("errors", f"The route {route.name} had failed requests: {text}."))
        counts = route.counts
        if counts.called != counts.by_origin:
            text = f"The route {route.name} made {counts.called} requests to the origin, which saw {counts.by_origin}."
            notices.append(Notice("origin-log", text, "A retry or a lost request; do not trust this route's figures."))
    busiest = max((_load_core_share(run) for run in recording.runs), default=0.0)
    if busiest > _SERVER_BOUND:
        text = f"Origin and load generator together used up to {busiest:.0%} of their core."
        notices.append(Notice("server-bound", text, "The fastest routes may be bound by them and not by the app."))
    noted = sorted({note for run in recording.runs for note in run.facts.notes})
    return [*notices, *(Notice("probe", f"{note}.") for note in noted)]


def _load_core_share(run: Run) -> float:
    duration_ns, load_ns = _one(run, "load.duration_ns"), max(0, _one(run, "load.cpu_ns"))
    origin = run.facts.origin
    share = origin.cpu_ns / origin.wall_ns if origin is not None and origin.wall_ns else 0.0
    return share + (load_ns / duration_ns if duration_ns else 0.0)


def _per_second(run: Run) -> float:
    duration_ns = _one(run, "load.duration_ns")
    return _one(run, "load.finished") / duration_ns * 1e9 if duration_ns else 0.0


def _cpu_us(run: Run) -> float:
    return _one(run, "round.cpu_ns") / 1e3 / _one(run, "round.count")


def _range(values: Sequence[float], unit: str) -> Estimate:
    """The mean, with the smallest and the largest as its bounds; no bounds where there is one value."""
    if not values:
        return Estimate(0.0, None, None, unit, 0)
    several = len(values) > 1
    return Estimate(
        sum(values) / len(values), min(values) if several else None, max(values) if several else None, unit, len(values)
    )


def _one(run: Run, name: str) -> int:
    column = run.column(name)
    return int(column[0]) if len(column) else 0
