"""The result of ``history show`` as JSON, schema ``clientprof.history-summary/1``."""

from dataclasses import asdict
from typing import Any

from clientprof.model.history import HistoryResult, Trend
from clientprof.report.exporters.summaries.summary import Json

SCHEMA = "clientprof.history-summary/1"


def to_history_summary(result: HistoryResult) -> Json:
    """All trends with their points and changes; estimates as in ``summary.json``."""
    return {
        "schema": SCHEMA,
        "by": str(result.by),
        "created": result.created,
        "recordings": result.recordings,
        "rate": result.rate,
        "seed": result.seed,
        "machines": [asdict(machine) for machine in result.machines],
        "trends": [_trend(trend) for trend in result.trends],
        "files": dict(result.files),
    }


def _trend(trend: Trend) -> dict[str, Any]:
    written = asdict(trend)
    return {**written, "points": list(written["points"]), "changes": list(written["changes"])}
