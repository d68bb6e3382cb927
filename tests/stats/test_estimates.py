"""Half-widths of estimates, and sums and differences of several."""

import math

import pytest

from clientprof.model.estimate import Estimate
from clientprof.stats.intervals import difference_of, sum_of

POINT = Estimate(4.0, None, None, "us", 1)


def test_half_widths_in_the_unit_as_a_share_and_of_the_logarithm() -> None:
    estimate = Estimate(-2.0, -3.0, -1.0, "us", 5)
    assert (estimate.half_width, estimate.relative_half_width, estimate.log_half_width) == (1.0, 0.5, None)
    assert Estimate(1.0, 0.5, 2.0, "ratio", 5).log_half_width == pytest.approx(math.log(2))
    assert Estimate(0.0, -1.0, 1.0, "us", 5).relative_half_width is None


def test_one_observation_has_no_half_width() -> None:
    assert (POINT.half_width, POINT.relative_half_width, POINT.log_half_width) == (None, None, None)


def test_the_way_to_each_bound_of_a_difference_adds_in_quadrature() -> None:
    left, right = Estimate(10.0, 7.0, 11.0, "us", 5), Estimate(4.0, 1.0, 8.0, "us", 3)
    found = difference_of(left, right)
    # Down: 3 below on the left, 4 above on the right. Up: 1 and 3.
    assert found == Estimate(6.0, 6.0 - 5.0, 6.0 + math.hypot(1, 3), "us", 3)


def test_the_way_to_each_bound_of_a_sum_adds_in_quadrature() -> None:
    parts = Estimate(10.0, 7.0, 11.0, "us", 5), Estimate(-4.0, -8.0, -1.0, "us", 3)
    # Down: 3 and 4. Up: 1 and 3. By half-widths it would be 4.05.
    assert sum_of(parts) == Estimate(6.0, 6.0 - 5.0, 6.0 + math.hypot(1, 3), "us", 3)
    assert sum_of([*parts, POINT]) == Estimate(10.0, None, None, "us", 1)
    with pytest.raises(ValueError, match="one part"):
        sum_of([])


def test_an_estimate_less_itself_is_as_wide_both_ways_as_two_alike() -> None:
    estimate = Estimate(10.0, 7.0, 14.0, "us", 5)
    assert difference_of(estimate, estimate) == Estimate(0.0, -5.0, 5.0, "us", 5)


def test_an_absent_side_is_exactly_nothing_and_one_without_an_interval_allows_none() -> None:
    right = Estimate(4.0, 1.0, 8.0, "us", 3)
    assert difference_of(None, right) == Estimate(-4.0, -8.0, -1.0, "us", 3)
    assert difference_of(right, POINT) == Estimate(0.0, None, None, "us", 1)
    with pytest.raises(ValueError, match="one part"):
        difference_of(None, None)
