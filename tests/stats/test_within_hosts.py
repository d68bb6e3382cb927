"""Effects of several machines are found within each of them. Simulated, with a fixed seed."""

import numpy as np
import pytest

from clientprof.stats.intervals import mean_estimate
from clientprof.stats.verdicts import Block, judge, ratio_of
from clientprof.stats.within_hosts import disagreement, mean_within

EXPERIMENTS = 1000


def two_hosts(generator: np.random.Generator, blocks: tuple[int, int], apart: float) -> dict[str, list[float]]:
    return {
        "host 1": generator.normal(0.05, 0.02, blocks[0]).tolist(),
        "host 2": generator.normal(0.05 + apart, 0.02, blocks[1]).tolist(),
    }


@pytest.mark.parametrize("blocks", [(2, 2), (3, 5), (8, 8)])
@pytest.mark.parametrize("apart", [0.0, 0.3])
def test_intervals_cover_the_mean_effect_of_these_hosts_however_far_they_lie_apart(
    blocks: tuple[int, int], apart: float
) -> None:
    generator = np.random.default_rng(3)
    truth = 0.05 + apart * blocks[1] / sum(blocks)
    covered = [mean_within(two_hosts(generator, blocks, apart), "log").contains(truth) for _ in range(EXPERIMENTS)]
    assert 0.92 <= np.mean(covered) <= 0.98


def test_hosts_that_do_not_differ_are_said_to_disagree_about_once_in_twenty_times() -> None:
    generator = np.random.default_rng(4)
    for hosts, least, most in ((2, 0.03, 0.075), (4, 0.015, 0.09)):
        found = [
            disagreement({f"host {n}": generator.normal(0.0, 0.02, 6).tolist() for n in range(hosts)})
            for _ in range(EXPERIMENTS)
        ]
        assert least <= np.mean([each is not None and each > 1 for each in found]) <= most, hosts


def test_hosts_that_lie_apart_are_found_out() -> None:
    generator = np.random.default_rng(5)
    found = [disagreement(two_hosts(generator, (8, 8), 0.08)) for _ in range(100)]
    assert np.mean([each is not None and each > 1 for each in found]) > 0.95


def test_one_host_is_the_usual_estimate_and_single_blocks_have_no_interval() -> None:
    values = [0.1, 0.2, 0.15]
    assert mean_within({"": values}, "log") == mean_estimate(values, "log")
    assert mean_within({"host 1": [0.1], "host 2": [0.3]}, "log").low is None
    assert disagreement({"host 1": [0.1], "host 2": [0.3]}) is None


def test_a_verdict_takes_the_speed_of_the_hosts_out() -> None:
    blocks = [
        Block((level,), (level * 1.10 * (1 + noise),), (level,), host)
        for host, level in (("host 1", 100.0), ("host 2", 900.0))
        for noise in (-0.002, 0.0, 0.002)
    ]
    effect = judge("a", "b", "cpu_us_per_request", blocks)
    assert effect.verdict == "slower"
    assert effect.ratio == ratio_of(blocks)
    assert effect.ratio.low is not None
    assert effect.ratio.low > 1.09
