"""Blocks that end as soon as a difference is certain: no more false differences, intervals that cover, fewer blocks."""

from dataclasses import dataclass

import numpy as np
import pytest

from clientprof.experiments.differences.blocks import HALF_WIDTH, MAX_BLOCKS, MIN_BLOCKS, narrow_enough
from clientprof.model.estimate import Verdict
from clientprof.stats.verdicts import FEWEST_BLOCKS, Block, judge, tells_difference

EXPERIMENTS = 250


@dataclass(frozen=True)
class Ended:
    """How experiments ended: blocks on average, and the shares called different and covered by the interval."""

    blocks: float
    different: float
    covered: float


def experiments(truth: float, noise: float, *, early: bool, groups: int = 1, count: int = EXPERIMENTS) -> Ended:
    """Blocks of so many groups of processes, measured until the rule ends them or so many groups are made."""
    generator = np.random.default_rng(17)
    most = MAX_BLOCKS // groups
    made: list[tuple[int, bool, bool]] = []
    for _ in range(count):
        costs = np.exp(generator.normal(0.0, noise, (most, groups, 3)))
        blocks = [Block(*map(tuple, (each * (1.0, truth, 1.0)).T.tolist())) for each in costs]
        made_until = next(
            (
                n
                for n in range(FEWEST_BLOCKS, most)
                if (early and tells_difference(blocks[:n])) or narrow_enough(blocks[:n], HALF_WIDTH)
            ),
            most,
        )
        effect = judge("a", "b", "cpu", blocks[:made_until])
        made.append((made_until, effect.ratio.excludes(0.98, 1.02), effect.ratio.contains(truth)))
    return Ended(*np.mean(np.array(made, dtype=float), axis=0).tolist())


@pytest.mark.parametrize("noise", [0.015, 0.04])
def test_a_ratio_just_inside_two_percent_is_called_a_difference_no_oftener_than_by_the_width_alone(
    noise: float,
) -> None:
    by_width, early = (experiments(1.02, noise, early=early) for early in (False, True))
    # Two standard errors of a rate of 3 % are 2.2 %.
    assert early.different <= by_width.different + 0.022
    assert early.covered >= by_width.covered - 0.022


def test_equal_arms_are_hardly_ever_called_different() -> None:
    assert experiments(1.0, 0.04, early=True).different <= 0.01


@pytest.mark.parametrize("truth", [1.3, 10.0])
def test_a_large_difference_takes_the_fewest_blocks_that_carry_a_verdict_and_its_interval_covers(truth: float) -> None:
    # In 250, a coverage of 95 % is told to 2.8 %.
    ended = experiments(truth, 0.03, early=True, count=1000)
    assert ended.blocks < FEWEST_BLOCKS + 0.7
    assert ended.different == 1.0
    assert ended.covered >= 0.92


@pytest.mark.parametrize(("truth", "share"), [(1.05, 0.85), (1.3, 0.55), (1.0, 1.0)])
def test_blocks_of_one_group_take_fewer_processes_than_blocks_of_two_and_err_no_oftener(
    truth: float, share: float
) -> None:
    two, one = (experiments(truth, 0.02, early=True, groups=groups, count=500) for groups in (2, 1))
    assert one.blocks <= 2 * two.blocks * share
    # Two standard errors of the difference of two rates of 7 %, of 500 experiments each, are 3.2 %.
    assert one.covered >= two.covered - 0.032
    assert one.different >= two.different - 0.02 if truth > 1 else one.different <= two.different + 0.02


def test_five_percent_are_told_in_two_thirds_of_the_blocks_and_as_often() -> None:
    by_width, early = (experiments(1.05, 0.02, early=early) for early in (False, True))
    assert early.blocks <= by_width.blocks * 2 / 3 + 1
    assert early.different >= by_width.different - 0.03


def test_no_difference_is_told_while_the_baseline_differs_from_itself() -> None:
    spread = [1.001 ** (-1) ** n for n in range(8)]
    assert tells_difference([Block((each,), (1.5,), (1.0,)) for each in spread])
    assert not tells_difference([Block((1.1 * each,), (1.5,), (1.0,)) for each in spread])
    assert judge("a", "b", "cpu", [Block((1.1 * e,), (1.5,), (1.0,)) for e in spread]).verdict is Verdict.NO_VERDICT


@pytest.mark.parametrize("candidates", [(1.055, 1.025), (1.2, 2.0)])
def test_an_interval_that_would_carry_a_verdict_at_the_end_is_not_enough_for_one_look_of_many(
    candidates: tuple[float, float],
) -> None:
    blocks = [Block((1.0,), (each,), (1.0,)) for each in candidates * 3]
    for told in (blocks, [Block(block.candidate, block.baseline, block.candidate) for block in blocks]):
        assert judge("a", "b", "cpu", told).verdict in (Verdict.SLOWER, Verdict.FASTER)
        assert not tells_difference(told)


def test_the_width_of_few_blocks_ends_nothing() -> None:
    assert not narrow_enough([Block((1.0,), (1.0,), (1.0,))] * (MIN_BLOCKS - 1))


def test_few_blocks_tell_nothing() -> None:
    assert not tells_difference([Block((1.0,), (2.0,), (1.0,))] * (FEWEST_BLOCKS - 1))


def test_both_arms_of_the_baseline_are_its_cost() -> None:
    assert Block((1.0, 1.0), (4.0,), (4.0, 4.0)).log_ratio == pytest.approx(np.log(2.0))
