"""``summary.json``, schema ``clientprof.summary/1``: everything a script may want, absent parts null.

An estimate is ``{"value", "low", "high", "unit", "n"}``. Keys that the schema names are stable; others may be added.
Six significant digits are kept: far more than any interval here justifies, few enough for a small file.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Protocol

from clientprof.model.estimate import Estimate
from clientprof.model.failures import FailedRequest
from clientprof.model.findings import Finding, SharedCause
from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import PhaseRow
from clientprof.model.ledger.off_cpu import OffCpuCost
from clientprof.model.results import (
    ClientResult,
    ColdRound,
    Comparison,
    Control,
    CounterRow,
    Floor,
    FunctionCost,
    LayerCost,
    Setting,
    TraceResult,
)
from clientprof.model.run import UnfinishedRound
from clientprof.report.exporters.summaries.aging_summary import aging_summary
from clientprof.report.exporters.summaries.memory_summary import memory_summary
from clientprof.report.exporters.summaries.tls_summary import tls_summary

SCHEMA = "clientprof.summary/1"
MOST_FAILURES = 1_000

Json = dict[str, object]


class Measured(Protocol):
    """What every result of a measuring says first."""

    @property
    def title(self) -> str: ...
    @property
    def command(self) -> tuple[str, ...]: ...
    @property
    def created(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    @property
    def environment(self) -> tuple[Setting, ...]: ...
    @property
    def workload(self) -> tuple[Setting, ...]: ...


def head(result: Measured) -> Json:
    """The keys that begin every summary of a load of clientprof's own."""
    return {
        "schema": SCHEMA,
        "title": result.title,
        "command": list(result.command),
        "created": result.created,
        "seed": result.seed,
        "complete": result.complete,
        "environment": grouped_settings(result.environment),
        "workload": grouped_settings(result.workload),
    }


def to_summary(result: TraceResult) -> Json:
    """The result as plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts."""
    return {
        **head(result),
        "clients": [_client(client) for client in result.clients],
        "comparisons": [_comparison(comparison) for comparison in result.comparisons],
        "staircase": None,
        "experiments": [],
        "program": None,
        "findings": [finding_json(finding) for finding in result.findings],
        "causes": [cause_json(cause) for cause in result.causes],
        "warnings": [{"id": notice.id, "text": notice.text, "advice": notice.advice} for notice in result.notices],
        "files": dict(result.files),
        "scenario": None if result.story is None else asdict(result.story),
        "floor": _floor(result.floor),
        "sources": [asdict(source) for source in result.measured_sources],
        "selfcheck": None if result.selfcheck is None else asdict(result.selfcheck),
    }


def number(value: float | None) -> float | int | None:
    """Six significant digits; None for what JSON cannot hold."""
    if value is None or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.6g}")


def estimate(value: Estimate | None) -> Json | None:
    """An estimate as the schema's ``E``."""
    if value is None:
        return None
    low, high = number(value.low), number(value.high)
    return {"value": number(value.value), "low": low, "high": high, "unit": value.unit, "n": value.n}


def _mean(value_us: float, requests: int) -> Json:
    return {"value": number(value_us), "low": None, "high": None, "unit": "us", "n": requests}


def _numbers(values: Mapping[Layer, float] | Mapping[str, float | None]) -> Json:
    return {str(key): number(value) for key, value in values.items()}


def grouped_settings(settings: Iterable[Setting]) -> Json:
    """Settings as ``{group: {name: value}}``."""
    groups: dict[str, dict[str, str]] = {}
    for setting in settings:
        groups.setdefault(setting.group, {})[setting.name] = setting.value
    return dict(groups)


