"""The permutation test tells equal distributions from different ones."""

import numpy as np

from clientprof.proof.checks.flame_noise import likeness


def chunks(shares: list[float], seed: int) -> "np.typing.NDArray[np.float64]":
    return np.random.default_rng(seed).multinomial(200, shares, size=20).astype(float)


def test_two_draws_from_one_distribution_are_as_far_apart_as_chance_puts_them() -> None:
    found = [
        likeness(chunks([0.5, 0.3, 0.2], 2 * n), chunks([0.5, 0.3, 0.2], 2 * n + 1), n, deals=200) for n in range(20)
    ]
    assert sum(each.p < 0.05 for each in found) <= 4
    assert abs(np.mean([each.distance - each.floor for each in found])) < 0.01


def test_a_twentieth_of_the_time_elsewhere_is_found() -> None:
    found = likeness(chunks([0.5, 0.3, 0.2], 1), chunks([0.45, 0.35, 0.2], 2), 1, deals=200)
    assert found.p < 0.02
    assert found.distance - found.floor > 0.02
