"""Student's t distribution, for tests and intervals with few observations: survival function and quantile.

By the regularised incomplete beta function as a continued fraction (Abramowitz & Stegun 1964, 26.5.8 and 26.7.1).
"""

import math
from functools import lru_cache

NORMAL_975 = 1.959963984540054
"""What ``quantile_975`` tends to with more degrees of freedom: the quantile of the normal distribution."""
_TINY = 1e-300
_STEPS = 300
_CLOSE = 1e-14


def two_sided_p(t: float, freedom: float) -> float:
    """The probability of a value at least as far from 0 as ``t``; 1 at 0.

    Raises:
        ValueError: ``freedom`` is not positive.
    """
    if not freedom > 0:
        raise ValueError("Student's t needs positive degrees of freedom")
    if math.isinf(t):
        return 0.0
    return _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def quantile_975(freedom: float) -> float:
    """The value that is exceeded 2.5 times in 100: the half-width of a 95 % interval in standard errors.

    Raises:
        ValueError: ``freedom`` is not positive.
    """
    return half_width_at(0.05, freedom)


@lru_cache(maxsize=1024)
def half_width_at(missed: float, freedom: float) -> float:
    """The half-width, in standard errors, of an interval that misses the truth in that share of cases.

    Raises:
        ValueError: ``freedom`` is not positive.
    """
    low, high = 0.0, 1.0
    while two_sided_p(high, freedom) > missed:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided_p(middle, freedom) > missed else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction, from the front (Lentz 1976)."""
    c, d = 1.0, 1.0 / _kept(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1.0 / _kept(1 + step * d)
            c = _kept(1 + step / c)
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _kept(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
