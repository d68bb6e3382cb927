"""A sweep as ``summary.json``, schema ``clientprof.summary/1``: a run's keys, and every series over n."""

from clientprof.model.growth.series import Crossing, GrowthResult, Retention, Series
from clientprof.report.exporters.summaries.summary import Json, estimate, head, number


def to_growth_summary(result: GrowthResult) -> Json:
    """The sweep as plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts."""
    return {
        **head(result),
        "clients": [{"name": client, "version": result.versions.get(client, "")} for client in result.clients],
        "growth": {
            "n": list(result.n),
            "totals": [_series(row) for row in result.totals],
            "latencies": [_series(row) for row in result.latencies],
            "layers": [_series(row) for row in result.layers],
            "functions": [_series(row) for row in result.functions],
            "crossings": [_crossing(row) for row in result.crossings],
            "retention": [_retention(row) for row in result.retentions],
            "material_us": {client: number(us) for client, us in result.material_us.items()},
        },
        "warnings": [{"id": notice.id, "text": notice.text, "advice": notice.advice} for notice in result.notices],
        "files": dict(result.files),
    }


def _series(row: Series) -> Json:
    place = row.location
    return {
        "client": row.client,
        "subject": row.subject,
        "layer": row.layer,
        "module": place.module if place else None,
        "function": place.function if place else None,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "points": [{"n": point.n, "cost": estimate(point.cost)} for point in row.points],
        "slope": estimate(row.slope),
        "suspect": row.suspect,
    }


def _crossing(row: Crossing) -> Json:
    return {
        "clients": [row.first, row.second],
        "subject": row.subject,
        "n": estimate(row.at),
        "cheaper_below": row.below,
        "cheaper_above": row.above,
    }


def _retention(row: Retention) -> Json:
    return {
        "client": row.client,
        "small_n": row.small_n,
        "large_n": row.large_n,
        "ratio": estimate(row.ratio),
        "small_rps": number(row.small_rps),
        "large_rps": number(row.large_rps),
    }
