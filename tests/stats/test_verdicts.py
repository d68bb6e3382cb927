"""When a client may be called faster or slower: rarely for nothing, reliably for four percent, never in spite of a guard."""

import math

import numpy as np
import pytest

from clientprof.model.estimate import Verdict
from clientprof.stats.verdicts import Block, judge

EXPERIMENTS = 2000


def blocks_of(
    generator: np.random.Generator, blocks: int, effect: float, noise: float, drift: float = 0.10
) -> list[Block]:
    """Each block: both arms and the A/A arm twice (there and back), one common level, ``noise`` from run to run."""
    level = np.exp(generator.normal(0.0, drift, (blocks, 1)))
    runs = 100.0 * level * np.exp(generator.normal(0.0, noise, (blocks, 6)))
    return [Block((a, b), (c * effect, d * effect), (e, f)) for a, b, c, d, e, f in runs.tolist()]


def verdicts(blocks: int, effect: float, noise: float) -> list[Verdict]:
    generator = np.random.default_rng(20_26)
    data = (blocks_of(generator, blocks, effect, noise) for _ in range(EXPERIMENTS))
    return [judge("a", "b", "cpu", one).verdict for one in data]


def share(found: list[Verdict], *wanted: Verdict) -> float:
    return sum(verdict in wanted for verdict in found) / len(found)


@pytest.mark.parametrize(("blocks", "noise"), [(3, 0.05), (8, 0.01), (8, 0.05)])
def test_equal_clients_are_called_different_at_most_5_times_in_100(blocks: int, noise: float) -> None:
    assert share(verdicts(blocks, 1.0, noise), Verdict.FASTER, Verdict.SLOWER) <= 0.05


def test_four_percent_in_one_percent_of_noise_is_found_at_least_80_times_in_100_with_8_blocks() -> None:
    found = verdicts(8, 1.04, 0.01)
    assert share(found, Verdict.SLOWER) >= 0.80
    assert share(found, Verdict.FASTER) == 0.0


def test_a_difference_inside_two_percent_is_never_called_one_however_certain() -> None:
    certain = [Block((100.0,), (101.5,), (100.0,)) for _ in range(10)]
    assert judge("a", "b", "cpu", certain).verdict is Verdict.NO_DIFFERENCE


def test_the_level_of_the_machine_cancels_within_a_block() -> None:
    drifting = [Block((level,), (level * 1.1,), (level,)) for level in (50.0, 100.0, 400.0)]
    effect = judge("a", "b", "cpu", drifting)
    assert effect.ratio.value == pytest.approx(1.1)
    assert effect.verdict is Verdict.SLOWER


def test_slower_and_faster_are_mirror_images() -> None:
    blocks = blocks_of(np.random.default_rng(3), 8, 1.2, 0.01)
    turned = [Block(b.candidate, (*b.baseline, *b.again), b.candidate) for b in blocks]
    there, back = judge("a", "b", "cpu", blocks), judge("b", "a", "cpu", turned)
    assert math.log(there.ratio.value) == pytest.approx(-math.log(back.ratio.value))
    assert there.verdict is Verdict.SLOWER


def test_no_verdict_where_the_baseline_differs_from_itself() -> None:
    blocks = [Block((100.0 + n,), (150.0 + n,), (110.0 + n,)) for n in range(6)]
    effect = judge("a", "b", "cpu", blocks)
    assert effect.verdict is Verdict.NO_VERDICT
    assert "differs from itself" in effect.reason


def test_no_verdict_without_a_second_baseline() -> None:
    assert judge("a", "b", "cpu", [Block((1.0,), (2.0,), ())] * 5).verdict is Verdict.NO_VERDICT


def test_no_verdict_from_one_block() -> None:
    assert judge("a", "b", "cpu", [Block((1.0,), (2.0,), (1.0,))]).verdict is Verdict.NO_VERDICT


def test_a_guard_forbids_the_verdict_and_is_named() -> None:
    blocks = [Block((100.0 + n,), (150.0 + n,), (100.0 + n,)) for n in range(6)]
    effect = judge("a", "b", "cpu", blocks, ["server-bound"])
    assert (effect.verdict, effect.reason) == (Verdict.NO_VERDICT, "server-bound")


def test_blocks_that_lack_an_arm_are_left_out_and_none_left_is_an_error() -> None:
    whole = [Block((1.0,), (1.5,), (1.0,))] * 3
    assert judge("a", "b", "cpu", [*whole, Block((9.0,), (), (1.0,))]).ratio.n == 3
    with pytest.raises(ValueError, match="both arms"):
        judge("a", "b", "cpu", [Block((1.0,), (), ())])
