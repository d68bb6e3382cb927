"""The summary of a program: schema ``clientprof.summary/1`` with the block ``program`` (DESIGN.md, 5); absent is null."""

from dataclasses import asdict

from clientprof.model.programs.recording import ClientName, Peer, Route
from clientprof.model.programs.results import (
    FoundSettings,
    GateResult,
    HeldConnections,
    Holder,
    LoopResult,
    ProgramPhase,
    ProgramResult,
    RouteRow,
    ServedRoute,
    SiteResult,
    TimeoutVerdict,
    UptimeSeries,
)
from clientprof.model.programs.threads import ThreadTime
from clientprof.report.exporters.summaries.summary import (
    SCHEMA,
    Json,
    cause_json,
    estimate,
    finding_json,
    grouped_settings,
    number,
)
from clientprof.report.programs.program_wording import peer_name, route_name


def to_program_summary(result: ProgramResult) -> Json:
    """The result as plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts."""
    return {
        "schema": SCHEMA,
        "title": result.title,
        "command": ["clientprof", result.how, *result.command],
        "created": result.created,
        "seed": result.seed,
        "complete": result.complete,
        "environment": grouped_settings(result.environment),
        "workload": {},
        "clients": [],
        "comparisons": [],
        "staircase": None,
        "experiments": [],
        "program": _program(result),
        "findings": [finding_json(finding) for finding in result.findings],
        "causes": [cause_json(cause) for cause in result.causes],
        "warnings": [{"id": notice.id, "text": notice.text, "advice": notice.advice} for notice in result.notices],
        "files": dict(result.files),
        "sources": [],  # a program is measured with what is installed beside it
    }


def _program(result: ProgramResult) -> Json:
    thinning = result.thinning
    return {
        "command": list(result.command),
        "answer": {
            "limit": result.answer.limit,
            "sentence": result.answer.sentence,
            "actions": list(result.answer.actions),
        },
        "measured_s": number(result.measured_s),
        "exit_code": result.exit_code,
        "requests": result.requests,
        "failed": result.failed,
        "open": result.open,
        "detailed": result.detailed,
        "packages": dict(result.packages),
        "processes": [asdict(process) for process in result.processes],
        "call_sites": [site_json(site) for site in result.call_sites],
        "phases": [_phase(row) for row in result.phases],
        "routes": [_route(row) for row in result.routes],
        "served": [served_json(row) for row in result.served],
        "loops": [_loop(row) for row in result.loops],
        "holders": [holder_json(row) for row in result.holders],
        "thread_times": [_thread_time(row) for row in result.thread_times],
        "gates": [_gate(row) for row in result.gates],
        "held": [_held(row) for row in result.held],
        "timeouts": [_timeout(row) for row in result.timeouts],
        "uptime": [_uptime(row) for row in result.uptime],
        "counters": {row.name: number(row.value) for row in result.counters},
        "settings": [_settings(row) for row in result.settings],
        "layers": [
            {"layer": row.layer, "cpu_us_per_request": estimate(row.cpu_us_per_request), "share": number(row.share)}
            for row in result.layers
        ],
        "thinning": None if thinning is None else asdict(thinning),
        "unattributed_share": number(result.unattributed_share),
    }


def _client(client: ClientName) -> Json:
    return {"client": client.name, "version": client.version}


def _peer(peer: Peer | None) -> str | None:
    return None if peer is None else peer_name(peer)


def _routes(routes: tuple[Route, ...]) -> list[str]:
    return [route_name(route) for route in routes]


def site_json(site: SiteResult) -> Json:
    """One call site."""
    latency = site.latency_ms
    return {
        "file": site.file,
        "line": site.line,
        "function": site.function,
        "through": list(site.through),
        **_client(site.client),
        "blocking": site.blocking,
        "peer": _peer(site.peer),
        "peers": site.peers,
        "requests": site.requests,
        "failed": site.failed,
        "open": site.open,
        "errors": dict(site.errors),
        "per_second": number(site.per_second),
        # A mean of all requests, by exact sums: it has no interval.
        "wall_us": {"value": number(site.wall_us), "low": None, "high": None, "unit": "us", "n": site.requests},
        "latency_ms": {name: number(getattr(latency, name)) for name in ("p50", "p90", "p99", "max")},
        "connects_per_1000": number(site.connects_per_1000),
        "detailed": site.detailed,
        "phases": [_phase(row) for row in site.phases],
        "held_cpu_us": number(site.held_cpu_us),
        "routes": _routes(site.routes),
    }


