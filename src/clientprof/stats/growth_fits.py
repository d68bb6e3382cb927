"""Growth of a cost with n: the log-log slope with its 95 % interval, and where two cost lines cross.

Slope: least squares of log cost on log n, weighted by each point's own standard error: the average growth over the measured
range, whether or not the cost follows a power law, and no law beyond that range. Its interval is what the points' own errors
allow. Scatter around the line is not added, because with few points (3 to 8) it mostly tells that growth is bent, which
is no doubt about its average. Only where a point has no error of its own, the scatter gives the interval (Student's t
with two degrees of freedom fewer than points). Simulated over 3 to 8 points, on straight and on bent lines, it covers
the truth 93 to 97 times in 100 (tests/stats/test_growth_fits.py).

Crossing: between two measured n, on straight lines in log-log between neighbours, without a model for the whole range. It is
stated only where one client is certainly cheaper at some n and certainly dearer at another; the interval is that of 2,000
redrawings of every point within its own error.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientprof.model.estimate import Estimate
from clientprof.model.growth.series import FEWEST_N
from clientprof.stats.student import NORMAL_975, quantile_975

REDRAWN = 2000


@dataclass(frozen=True, slots=True)
class CostAt:
    """A cost at one n with its relative standard error, None where one observation gives none."""

    n: int
    cost: float
    relative_error: float | None


def log_log_slope(points: Sequence[CostAt]) -> Estimate | None:
    """The slope over at least three different n; None with fewer, or where a cost is not positive."""
    if len({point.n for point in points}) < FEWEST_N or any(point.cost <= 0 for point in points):
        return None
    x = np.log([float(point.n) for point in points])
    y = np.log([point.cost for point in points])
    errors = [point.relative_error for point in points]
    known = all(error is not None and error > 0 for error in errors)
    weight = np.array([1 / error**2 if known and error else 1.0 for error in errors])
    x = x - np.average(x, weights=weight)
    spread = float((weight * x**2).sum())
    slope = float((weight * x * y).sum()) / spread
    if known:
        half = NORMAL_975 / math.sqrt(spread)
    else:
        residual = y - y.mean() - slope * x
        freedom = len(points) - 2
        half = quantile_975(freedom) * math.sqrt(float((residual**2).sum()) / freedom / spread)
    return Estimate(slope, slope - half, slope + half, "log-log slope", len(points))


def crossing(left: Sequence[CostAt], right: Sequence[CostAt], seed: int = 1) -> Estimate | None:
    """The n at which ``left`` stops being the cheaper or the dearer of the two; None where none is certain.

    The first certain one where there are several. Both must be measured at the same n; other points are left out.
    """
    pairs = sorted(
        ((mine, other) for mine in left for other in right if mine.n == other.n and mine.cost > 0 and other.cost > 0),
        key=lambda pair: pair[0].n,
    )
    if any(point.relative_error is None for pair in pairs for point in pair):
        return None
    n = np.log([float(mine.n) for mine, _ in pairs])
    apart = np.array([math.log(mine.cost / other.cost) for mine, other in pairs])
    error = np.array([math.hypot(mine.relative_error or 0.0, other.relative_error or 0.0) for mine, other in pairs])
    certain = [int(np.sign(d)) if abs(d) > NORMAL_975 * e else 0 for d, e in zip(apart, error, strict=True)]
    signs = [(place, sign) for place, sign in enumerate(certain) if sign]
    change = next(((a, b) for (a, s), (b, t) in itertools.pairwise(signs) if s != t), None)
    if change is None:
        return None
    inside = slice(change[0], change[1] + 1)
    value = _first_zero(n[inside], apart[inside])
    assert value is not None
    draws = np.random.default_rng(seed).normal(apart[inside], error[inside], (REDRAWN, change[1] - change[0] + 1))
    places = [place for row in draws if (place := _first_zero(n[inside], row)) is not None]
    low, high = np.percentile(places, [2.5, 97.5])
    return Estimate(math.exp(value), math.exp(min(low, value)), math.exp(max(high, value)), "requests at once", len(n))


def _first_zero(x: "np.typing.NDArray[np.float64]", y: "np.typing.NDArray[np.float64]") -> float | None:
    for place in range(len(x) - 1):
        if y[place] * y[place + 1] <= 0 and y[place] != y[place + 1]:
            return float(x[place] + (x[place + 1] - x[place]) * y[place] / (y[place] - y[place + 1]))
    return None
