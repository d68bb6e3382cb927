"""Student's t against values computed apart, and against itself.

The quantiles are roots of the regularised incomplete beta function to 40 digits (mpmath 1.4.1); scipy.stats.t.ppf agrees.
"""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.stats.intervals import mean_half_width
from clientprof.stats.student import NORMAL_975, quantile_975, two_sided_p


@pytest.mark.parametrize(
    ("freedom", "value"),
    [
        (1, 12.706204736175),
        (2, 4.3026527297495),
        (3, 3.1824463052837),
        (5, 2.5705818356363),
        (10, 2.2281388519863),
        (20, 2.0859634472659),
        (21, 2.0796138447277),
        (30, 2.0422724563012),
        (100, 1.9839715185236),
    ],
)
def test_the_975_quantile_is_the_exact_one(freedom: float, value: float) -> None:
    assert quantile_975(freedom) == pytest.approx(value, rel=1e-12)


def test_the_975_quantile_tends_to_that_of_the_normal_distribution() -> None:
    assert quantile_975(1e6) > NORMAL_975
    assert quantile_975(1e6) == pytest.approx(NORMAL_975, rel=2e-6)


@pytest.mark.parametrize("count", [2, 5, 21, 22, 60])
def test_intervals_of_any_number_of_observations_take_the_exact_quantile(count: int) -> None:
    values = [float(place) for place in range(count)]
    half = quantile_975(count - 1) * statistics.stdev(values) / math.sqrt(count)
    assert mean_half_width(values) == pytest.approx(half, rel=1e-12)


@pytest.mark.parametrize(("t", "freedom", "p"), [(1.0, 1, 0.5), (2.0, 5, 0.101939), (3.5, 12, 0.004382), (0.0, 4, 1.0)])
def test_the_two_sided_probability_is_the_tabulated_one(t: float, freedom: float, p: float) -> None:
    assert two_sided_p(t, freedom) == pytest.approx(p, abs=2e-6)


@given(st.floats(-50, 50), st.floats(0.5, 200))
def test_the_probability_is_one_and_does_not_depend_on_the_sign(t: float, freedom: float) -> None:
    assert 0 <= two_sided_p(t, freedom) <= 1
    assert two_sided_p(t, freedom) == two_sided_p(-t, freedom)


@given(st.floats(0, 20), st.floats(0, 20), st.floats(0.5, 200))
def test_further_from_zero_is_never_more_probable(left: float, right: float, freedom: float) -> None:
    near, far = sorted((left, right))
    assert two_sided_p(far, freedom) <= two_sided_p(near, freedom) + 1e-12


def test_no_degrees_of_freedom_is_an_error() -> None:
    with pytest.raises(ValueError, match="positive degrees"):
        two_sided_p(1.0, 0)
