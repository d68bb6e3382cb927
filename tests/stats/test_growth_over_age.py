"""Growth over age: the slope of a cost, and whether it goes on growing."""

import numpy as np
import pytest

from clientprof.stats.growth_over_age import keeps_growing, slope_over_age, thirds

AGE = np.arange(1.0, 41.0) * 400
EVEN = np.ones(40)


@pytest.mark.parametrize(("power", "grows"), [(0.0, False), (0.2, False), (0.5, True), (1.0, True)])
def test_the_slope_of_a_power_is_the_power(power: float, grows: bool) -> None:
    values = 100.0 * (AGE / 400) ** power
    slope = slope_over_age(AGE, values, EVEN)
    assert slope is not None
    assert slope.value == pytest.approx(power, abs=0.01)
    assert keeps_growing(slope, values) is grows


def test_what_goes_up_once_and_stays_there_does_not_keep_growing() -> None:
    values = np.where(AGE < 3000, 100.0, 300.0)
    slope = slope_over_age(AGE, values, EVEN)
    assert slope is not None
    assert not keeps_growing(slope, values)


def test_a_cost_that_is_not_there_at_first_can_grow() -> None:
    values = np.where(AGE < 6000, 0.0, AGE / 100)
    assert keeps_growing(slope_over_age(AGE, values, EVEN), values)


def test_few_points_show_no_law() -> None:
    assert slope_over_age(AGE[:5], AGE[:5], EVEN[:5]) is None
    assert not keeps_growing(None, (1.0, 2.0, 3.0))


def test_thirds_are_means_in_order() -> None:
    assert thirds((1.0, 3.0, 5.0, 7.0, 9.0, 11.0)) == (2.0, 6.0, 10.0)