def _phase(row: ProgramPhase) -> Json:
    names = ("wall_us", "cpu_us", "ready_us", "wait_us", "low_us", "high_us", "between_us", "late_us", "asks")
    figures = {name: number(getattr(row, name)) for name in names}
    return {"phase": row.phase, **figures, "blame": {str(layer): number(us) for layer, us in row.blame.items()}}


def _route(row: RouteRow) -> Json:
    return {
        "route": route_name(row.route),
        "framework": row.route.framework,
        "requests": row.requests,
        "wall_us": number(row.wall_us),
        "held_us_per_exchange": number(row.held_us_per_exchange),
        "call_sites": [{"file": file, "line": line} for file, line in row.sites],
    }


def served_json(row: ServedRoute) -> Json:
    """The requests of one route that were served, means."""
    names = (
        "wall_us", "low_us", "high_us", "running_us", "ready_us", "waiting_us", "behind_requests_us", "behind_blocking_us",
    )  # fmt: skip
    return {
        "route": route_name(row.route),
        "framework": row.route.framework,
        "requests": row.requests,
        **{name: number(getattr(row, name)) for name in names},
        "blame": {str(layer): number(us) for layer, us in row.blame.items()},
    }


def _loop(row: LoopResult) -> Json:
    return {
        "process": row.process,
        "name": row.name,
        "loop": row.loop,
        "busy_share": number(row.busy_share),
        "busy_share_in_flight": number(row.busy_share_in_flight),
        "longest_ms": number(row.longest_ms),
        "queue_most": row.queue_most,
        "recorded_s": number(row.recorded_s),
        "held": {str(layer): number(share) for layer, share in row.held.items()},
        "cpu_share": number(row.cpu_share),
        "callbacks": row.callbacks,
    }


def _thread_time(row: ThreadTime) -> Json:
    return {
        "file": row.file,
        "line": row.line,
        "function": row.function,
        "at_line": row.at_line,
        "wall_s": estimate(row.wall_s),
        "cpu_s": number(row.cpu_s),
        "share": number(row.share),
        "threads": row.threads,
        "inside": row.inside,
    }


def holder_json(row: Holder) -> Json:
    """One function that held a loop."""
    return {
        "file": row.file,
        "line": row.line,
        "function": row.function,
        "origin": row.origin,
        "layer": row.layer,
        "held_s": estimate(row.held_s),
        "cpu_s": number(row.cpu_s),
        "queued_s": number(row.queued_s),
        "interpreter_s": number(row.interpreter_s),
        "share_of_loop": number(row.share_of_loop),
        "longest_ms": number(row.longest_ms),
        "blamed_us": number(row.blamed_us),
        "inside": row.inside,
        "samples": row.samples,
        "routes": _routes(row.routes),
    }


def _held(row: HeldConnections) -> Json:
    return {
        "file": row.file,
        "line": row.line,
        "function": row.function,
        "peer": _peer(row.peer),
        "peers": row.peers,
        "holds": row.holds,
        "most": row.most,
        "limit": row.limit,
        "mean_ms": number(row.mean_ms),
        "leaked": row.leaked,
        "oldest_s": number(row.oldest_s),
        "in_use": row.in_use,
        "one_host": row.one_host,
    }


def _gate(row: GateResult) -> Json:
    gate = row.gate
    return {
        "file": gate.file,
        "line": gate.line,
        "function": gate.function,
        "what": gate.what,
        "threads": gate.threads,
        "workers": gate.workers,
        "tasks": number(row.tasks),
        "most": row.most,
        "looks": row.looks,
        "all_looks": row.all_looks,
    }


def _timeout(row: TimeoutVerdict) -> Json:
    return {
        "type": row.type,
        "file": row.file,
        "line": row.line,
        "count": row.count,
        "verdict": row.verdict,
        "own": row.own,
        "evidence": row.evidence,
    }


def _uptime(row: UptimeSeries) -> Json:
    return {
        "name": row.name,
        "unit": row.unit,
        "at_s": [number(at) for at in row.at_s],
        "values": [number(value) for value in row.values],
        "slope": estimate(row.slope),
        "culprit": row.culprit,
    }


def _settings(row: FoundSettings) -> Json:
    settings = row.settings
    return {
        **_client(row.client),
        "file": row.file,
        "line": row.line,
        "instances": row.instances,
        "limit": settings.limit,
        "idle": settings.idle,
        "timeouts": {name: number(seconds) for name, seconds in settings.timeouts.items()},
        "tls": settings.tls,
        "http2": settings.http2,
        "trust_env": settings.trust_env,
        "unlimited": list(settings.unlimited),
        "per_host": settings.per_host,
        "transport": settings.transport,
        "most_in_flight": row.most_in_flight,
        "most_connections": row.most_connections,
    }
