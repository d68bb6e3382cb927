"""Growth of a cost with age, be it uptime or what was done so far: the log-log slope, and whether it goes on.

The slope is that of the logarithm of the expected cost on the logarithm of the age, by quasi-likelihood with a variance in
proportion to the mean (a Poisson regression whose dispersion is estimated: McCullagh and Nelder, Generalized Linear Models,
1989, chapter 9). A cost told from samples is a count: young, small costs have few samples, or none, and must count for less.
A line through the logarithms of averages gives them as much weight as the rest, and its interval then holds the truth in 64
to 93 cases of 100; this one, about as wide, in 93 to 98 of independent errors (tests/stats/test_growth_over_age.py).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clientprof.model.estimate import Estimate
from clientprof.stats.student import quantile_975

Floats = npt.NDArray[np.float64]
FEWEST_POINTS = 6
"""Fewer show no law."""
# Few steps suffice; what has not settled by then has no slope.
_STEPS = 100
_SETTLED = 1e-9
# No step changes the slope or the level more, so that a cost that begins late is reached without an overflow.
_LONGEST_STEP = 2.0
# As growth over n: a slope whose whole interval lies above it is a suspect (DESIGN.md 3.7).
_STEEP = 0.3
# The cost must have grown by half at least, from the first third of the time to the last.
_GROWN = 1.5
# And from each third to the next one.
_GOES_ON = 1.1
# One step is what happened where it leaves less than this part of what a straight line leaves: of growth by any power from a
# third to six, it leaves more.
_ONE_STEP = 0.5


def slope_over_age(age: Floats, values: Floats, weight: Floats, samples: int | None = None) -> Estimate | None:
    """The slope of ``values`` at the ages, each an average over its ``weight``, as a number of requests.

    ``samples``: of how many the values were made, together; their number then bounds what can be told, though the values
    should happen to lie on a line. None where fewer than six ages above 0 have values of 0 and more, fewer than three of
    them above 0, or where no slope fits.
    """
    useful = (age > 0) & (values >= 0) & (weight > 0)
    age, values, weight = age[useful], values[useful], weight[useful]
    if len(age) < FEWEST_POINTS or int((values > 0).sum()) < FEWEST_POINTS // 2 or age.min() == age.max():
        return None
    spent = values * weight
    # About the logarithm of the mean age of what was spent, level and slope hardly depend on each other.
    x = np.log(age) - float(np.average(np.log(age), weights=spent))
    columns = np.stack([np.ones_like(x), x], axis=1)
    fitted = np.array([np.log(spent.sum() / weight.sum()), 0.0])
    for _ in range(_STEPS):
        mean = weight * np.exp(columns @ fitted)
        information = columns.T @ (columns * mean[:, None])
        try:
            step = np.linalg.solve(information, columns.T @ (spent - mean))
        except np.linalg.LinAlgError:
            return None
        step *= min(1.0, _LONGEST_STEP / float(np.abs(step).max() or 1.0))
        fitted = fitted + step
        if float(np.abs(step).max()) < _SETTLED:
            break
    else:
        return None
    mean = weight * np.exp(columns @ fitted)
    freedom = len(x) - 2
    dispersion = float(((spent - mean) ** 2 / mean).sum()) / freedom
    if samples:
        dispersion = max(dispersion, float(spent.sum()) / samples)
    half = quantile_975(freedom) * float(np.sqrt(dispersion / (mean * (x - np.average(x, weights=mean)) ** 2).sum()))
    return Estimate(float(fitted[1]), float(fitted[1]) - half, float(fitted[1]) + half, "log-log slope", len(x))


def thirds(values: Sequence[float] | Floats) -> tuple[float, float, float]:
    """The mean of each third of the values, in order."""
    early, between, late = (float(np.mean(third)) for third in np.array_split(np.asarray(values), 3))
    return early, between, late


def keeps_growing(slope: Estimate | None, values: Sequence[float] | Floats) -> bool:
    """Whether a cost with that slope, and these values in the order of age, certainly grows with it.

    What goes up once and stays there is other work, not age.
    """
    if slope is None or slope.low is None or slope.low < _STEEP:
        return False
    early, between, late = thirds(values)
    return (
        early >= 0
        and late > 0
        and late >= _GROWN * early
        and between >= _GOES_ON * early
        and late >= _GOES_ON * between
        and not _is_one_step(np.asarray(values, dtype=np.float64))
    )


def _is_one_step(values: Floats) -> bool:
    """Whether two levels, one after the other, tell the values much better than a straight line through them."""
    place = np.arange(1.0, len(values) + 1)
    sums, squares = np.cumsum(values), np.cumsum(values**2)
    before = place[:-1]
    behind = place[-1] - before
    levels = squares[-1] - sums[:-1] ** 2 / before - (sums[-1] - sums[:-1]) ** 2 / behind
    line = np.polynomial.Polynomial.fit(place, values, 1)
    return float(levels.min()) < _ONE_STEP * float(((values - line(place)) ** 2).sum())
