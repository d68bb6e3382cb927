"""JSON lines as httpx2's benchmark harness writes them: one object per client, for those who compare with its results.

Keys: ``scenario`` (its label, ``c512/1k``), ``client``, ``rps``, ``p50_ms``, ``p99_ms``, ``max_ms``, ``cpu_us`` (per
request), ``python``; and of ours ``version``. A value that was not measured is null. Requests per second are requests
of a round over its wall time.
"""

import json
from collections.abc import Iterable

from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.exporters.summaries.summary import Json, number


def to_harness_lines(result: TraceResult) -> str:
    """One line per client whose control lens ran, ended by a line break each."""
    scenario = next((row.value for row in result.workload if row.name == "scenario"), None)
    python = next((row.value for row in result.environment if row.name.lower() == "python"), None)
    return _lines(_line(client, scenario, python) for client in result.clients if client.control is not None)


def _lines(rows: Iterable[Json]) -> str:
    return "".join(f"{json.dumps(row, allow_nan=False)}\n" for row in rows)


def _line(client: ClientResult, scenario: str | None, python: str | None) -> Json:
    control = client.control
    assert control is not None
    wall_s = control.wall_s.value
    return {
        "scenario": scenario,
        "client": client.name,
        "version": client.version,
        "rps": number(control.requests_per_round / wall_s) if wall_s > 0 else None,
        "p50_ms": number(control.latency_ms.p50),
        "p99_ms": number(control.latency_ms.p99),
        "max_ms": number(control.latency_ms.max),
        "cpu_us": number(control.cpu_us_per_request.value),
        "python": python if client.interpreter is None else client.interpreter.name,
    }
