"""Means with 95 % intervals from few observations.

The percentile bootstrap over blocks is too narrow when there are few of them: with three blocks it covers the truth about
three times in four. Its half-widths are therefore widened by Student's t over the normal quantile and by
sqrt(n / (n - 1)), the bias of the resampled variance (Efron & Tibshirani 1993, chapters 12 and 13; Hesterberg 2015,
doi:10.1080/00031305.2015.1089789). Measured over 2,000 simulated experiments each, 3 to 20 observations, normal and mildly
skewed (log-normal, sigma 0.3): it covers the truth 92 to 95 times in 100 (tests/stats/test_interval_coverage.py), as
Student's own interval does, and unlike that it leans to the side to which the data lean.
"""

import functools
import math
from collections.abc import Sequence

import numpy as np

from clientprof.model.estimate import Estimate
from clientprof.stats.student import NORMAL_975, quantile_975

RESAMPLES = 2000


def mean_estimate(values: Sequence[float], unit: str, seed: int = 1) -> Estimate:
    """The mean of independent observations with its 95 % interval; no interval for a single one.

    Raises:
        ValueError: no observations.
    """
    if not values:
        raise ValueError("an estimate needs at least one observation")
    data = np.asarray(values, dtype=np.float64)
    mean = float(data.mean())
    if len(data) < 2:
        return Estimate(mean, None, None, unit, len(data))
    low, high = bootstrap_interval(data, seed)
    return Estimate(mean, low, high, unit, len(data))


def bootstrap_interval(data: "np.typing.NDArray[np.float64]", seed: int) -> tuple[float, float]:
    """The widened 95 % percentile bootstrap interval of the mean."""
    count = len(data)
    draws = _draws(seed, count) if count <= _KEPT_DRAWS_OF else _drawn(seed, count)
    mean = float(data.mean())
    low, high = _inner_95_percent(data[draws].mean(axis=1))
    factor = small_sample_factor(count)
    return mean - (mean - low) * factor, mean + (high - mean) * factor


def _drawn(seed: int, count: int) -> "np.typing.NDArray[np.int64]":
    return np.random.default_rng(seed).integers(0, count, size=(RESAMPLES, count))


# The same for all figures of as many observations: half of an interval's time, kept for numbers as blocks and rounds have.
_KEPT_DRAWS_OF = 32
_draws = functools.lru_cache(maxsize=32)(_drawn)


def _inner_95_percent(means: "np.typing.NDArray[np.float64]") -> tuple[float, float]:
    """What ``np.percentile(means, [2.5, 97.5])`` gives, without its general case. The array is reordered."""
    last = len(means) - 1
    places = [share * last for share in (0.025, 0.975)]
    means.partition([index for place in places for index in (int(place), int(place) + 1)])
    low, high = (_between(float(means[int(place)]), float(means[int(place) + 1]), place % 1) for place in places)
    return low, high


def _between(below: float, above: float, share: float) -> float:
    # From the nearer end, as numpy does: the same to the last bit.
    return above - (above - below) * (1 - share) if share >= 0.5 else below + (above - below) * share


def small_sample_factor(count: int) -> float:
    """By how much the percentile bootstrap of ``count`` observations must be widened; tends to 1."""
    freedom = count - 1
    student = quantile_975(freedom)
    if count == 2:
        return student  # the resampled means end at the two observations, one standard error from their mean
    return student / NORMAL_975 * math.sqrt(count / freedom)


def mean_half_width(values: Sequence[float]) -> float:
    """Half the width of the mean's 95 % interval by Student's t, for two observations or more."""
    return float(quantile_975(len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)


def ratio_estimate(log_ratios: Sequence[float], seed: int = 1) -> Estimate:
    """The geometric mean ratio of paired blocks with its 95 % interval, from their log ratios."""
    logs = mean_estimate(log_ratios, "ratio", seed)
    return Estimate(
        value=math.exp(logs.value),
        low=None if logs.low is None else math.exp(logs.low),
        high=None if logs.high is None else math.exp(logs.high),
        unit="ratio",
        n=logs.n,
    )


def sum_of(parts: Sequence[Estimate]) -> Estimate:
    """The sum of independent means: the ways to each bound add in quadrature. No interval where one part has none.

    Raises:
        ValueError: no parts.
    """
    if not parts:
        raise ValueError("a sum needs one part at least")
    value, count, unit = sum(each.value for each in parts), min(each.n for each in parts), parts[0].unit
    bounds = [(each.value, each.low, each.high) for each in parts]
    ways = [(mean - low, high - mean) for mean, low, high in bounds if low is not None and high is not None]
    if len(ways) < len(parts):
        return Estimate(value, None, None, unit, count)
    below, above = (math.hypot(*each) for each in zip(*ways, strict=True))
    return Estimate(value, value - below, value + above, unit, count)


def difference_of(left: Estimate | None, right: Estimate | None) -> Estimate:
    """left - right of independent means, as ``sum_of`` adds. A side that is absent is exactly 0.

    Raises:
        ValueError: neither is there.
    """
    negative = None if right is None else _negative(right)
    return sum_of([each for each in (left, negative) if each is not None])


def _negative(estimate: Estimate) -> Estimate:
    low, high = (None if bound is None else -bound for bound in (estimate.high, estimate.low))
    return Estimate(-estimate.value, low, high, estimate.unit, estimate.n)