def _client(client: ClientResult) -> Json:
    ledger = client.ledger
    return {
        "name": client.name,
        "version": client.version,
        "packages": dict(client.packages),
        "interpreter": None if client.interpreter is None else asdict(client.interpreter),
        "loop": client.loop,
        "opaque": client.opaque,
        "control": _control(client.control),
        "failures": [_failure(row) for row in client.failures[:MOST_FAILURES]],
        "failures_disturbed": client.failures_disturbed,
        "goaways": None if client.goaways is None else asdict(client.goaways),
        "in_flight": None if client.in_flight is None else asdict(client.in_flight),
        "unfinished": _unfinished(client.unfinished),
        "unfinished_cold": _unfinished(client.unfinished_cold),
        "cold": _cold(client.cold),
        "tls": tls_summary(client.tls),
        "memory": memory_summary(client.memory),
        "aging": aging_summary(client.aging),
        "observer": {lens: estimate(effect) for lens, effect in client.observer.items()},
        "observer_of_core": _numbers(client.observer_of_core),
        "layers": [_layer(row) for row in client.layers],
        "other_threads_us_per_request": number(client.other_threads_us),
        "functions": [_function(row) for row in client.functions],
        "off_cpu": [_off_cpu(row) for row in client.off_cpu],
        "phases": [_phase(row, ledger.requests) for row in ledger.phases] if ledger else None,
        "ledger": None
        if ledger is None
        else {
            "requests": ledger.requests,
            "wall_us": number(ledger.wall_us),
            "threads": ledger.threads,
            "loop_busy_us": _numbers(ledger.loop_busy_us),
            "loop_idle_us": number(ledger.loop_idle_us),
            "callbacks_per_request": number(ledger.callbacks_per_request),
            "server_stamps": ledger.server_stamps,
        },
        "counters": {row.name: number(row.value) for row in client.counters},
        "counter_details": {row.name: _counter(row) for row in client.counters},
        "boundaries": [
            {"module": boundary.module, "function": boundary.function, "layer": boundary.layer, "found": boundary.found}
            for boundary in client.boundaries
        ],
        "cross_check": [
            {
                "layer": row.layer,
                "ours": number(row.ours),
                "pyinstrument": number(row.pyinstrument),
                "tachyon": number(row.tachyon),
            }
            for row in client.cross_check
        ],
        "unattributed_share": number(client.unattributed_share),
        "notes": list(client.notes),
    }


def _control(control: Control | None) -> Json | None:
    if control is None:
        return None
    latency = control.latency_ms
    return {
        "wall_s": estimate(control.wall_s),
        "cpu_us_per_request": estimate(control.cpu_us_per_request),
        "latency_ms": _numbers({"p50": latency.p50, "p90": latency.p90, "p99": latency.p99, "max": latency.max}),
        "ok": control.ok,
        "errors": dict(control.errors),
        "rounds": control.rounds,
        "requests_per_round": control.requests_per_round,
    }


def _failure(row: FailedRequest) -> Json:
    return {key: number(value) if isinstance(value, float) else value for key, value in asdict(row).items()}


def _unfinished(round_: UnfinishedRound | None) -> Json | None:
    if round_ is None:
        return None
    return {
        "answered": round_.answered,
        "failed": round_.failed,
        "of": round_.of,
        "seconds": number(round_.seconds),
        "needed_s": number(round_.needed_s),
        "most_s": number(round_.most_s),
        "queued_s": number(round_.queued_s),
    }


def _cold(cold: ColdRound | None) -> Json | None:
    if cold is None:
        return None
    return {
        "wall_s": estimate(cold.wall_s),
        "cpu_us_per_request": estimate(cold.cpu_us_per_request),
        "connects": cold.connects,
        "connects_by_origin": cold.connects_by_origin,
        "handshakes": cold.handshakes,
        "handshakes_by_origin": cold.handshakes_by_origin,
        "resumed_by_origin": cold.resumed_by_origin,
        "handshake_wall_us": number(cold.handshake_wall_us),
        "handshake_cpu_us": number(cold.handshake_cpu_us),
        "most_connections_by_origin": cold.most_connections_by_origin,
        "name_lookups": cold.name_lookups,
        "errors": dict(cold.errors),
    }


def _floor(floor: Floor | None) -> Json | None:
    if floor is None:
        return None
    return {
        "cpu_us_per_request": estimate(floor.cpu_us_per_request),
        "wall_s": estimate(floor.wall_s),
        "times": _numbers(floor.times),
    }


