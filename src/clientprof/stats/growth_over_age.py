"""Growth of a cost with age, be it uptime or what was done so far: the log-log slope, and whether it goes on.

The slope is that of the logarithm of the cost on the logarithm of the age, over groups of equal length on that logarithm,
with the interval that their scatter gives (``growth_fits``).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clientprof.model.estimate import Estimate
from clientprof.stats.growth_fits import CostAt, log_log_slope

Floats = npt.NDArray[np.float64]
FEWEST_POINTS = 6
"""Fewer show no law."""
_GROUPS = 12
# As growth over n: a slope whose whole interval lies above it is a suspect (DESIGN.md 3.7).
_STEEP = 0.3
# The cost must have grown by half at least, from the first third of the time to the last.
_GROWN = 1.5
# And from each third to the next one.
_GOES_ON = 1.1


def slope_over_age(age: Floats, values: Floats, weight: Floats) -> Estimate | None:
    """The slope of ``values`` at the ages, each counting by its ``weight``; None where there are too few above 0.

    The ages should be 1 and more in their unit, as milliseconds or requests: the fit takes whole numbers.
    """
    useful = (age > 0) & (values > 0)
    age, values, weight = age[useful], values[useful], weight[useful]
    if len(age) < FEWEST_POINTS:
        return None
    edges = np.geomspace(age[0], age[-1] * 1.000001, min(_GROUPS, len(age) // 2) + 1)
    group = np.searchsorted(edges, age, side="right")
    points: list[CostAt] = []
    for number in np.unique(group).tolist():
        mine = group == number
        mean = float(np.average(values[mine], weights=weight[mine]))
        points.append(CostAt(max(1, round(float(age[mine].mean()))), mean, None))
    return log_log_slope(points, FEWEST_POINTS // 2)


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
    )
