"""How decimals and shares are written: the same in what the analysis concludes, in what the report shows, and in tables."""

import math

ABSENT = "\u2013"  # an en dash: not measured, which is not 0
_NOTHING = 1e-9  # what sums of floats leave over where the true value is 0


def decimal(value: float | None, places: int = 1) -> str:
    """``1,540.2``; an en dash for None; ``<0.1`` and ``-0.0`` for what is not 0 but rounds to it."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if abs(value) < _NOTHING:
        return "0"
    text = f"{value:,.{places}f}"
    smallest = 10.0**-places
    if value != 0 and abs(value) < smallest / 2:
        return f"<{smallest:.{places}f}" if value > 0 else f"-{0:.{places}f}"
    return text


def percent(share: float | None) -> str:
    """``41.2 %`` of a share between 0 and 1 that was measured, with a space that does not break."""
    return ABSENT if share is None or not math.isfinite(share) else f"{decimal(share * 100)}\u00a0%"


def duration(seconds: float) -> str:
    """``2.4 s``, below a second ``240 ms``."""
    return f"{seconds:,.1f} s" if seconds >= 1 else f"{seconds * 1e3:,.0f} ms"


def percent_bound(share: float) -> str:
    """``15 %`` of a bound or a budget, which is exact: with no more places than it has."""
    return f"{round(share * 100, 9):g}\u00a0%"


def percent_change(ratio: float) -> str:
    """A ratio as a change: ``+4.1 %`` of 1.041."""
    return f"{(ratio - 1) * 100:+.1f}\u00a0%"
