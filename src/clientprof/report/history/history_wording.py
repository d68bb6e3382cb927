"""Sentences of a history that page and terminal share."""

from clientprof.model.history import HistoryResult, LevelChange, Trend
from clientprof.report.writing.figures import percent, plural, ratio_full, with_sign

_LAYERS = 3
OVER = {"version": "versions", "date": "days", "python": "Pythons"}


def title_of(result: HistoryResult) -> str:
    """The heading of page and terminal."""
    return f"{plural(result.recordings, 'recording')} over {OVER[result.by]}"


def answer_sentence(result: HistoryResult) -> str:
    """How many changes of how many trends."""
    if not result.trends:
        return (
            f"Nothing was measured at two different {OVER[result.by]} under the same load on the same machine, so there "
            "is no trend."
        )
    changes = sum(len(trend.changes) for trend in result.trends)
    found = plural(changes, "change") if changes else "No change"
    trends = plural(len(result.trends), "trend")
    return f"{found} of level in {trends}. Where nothing changes, {percent(result.rate)} of such histories show one."


def unit_sentence(trend: Trend) -> str:
    """What the figures of a trend are."""
    if trend.against is None:
        return "Microseconds of CPU per request. A slower day of the machine looks like a slower client here."
    return f"CPU per request as a multiple of {trend.against} in the same recording."


def change_sentence(trend: Trend, change: LevelChange) -> str:
    """One change with its intervals, and the layers that moved the most."""
    text = f"{trend.client}: {ratio_full(change.ratio)} from {change.before} to {change.after}"
    if change.earliest != change.latest:
        text += f" (95 %: the new level begins between {change.earliest} and {change.latest})"
    moved = [f"{name} {with_sign(us)} µs" for name, us in list(change.layers_us.items())[:_LAYERS] if abs(us) >= 0.1]
    return text + (f". Layers: {', '.join(moved)} per request." if moved else ".")


def few_sentence(trend: Trend) -> str | None:
    """Why a trend cannot show a change at all; None where it can."""
    if trend.recordings >= 7:
        return None
    return f"{plural(trend.recordings, 'recording')} are too few: no order of them is rare enough to prove a change."
