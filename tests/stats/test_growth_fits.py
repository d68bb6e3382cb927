"""Slopes over few points cover the truth 95 times in 100, and crossings are only stated where they are certain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.model.estimate import Estimate
from clientprof.stats.growth_fits import CostAt, crossing, log_log_slope

EXPERIMENTS = 1500


def line(slope: float, ns: tuple[int, ...], error: float = 0.03, level: float = 100.0) -> list[CostAt]:
    return [CostAt(n, level * (n / ns[0]) ** slope, error) for n in ns]


def noisy(true: list[CostAt], error: float, stated: float | None, seed: int) -> list[list[CostAt]]:
    draws = np.random.default_rng(seed).normal(0.0, error, (EXPERIMENTS, len(true)))
    return [
        [CostAt(point.n, point.cost * float(np.exp(e)), stated) for point, e in zip(true, row, strict=True)]
        for row in draws
    ]


def coverage(fits: list[Estimate | None], truth: float) -> float:
    return float(np.mean([fit is not None and fit.contains(truth) for fit in fits]))


MANY_NS = ((16, 128, 1024), (16, 64, 256, 1024), (16, 32, 64, 128, 256, 512, 1024, 2048))


@pytest.mark.parametrize("ns", MANY_NS)
def test_the_interval_covers_the_true_slope_95_times_in_100(ns: tuple[int, ...]) -> None:
    fits = [log_log_slope(points) for points in noisy(line(0.4, ns), 0.1, 0.1, seed=7)]
    assert 0.93 <= coverage(fits, 0.4) <= 0.97


@pytest.mark.parametrize("ns", MANY_NS)
def test_the_interval_covers_the_average_growth_of_a_cost_that_is_no_power_of_n(ns: tuple[int, ...]) -> None:
    bent = [CostAt(n, 100 + 0.5 * n, 0.1) for n in ns]
    average = log_log_slope(bent)
    assert average is not None
    fits = [log_log_slope(points) for points in noisy(bent, 0.1, 0.1, seed=8)]
    assert 0.93 <= coverage(fits, average.value) <= 0.97


@pytest.mark.parametrize("ns", MANY_NS)
def test_points_without_errors_of_their_own_take_the_interval_from_their_scatter(ns: tuple[int, ...]) -> None:
    fits = [log_log_slope(points) for points in noisy(line(0.4, ns), 0.1, None, seed=9)]
    assert 0.93 <= coverage(fits, 0.4) <= 0.97


def test_points_with_errors_of_very_different_size_are_weighted_by_them() -> None:
    good = line(0.0, (16, 64, 256, 1024), error=0.01)
    poor = [*good[:3], CostAt(1024, 1000.0, 5.0)]
    fit = log_log_slope(poor)
    assert fit is not None
    assert abs(fit.value) < 0.01


@given(st.floats(-1, 2), st.floats(0.1, 1e4))
def test_an_exact_power_law_gives_its_exponent_in_any_unit(slope: float, level: float) -> None:
    fit = log_log_slope(line(slope, (16, 64, 256, 1024), level=level))
    assert fit is not None
    assert fit.value == pytest.approx(slope, abs=1e-9)
    assert fit.contains(slope)


def test_two_points_or_a_cost_of_nothing_have_no_slope() -> None:
    assert log_log_slope(line(0.5, (16, 64))) is None
    assert log_log_slope([*line(0.5, (16, 64)), CostAt(256, 0.0, 0.1)]) is None


def test_lines_that_cross_certainly_cross_where_they_do() -> None:
    ns = (16, 64, 256, 1024)
    flat, rising = line(0.0, ns, 0.02, 100.0), line(0.5, ns, 0.02, 50.0)
    at = crossing(rising, flat)
    assert at is not None
    assert at.value == pytest.approx(16 * 4, rel=1e-6)
    assert at.contains(at.value)
    assert at.low is not None
    assert at.high is not None
    assert 16 < at.low < 64 < at.high < 256


def test_the_crossing_s_interval_covers_the_truth() -> None:
    ns = (16, 64, 256, 1024)
    truth = 16 * 4**1.3
    level = 100 * (truth / 16) ** -0.5
    found: list[Estimate | None] = []
    generator = np.random.default_rng(3)
    for _ in range(300):
        pair = [
            [CostAt(p.n, p.cost * float(np.exp(generator.normal(0, 0.05))), 0.05) for p in points]
            for points in (line(0.5, ns, level=level), line(0.0, ns))
        ]
        found.append(crossing(*pair))
    certain = [at for at in found if at is not None]
    assert len(certain) > 290
    assert np.mean([at.contains(truth) for at in certain]) >= 0.92


def test_lines_that_touch_within_their_errors_do_not_cross() -> None:
    ns = (16, 64, 256, 1024)
    assert crossing(line(0.01, ns, 0.05, 99.0), line(0.0, ns, 0.05, 100.0)) is None
    assert crossing(line(0.0, ns, 0.02, 50.0), line(0.0, ns, 0.02, 100.0)) is None
    assert crossing(line(0.5, ns, 0.02, 50.0), [CostAt(16, 100.0, None), CostAt(1024, 100.0, 0.1)]) is None
