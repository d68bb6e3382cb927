"""Two recordings of a program as JSON, schema ``clientprof.program-changes/1``."""

from clientprof.model.programs.changes import ProgramChanges, ProgramSide, SiteChange, SiteFigures
from clientprof.report.exporters.summaries.summary import Json, number
from clientprof.report.programs.program_wording import peer_name

SCHEMA = "clientprof.program-changes/1"


def to_program_changes(changes: ProgramChanges) -> Json:
    """The changes as plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts; there is no verdict."""
    return {
        "schema": SCHEMA,
        "program": changes.program,
        "before": _side(changes.before),
        "after": _side(changes.after),
        "call_sites": [_site(row) for row in changes.sites],
        "findings": {"gone": list(changes.gone), "new": list(changes.new), "stayed": list(changes.stayed)},
        "differences": list(changes.differences),
        "cautions": list(changes.cautions),
    }


def _side(side: ProgramSide) -> Json:
    return {
        "created": side.created,
        "measured_s": number(side.measured_s),
        "requests": side.requests,
        "per_second": number(side.per_second),
        "failed": side.failed,
        "open": side.open,
        "cpu_us_per_request": number(side.cpu_us_per_request),
        "connects_per_1000": number(side.connects_per_1000),
        "answer": side.answer,
    }


def _site(row: SiteChange) -> Json:
    return {
        "file": row.file,
        "function": row.function,
        "client": row.client,
        "peer": None if row.peer is None else peer_name(row.peer),
        "several_peers": row.several,
        "before": _figures(row.before),
        "after": _figures(row.after),
    }


def _figures(side: SiteFigures | None) -> Json | None:
    if side is None:
        return None
    latency = side.latency_ms
    return {
        "line": side.line,
        "requests": side.requests,
        "per_second": number(side.per_second),
        "wall_us": number(side.wall_us),
        "latency_ms": {name: number(getattr(latency, name)) for name in ("p50", "p90", "p99", "max")},
        "failed": side.failed,
        "open": side.open,
    }
