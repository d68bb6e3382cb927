"""Counters of two arms side by side, with what a client without the fault would need."""

from collections.abc import Sequence

from clientprof.model.differences.between_arms import CounterDifference
from clientprof.model.results import CounterRow

# A retry or two among hundreds of requests is not worth a mark.
_SLACK_SHARE, _SLACK = 1.1, 0.005


def counter_differences(
    baseline: Sequence[CounterRow], candidate: Sequence[CounterRow]
) -> tuple[CounterDifference, ...]:
    """A row for every counter of either arm, those whose candidate exceeds what is expected first, then by ratio."""
    was, now = ({row.name: row for row in rows} for rows in (baseline, candidate))
    found = [_row(was.get(name), now.get(name)) for name in dict.fromkeys((*now, *was))]
    return tuple(sorted(found, key=lambda row: (not row.above, -(row.ratio or 0.0))))


def _row(was: CounterRow | None, now: CounterRow | None) -> CounterDifference:
    known = now or was
    assert known is not None
    expected = known.expected if known.expected is not None or was is None else was.expected
    both = was is not None and now is not None and was.value > 0
    return CounterDifference(
        name=known.name,
        unit=known.unit,
        meaning=known.meaning,
        expected=expected,
        baseline=None if was is None else was.value,
        candidate=None if now is None else now.value,
        ratio=now.value / was.value if both and now is not None and was is not None else None,
        above=now is not None and expected is not None and now.value > expected * _SLACK_SHARE + _SLACK,
    )
