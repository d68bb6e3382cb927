"""Growth over age: the slope of a cost, and whether it goes on growing."""

from collections.abc import Sequence

import numpy as np
import pytest

from clientprof.model.estimate import Estimate
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


@pytest.mark.parametrize("place", [8, 14, 20, 26, 34])
def test_noise_makes_no_growth_of_one_step(place: int) -> None:
    draws = np.random.default_rng(7)
    told = 0
    for _ in range(50):
        values = np.where(np.arange(40) < place, 100.0, 300.0) * np.exp(draws.normal(0, 0.15, 40))
        told += keeps_growing(slope_over_age(AGE, values, EVEN), values)
    assert told == 0


@pytest.mark.parametrize("power", [1 / 3, 1.0, 2.0, 6.0])
def test_growth_by_no_power_is_one_step(power: float) -> None:
    age = np.arange(1.0, 241.0)
    values = age**power
    assert keeps_growing(Estimate(power, power, power, "log-log slope", 240), values)


def test_a_cost_that_is_not_there_at_first_can_grow() -> None:
    values = np.where(AGE < 6000, 0.0, AGE / 100)
    assert keeps_growing(slope_over_age(AGE, values, EVEN), values)


def test_few_points_show_no_law() -> None:
    assert slope_over_age(AGE[:5], AGE[:5], EVEN[:5]) is None
    assert not keeps_growing(None, (1.0, 2.0, 3.0))


def test_thirds_are_means_in_order() -> None:
    assert thirds((1.0, 3.0, 5.0, 7.0, 9.0, 11.0)) == (2.0, 6.0, 10.0)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("samples", [60, 400, 3000])
def test_an_interval_from_samples_holds_the_truth(power: float, samples: int) -> None:
    draws = np.random.default_rng(5)
    age, requests = np.arange(160, 7680, 320.0), np.full(24, 320.0)
    expected = age**power
    expected *= samples / expected.sum()
    fits = []
    for _ in range(400):
        drawn = draws.poisson(expected)
        fits.append(slope_over_age(age, drawn / requests, requests, int(drawn.sum())))
    assert covered(fits, power) >= 0.93
    found = [fit.value for fit in fits if fit is not None]
    assert np.mean(found) == pytest.approx(power, abs=0.06)


@pytest.mark.parametrize("power", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("points", [12, 24, 240])
def test_an_interval_from_noisy_values_holds_the_truth(power: float, points: int) -> None:
    draws = np.random.default_rng(6)
    age = np.arange(1.0, points + 1) * 320 - 160
    fits = [
        slope_over_age(age, age**power * np.exp(draws.normal(0, 0.1, points)), np.full(points, 320.0))
        for _ in range(400)
    ]
    assert covered(fits, power) >= 0.92


def covered(fits: Sequence[Estimate | None], truth: float) -> float:
    """The share of the intervals that hold the truth."""
    return float(
        np.mean([fit is not None and fit.low is not None and fit.low <= truth <= (fit.high or 0) for fit in fits])
    )


@pytest.mark.parametrize("place", [0, 20, 37])
def test_a_cost_that_begins_late_has_a_steep_slope_or_none(place: int) -> None:
    values = np.where(np.arange(40) < place, 0.0, 100.0)
    slope = slope_over_age(AGE, values, EVEN)
    assert slope is None or (slope.value > 1) is (place > 0)


def test_samples_bound_what_a_perfect_line_tells() -> None:
    few, many = (slope_over_age(AGE, AGE, EVEN, samples) for samples in (40, 40_000))
    assert few is not None
    assert many is not None
    assert few.high is not None
    assert many.high is not None
    assert few.high - few.value > 20 * (many.high - many.value)
