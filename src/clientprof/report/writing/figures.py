"""How numbers are written: places, thousands, units, intervals. No number is computed here."""

import math

from clientprof.model.estimate import Estimate, shown_unit
from clientprof.model.figures import ABSENT as ABSENT
from clientprof.model.figures import decimal as decimal
from clientprof.model.figures import percent as percent


def with_sign(value: float) -> str:
    """``+1,540.2``: a difference, its sign also where it is positive."""
    return f"+{decimal(value)}" if value > 0 else decimal(value)


def measure(value: float | None, unit: str, places: int = 1) -> str:
    """``1,540.2 µs`` with a space that does not break; the dash alone where there is no value."""
    text = decimal(value, places)
    return text if text == ABSENT else f"{text}\u00a0{shown_unit(unit)}"


def count(value: float | None) -> str:
    """A count per request: whole numbers plain, others with two or three significant places."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return decimal(value, 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3)


def milliseconds(value_us: float | None, places: int = 2) -> str:
    """Microseconds written as milliseconds, without the unit."""
    return ABSENT if value_us is None else decimal(value_us / 1000, places)


def duration(seconds: float | None) -> str:
    """``165 ms``, ``5.26 s``: wall time for a sentence."""
    if seconds is None or not math.isfinite(seconds):
        return ABSENT
    return measure(seconds, "s", 2) if seconds >= 1 else measure(seconds * 1000, "ms", 0 if seconds >= 0.1 else 1)


def interval(estimate: Estimate | None, places: int = 1, scale: float = 1.0) -> str:
    """``[14.9, 15.6]``; nothing where there is no interval, or where its ends look alike in these places.

    ``scale`` converts units, 1000 from s to ms.
    """
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    low, high = decimal(estimate.low * scale, places), decimal(estimate.high * scale, places)
    return "" if low == high else f"[{low}, {high}]"


def ratio_places(value: float) -> int:
    """Places that a ratio of this size deserves."""
    if value < 0.1:
        return 3 if value >= 0.01 else 4
    return 2 if value < 10 else 1 if value < 100 else 0


def ratio(estimate: Estimate | None) -> str:
    """``15.2x``."""
    return ABSENT if estimate is None else f"{decimal(estimate.value, ratio_places(estimate.value))}x"


def ratio_interval(estimate: Estimate | None) -> str:
    """The interval of a ratio, in the places of the ratio."""
    return "" if estimate is None else interval(estimate, ratio_places(estimate.value))


def ratio_full(estimate: Estimate | None) -> str:
    """``15.2x [14.9, 15.6]``."""
    return f"{ratio(estimate)} {ratio_interval(estimate)}".rstrip()


def plural(number: int, noun: str) -> str:
    """``1 request``, ``1,024 requests``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