def _layer(row: LayerCost) -> Json:
    cost = estimate(row.cpu_us_per_request)
    return {"layer": row.layer, "cpu_us_per_request": cost, "share": number(row.share), "work": _numbers(row.work)}


def _function(row: FunctionCost) -> Json:
    return {
        "layer": row.layer,
        "module": row.module,
        "function": row.function,
        "file": row.file,
        "line": row.line,
        "origin": row.origin,
        "self_us_per_request": estimate(row.self_us_per_request),
        "total_us_per_request": estimate(row.total_us_per_request),
        "calls_per_request": number(row.calls_per_request),
        "growth": estimate(row.growth),
    }


def _off_cpu(row: OffCpuCost) -> Json:
    return {
        "kind": row.kind,
        "layer": row.layer,
        "module": row.module,
        "function": row.function,
        "file": row.file,
        "line": row.line,
        "origin": row.origin,
        "by": row.by,
        "phase": row.phase,
        "us_per_request": estimate(row.us_per_request),
        "share": number(row.share),
        "explained": row.explained,
    }


def _phase(row: PhaseRow, requests: int) -> Json:
    return {
        "phase": row.phase,
        "wall_us": _mean(row.wall_us, requests),
        "cpu_us": number(row.cpu_us),
        "ready_us": number(row.ready_us),
        "wait_us": number(row.wait_us),
        "blame": _numbers(row.blame),
        "cascade": _numbers(row.cascade),
        "requests": row.requests,
        "p50_us": number(row.p50_us),
        "p99_us": number(row.p99_us),
    }


def _counter(row: CounterRow) -> Json:
    return {"unit": row.unit, "meaning": row.meaning, "expected": number(row.expected)}


def _comparison(comparison: Comparison) -> Json:
    effect, wall = comparison.effect, comparison.wall_effect
    return {
        "baseline": effect.baseline,
        "candidate": effect.candidate,
        "metric": effect.metric,
        "ratio": estimate(effect.ratio),
        "aa_ratio": estimate(effect.aa_ratio),
        "verdict": effect.verdict,
        "reason": effect.reason,
        "wall": {
            "metric": wall.metric,
            "ratio": estimate(wall.ratio),
            "aa_ratio": estimate(wall.aa_ratio),
            "verdict": wall.verdict,
            "reason": wall.reason,
        },
        "gap_us_per_request": estimate(comparison.gap_us_per_request),
        "gap": [
            {
                "layer": row.layer,
                "us_per_request": estimate(row.us_per_request),
                "share_of_gap": number(row.share_of_gap),
            }
            for row in comparison.gap
        ],
    }


def cause_json(cause: SharedCause) -> Json:
    """A cause; its findings by their ids."""
    return {
        "id": cause.id,
        "title": cause.title,
        "cost_us_per_request": number(cause.cost_us_per_request),
        "share": number(cause.share),
        "time_us_per_request": number(cause.time_us_per_request),
        "findings": [finding.id for finding in cause.findings],
        "remedy": cause.remedy,
        "code": cause.code,
        "warning": cause.warning,
    }


def finding_json(finding: Finding) -> Json:
    """A finding as the schema has it."""
    return {
        "id": finding.id,
        "title": finding.title,
        "layer": finding.layer,
        "culprits": [
            {"module": culprit.module, "function": culprit.function, "permalink": culprit.permalink}
            for culprit in finding.culprits
        ],
        "claim": finding.claim,
        "evidence": list(finding.evidence),
        "remedy": finding.remedy,
        "falsifier": finding.falsifier,
        "experiment": finding.experiment or None,
        "mechanism": finding.mechanism,
        "pointer": finding.pointer,
        "threads": list(finding.threads),
        "cost_us_per_request": number(finding.cost_us_per_request),
        "off_cpu_us_per_request": number(finding.off_cpu_us_per_request),
        "close_to_bound": finding.close_to_bound,
        "code": finding.code,
    }
