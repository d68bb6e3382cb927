"""A 95 % interval covers the truth about 95 times in 100, with few observations too. Simulated, with a fixed seed."""

import numpy as np
import pytest

from clientprof.stats.intervals import mean_estimate, ratio_estimate

EXPERIMENTS = 2000
SIGMA = 0.3  # of the logarithm: mildly skewed, as CPU per request over blocks is


def coverage(data: np.ndarray, truth: float) -> float:
    return float(np.mean([mean_estimate(row.tolist(), "us").contains(truth) for row in data]))


@pytest.mark.parametrize("blocks", [2, 3, 5, 8, 20])
def test_intervals_of_normal_data_cover_92_to_98_times_in_100(blocks: int) -> None:
    data = np.random.default_rng(11).normal(100.0, 3.0, (EXPERIMENTS, blocks))
    assert 0.92 <= coverage(data, 100.0) <= 0.98


@pytest.mark.parametrize("blocks", [2, 3, 5, 8, 20])
def test_intervals_of_skewed_data_cover_92_to_98_times_in_100(blocks: int) -> None:
    data = np.exp(np.random.default_rng(12).normal(0.0, SIGMA, (EXPERIMENTS, blocks)))
    assert 0.92 <= coverage(data, float(np.exp(SIGMA**2 / 2))) <= 0.98


@pytest.mark.parametrize("blocks", [3, 8])
def test_ratio_intervals_cover_the_true_ratio_92_to_98_times_in_100(blocks: int) -> None:
    logs = np.random.default_rng(13).normal(np.log(1.04), 0.02, (EXPERIMENTS, blocks))
    assert 0.92 <= np.mean([ratio_estimate(row.tolist()).contains(1.04) for row in logs]) <= 0.98


def test_the_interval_is_the_same_every_time_for_the_same_data() -> None:
    values = [1.0, 1.2, 0.9, 1.1]
    assert mean_estimate(values, "us") == mean_estimate(values, "us")


def test_the_interval_contains_its_own_mean_and_scales_with_the_unit() -> None:
    values = [10.0, 11.0, 13.0, 9.5, 10.2]
    small, large = mean_estimate(values, "ms"), mean_estimate([v * 1000 for v in values], "us")
    assert small.low is not None
    assert small.high is not None
    assert small.low < small.value < small.high
    assert large.low == pytest.approx(small.low * 1000)
    assert large.high == pytest.approx(small.high * 1000)


def test_one_observation_has_no_interval() -> None:
    estimate = mean_estimate([5.0], "us")
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (5.0, None, None, 1)


def test_no_observation_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        mean_estimate([], "us")


def test_equal_observations_have_an_interval_of_no_width() -> None:
    estimate = mean_estimate([3.0, 3.0, 3.0], "us")
    assert (estimate.low, estimate.high) == (3.0, 3.0)
