"""A recording of a service run, answered: every route's figures without instruments, what `clientprof run` says of it, and
httpx against aiohttp."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.estimate import Estimate
from clientprof.model.figures import percent
from clientprof.model.findings import Notice
from clientprof.model.phases import Phase
from clientprof.model.programs.results import ProgramResult
from clientprof.model.programs.routes import (
    RouteComparison,
    RouteControl,
    RouteCounts,
    RouteInside,
    RouteResult,
    ServiceResult,
)
from clientprof.model.recording import Recording, RecordingKind
from clientprof.model.results import Latency, Setting
from clientprof.model.run import Run

COMPARED = ("httpx", "aiohttp")
_GENERATORS = ("clientprof", "wrk")
_SERVER_BOUND = 0.8
_LOST = "A retry or a lost request; do not trust this route's figures."
_CONTROL, _MEASURED, _LANE = "control", "run", "program"
# What older recordings hold instead of a measured run.
_OLDER = "ledger"


def service_result(recording: Recording, what: dict[str, str]) -> ServiceResult:
    """Analyse the recording. ``what`` says in words what each route does."""
    manifest = recording.manifest
    programs = {name: _program(name, recording) for name in manifest.clients}
    routes = tuple(
        _route(name, what.get(name, ""), recording, programs[name])
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
        notices=(*(Notice(*row) for row in manifest.notices), *_notices(recording, routes, programs.values())),
    )


def _route(name: str, what: str, recording: Recording, program: ProgramResult | None) -> RouteResult:
    control = _control(recording.of(name, _CONTROL))
    measured = next(iter(recording.of(name, _MEASURED)), None)
    inside = _inside(name, measured, program) if measured is not None and program is not None else None
    return RouteResult(
        name=name,
        what=what,
        control=control,
        inside=inside,
        observer=inside.cpu_us_per_request / control.cpu_us_per_request.value if inside and control else None,
        counts=RouteCounts(
            handled=0 if measured is None else _one(measured, "load.answered"),
            called=0 if program is None else program.requests,
            by_origin=0 if measured is None or measured.facts.origin is None else measured.facts.origin.requests,
        ),
    )


def _program(name: str, recording: Recording) -> ProgramResult | None:
    """What `clientprof run` says of the service while the route was asked; None where it was not measured."""
    facts, lanes = recording.manifest.programs.get(name), recording.of(name, _LANE)
    if facts is None or not lanes:
        return None
    manifest = replace(recording.manifest, kind=RecordingKind.PROGRAM, program=facts, programs={}, notices=())
    return program_result(Recording(manifest, lanes))


def _inside(name: str, measured: Run, program: ProgramResult) -> RouteInside | None:
    """The measured run in figures per request, checked; None where nothing was served, or the loop could not be stamped."""
    requests = _one(measured, "round.count")
    served = next((row for row in program.served if row.route.template == f"/{name}"), None)
    loop = max(program.loops, key=lambda each: each.recorded_s, default=None)
    if served is None or loop is None or not requests:
        return None
    each_us = 1e6 * loop.recorded_s / requests
    blocking = next((site for site in program.call_sites if site.blocking), None)
    pool = next((row for row in program.phases if row.phase == Phase.POOL), None)
    held_us = each_us * sum(loop.held.values())
    inside = RouteInside(
        requests=requests,
        samples=sum(holder.samples for holder in program.holders),
        served=served,
        pool_wait_us=None if pool is None else pool.wait_us,
        calls=program.call_sites,
        held_us=held_us,
        held_cpu_us=each_us * (loop.cpu_share or 0.0),
        idle_us=max(0.0, each_us - held_us),
        held={layer: each_us * share for layer, share in loop.held.items()},
        holders=program.holders,
        callbacks_per_request=loop.callbacks / requests,
        cpu_us_per_request=_cpu_us(measured),
        blocking_us=None if blocking is None else blocking.wall_us,
        blocking_cpu_us=None if blocking is None else blocking.held_cpu_us,
        answer=program.answer.sentence,
        findings=program.findings,
    )
    inside.self_check()
    return inside


def _control(runs: Sequence[Run]) -> RouteControl | None:
    runs = [run for run in runs if _one(run, "round.count")]
    if not runs:
        return None
    errors: dict[str, int] = {}
    for run in runs:
        for kind, count in zip(run.facts.error_types, run.column("failed.count"), strict=True):
            errors[kind] = errors.get(kind, 0) + count
    handled = sum(_one(run, "round.count") for run in runs)
    calls = sum(run.facts.origin.requests for run in runs if run.facts.origin is not None)
    accepts = sum(run.facts.origin.accepts for run in runs if run.facts.origin is not None)
    cpu_ns = sum(_one(run, "round.cpu_ns") for run in runs)
    main_ns = [_one(run, "round.thread_cpu_ns") for run in runs]
    wall_ns = sum(_one(run, "round.ended_ns") - _one(run, "round.started_ns") for run in runs)
    return RouteControl(
        requests_per_second=_range([_per_second(run) for run in runs], "1/s"),
        latency_ms=_latency(runs),
        ok=sum(_one(run, "load.finished") for run in runs),
        errors=errors,
        cpu_us_per_request=_range([_cpu_us(run) for run in runs], "us"),
        other_threads_us=(cpu_ns - sum(main_ns)) / 1e3 / handled if min(main_ns) >= 0 else None,
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
        {run.facts.block: run for run in recording.of(name, _CONTROL) if _one(run, "round.count")} for name in COMPARED
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


def _notices(
    recording: Recording, routes: Sequence[RouteResult], programs: Iterable[ProgramResult | None]
) -> list[Notice]:
    notices = []
    for route in routes:
        if route.control is not None and route.control.errors:
            text = ", ".join(f"{count} x {kind}" for kind, count in route.control.errors.items())
            notices.append(Notice("errors", f"The route {route.name} had failed requests: {text}."))
        counts = route.counts
        if counts.called != counts.by_origin:
            text = f"The route {route.name} made {counts.called} requests to the origin, which saw {counts.by_origin}."
            notices.append(Notice("origin-log", text, _LOST))
    lost = dict.fromkeys(filter(None, map(_answers_lost, recording.runs)))
    notices += [Notice("origin-log", text, _LOST) for text in lost]
    busiest = max((_load_core_share(run) for run in recording.runs), default=0.0)
    if busiest > _SERVER_BOUND:
        text = f"Origin and load generator together used up to {percent(busiest)} of their core."
        notices.append(Notice("server-bound", text, "The fastest routes may be bound by them and not by the app."))
    if any(run.facts.lens == _OLDER for run in recording.runs):
        text = "What an older clientprof recorded of the inside of this service is not read any more."
        notices.append(Notice("older-recording", text, "Measure again to see it."))
    return [*notices, *dict.fromkeys(notice for program in programs if program for notice in program.notices)]


def _answers_lost(run: Run) -> str | None:
    """Where without instruments the load generator and the origin disagree, beyond what was under way at the end."""
    origin, answered = run.facts.origin, _one(run, "load.answered")
    if run.facts.lens != _CONTROL or origin is None or not origin.requests or "load.answered" not in run.columns:
        return None
    if sum(run.column("failed.count")) or abs(origin.requests - answered) <= origin.max_in_flight:
        return None
    return f"The route {run.facts.client} answered {answered} requests, for which the origin saw {origin.requests}."


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
