"""Gains added up: those of one group share its unchanged client, so their sum has the interval of the groups' sums."""

from collections.abc import Mapping

import numpy as np
import pytest

from clientprof.attribution.experiments.experiment_costs import Costs
from clientprof.model.estimate import Estimate

UNCHANGED = {"client": 1000.0, "client again": 1010.0}
ARMS = ("a", "b", "c")


def added(groups: tuple[Mapping[str, float], ...], arms: tuple[str, ...] = ARMS) -> Estimate | None:
    return Costs("client", groups).gains_added(arms)


def bounds(estimate: Estimate | None) -> tuple[float, float]:
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def test_what_moves_the_unchanged_client_alone_moves_all_gains_and_widens_their_sum_as_often() -> None:
    groups = tuple({"client": own, "a": 700.0, "b": 700.0, "c": 700.0} for own in (990.0, 1000.0, 1010.0, 1004.0))
    low, high = bounds(Costs("client", groups).gain("a", "client"))
    assert bounds(added(groups)) == (pytest.approx(3 * low), pytest.approx(3 * high))


def test_what_moves_the_arms_alone_is_not_added_as_if_it_always_fell_together() -> None:
    groups = tuple({**UNCHANGED, "a": 700.0 + moved, "b": 800.0 - moved} for moved in (-5.0, 5.0, 3.0, -3.0))
    assert bounds(added(groups, ("a", "b"))) == (pytest.approx(510.0), pytest.approx(510.0))


def test_the_interval_of_a_sum_covers_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(3)
    hits = 0
    for _ in range(1000):
        drawn = generator.normal([1000.0, 1000.0, 700.0, 800.0, 900.0], 10.0, (6, 5))
        groups = tuple(dict(zip(("client", "client again", *ARMS), row, strict=True)) for row in drawn.tolist())
        low, high = bounds(added(groups))
        hits += low <= 600.0 <= high
    assert 920 <= hits <= 980


def test_gains_of_different_groups_are_added_as_independent_ones() -> None:
    first = tuple({**UNCHANGED, "a": cost} for cost in (700.0, 704.0, 701.0))
    second = tuple({**UNCHANGED, "b": cost} for cost in (800.0, 806.0, 803.0))
    costs = Costs("client", (*first, *second))
    ways = [np.subtract(gain.value, bounds(gain)) for arm in "ab" if (gain := costs.gain(arm, "client")) is not None]
    found = costs.gains_added(("a", "b"))
    assert found is not None
    assert np.abs(np.subtract(found.value, bounds(found))) == pytest.approx(np.hypot(*ways))


def test_one_that_was_not_measured_leaves_no_sum() -> None:
    assert added(({**UNCHANGED, "a": 700.0},), ("a", "b")) is None
    assert added((UNCHANGED,), ()) is None
