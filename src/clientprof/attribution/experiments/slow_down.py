"""What slowing a function down says: how often it is paid for, and so what a request pays for it.

Within a group in lock-step the cost of a request is a straight line over the dose per call; its slope is the number of calls
that a request waits for. Doses are held against each other, never against the unchanged client: whatever being wrapped
costs is the same at each dose, and stays out of the slope.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.estimate import Estimate
from clientprof.stats.intervals import mean_estimate

# A slow-down empties caches for the rest: about 0.09 us per added us (measured with bursts of 400 us in aiohttp).
SIDE_EFFECT = 0.1
# An interval wider than this to each side says neither.
_CERTAIN = 0.5


class Agreement(StrEnum):
    """Calls paid for, by the slope, against calls counted."""

    AGREES = "as often as it is called"
    AMPLIFIED = "more than it is called"
    SPARED = "less than it is called"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class SlowedDown:
    """``slope`` is in us of CPU per request for each us per call: calls per request. ``amplification`` is slope over calls.

    ``inferred_us`` is slope times the function's own time per call: what a request pays for it, None without counted calls.
    """

    slope: Estimate
    amplification: Estimate | None
    inferred_us: Estimate | None
    agreement: Agreement


def slowed_down(
    groups: Sequence[Mapping[float, float]], own_us: Estimate | None = None, calls_per_request: float | None = None
) -> SlowedDown | None:
    """Read the groups: CPU per request in us, by dose in us per call. None without a group of two doses.

    ``own_us`` is the function's own time per request by the profile, ``calls_per_request`` how often it is called by the
    count lens. Agreement allows for a tenth: a slow-down empties caches for the rest of the client.
    """
    slopes = [found for group in groups if (found := _slope(group)) is not None]
    if not slopes:
        return None
    slope = mean_estimate(slopes, "us per us per call")
    if not calls_per_request:
        return SlowedDown(slope, None, None, Agreement.UNKNOWN)
    amplification = _scaled(slope, 1 / calls_per_request, "x")
    inferred = None if own_us is None else _product(amplification, own_us)
    return SlowedDown(slope, amplification, inferred, _agreement(amplification))


def _slope(group: Mapping[float, float]) -> float | None:
    """Least squares over the doses of one group, with an intercept."""
    count = len(group)
    if count < 2:
        return None
    mean_dose, mean_cost = sum(group) / count, sum(group.values()) / count
    spread = sum((dose - mean_dose) ** 2 for dose in group)
    return sum((dose - mean_dose) * (cost - mean_cost) for dose, cost in group.items()) / spread


def _agreement(amplification: Estimate) -> Agreement:
    half_width = amplification.half_width
    if half_width is None or half_width > _CERTAIN * max(1.0, amplification.value):
        return Agreement.UNKNOWN
    if not amplification.excludes(1 - SIDE_EFFECT, 1 + SIDE_EFFECT):
        return Agreement.AGREES
    return Agreement.AMPLIFIED if amplification.value > 1 else Agreement.SPARED


def _scaled(estimate: Estimate, factor: float, unit: str) -> Estimate:
    low, high = (None if bound is None else bound * factor for bound in (estimate.low, estimate.high))
    return Estimate(estimate.value * factor, low, high, unit, estimate.n)


def _product(amplification: Estimate, own_us: Estimate) -> Estimate:
    """Amplification times own time; the intervals are independent, so their relative half-widths add as squares."""
    value = amplification.value * own_us.value
    halves = [each.relative_half_width for each in (amplification, own_us)]
    if not value or None in halves:
        return Estimate(value, None, None, "us", amplification.n)
    half = abs(value) * math.hypot(*(half for half in halves if half is not None))
    return Estimate(value, value - half, value + half, "us", amplification.n)
