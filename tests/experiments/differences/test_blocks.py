"""Blocks: mirrored turns, a machine that drifts cancels, and a rule for stopping that sees the width alone."""

import math
import random
from array import array
from dataclasses import replace

import numpy as np
import pytest

from clientprof.attribution.costs.turn_costs import level_out, turn_cpu_us
from clientprof.experiments.differences.blocks import (
    MIN_BLOCKS,
    Group,
    Shape,
    measure_blocks,
    narrow_enough,
)
from clientprof.experiments.differences.compare_plan import shape_for
from clientprof.experiments.differences.turn_order import turn_order
from clientprof.experiments.environment_rows import usable_cores
from clientprof.model.run import RoundKind, Run, RunFacts
from clientprof.origin.process import OriginProcess
from clientprof.stats.verdicts import Block
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.lockstep import Arm
from clientprof.workload.settings import WorkerSettings


def run_of(turns_us: list[list[int]]) -> Run:
    """A run with these rounds in each turn, ten requests a round, microseconds of CPU per request."""
    rounds = [us for turn in turns_us for us in turn]
    columns = {
        "round.kind": array("q", [RoundKind.COLD, *[RoundKind.MEASURED] * len(rounds)]),
        "round.cpu_ns": array("q", [999, *(10_000 * us for us in rounds)]),
        "round.count": array("q", [1, *[10] * len(rounds)]),
        "turn.rounds": array("q", map(len, turns_us)),
        "exchange.error": array("q", [0, 1]),
    }
    facts = RunFacts(client="c", lens="control", arm="c", block=0, requests_per_round=10, complete=True)
    return Run(facts, columns)


def test_a_turn_is_the_mean_over_its_rounds() -> None:
    assert turn_cpu_us(run_of([[10], [20, 40]])).tolist() == [10, 30]


def test_rounds_that_belong_to_no_turn_are_refused() -> None:
    run = run_of([[10], [20]])
    with pytest.raises(ValueError, match="turns"):
        turn_cpu_us(Run(run.facts, run.columns | {"turn.rounds": array("q", [1])}))


def test_a_machine_that_slows_down_between_turns_leaves_the_ratio_of_the_arms() -> None:
    cost = level_out({"a": np.array([100.0, 300, 100]), "b": np.array([110.0, 330, 110])})
    assert cost["b"] / cost["a"] == pytest.approx(1.1)


def test_an_arms_own_dear_turn_counts_in_full() -> None:
    # A geometric mean would call it 1.15.
    cost = level_out({"a": np.full(5, 100.0), "b": np.array([100.0, 100, 100, 100, 200])})
    assert cost["b"] / cost["a"] == pytest.approx(1.2, abs=0.06)


def test_failed_exchanges_of_all_arms_are_counted(origin: OriginProcess) -> None:
    assert Group({"a": run_of([[1]]), "b": run_of([[1]])}, origin.journal()).errors == 2


def test_every_turn_has_each_arm_once_and_every_other_one_mirrors_the_one_before() -> None:
    order = turn_order(4, 31, random.Random(1))
    assert len(order) == 31
    assert all(sorted(turn) == [0, 1, 2, 3] for turn in order)
    assert all(order[n + 1] == order[n][::-1] for n in range(0, 30, 2))
    assert len({tuple(turn) for turn in order}) > 10


def blocks_with(half_width: float, ratio: float, count: int) -> list[Block]:
    """Blocks whose log ratios lie alternately above and below."""
    spread = half_width * math.sqrt(count) / 2
    return [Block((1.0,), (ratio * math.exp((-1) ** n * spread),), (1.0,)) for n in range(count)]


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.04])
def test_the_rule_for_stopping_sees_the_width_and_not_the_verdict(ratio: float) -> None:
    assert narrow_enough(blocks_with(0.005, ratio, 10))
    assert not narrow_enough(blocks_with(0.05, ratio, 10))


def test_few_blocks_never_stop() -> None:
    assert not narrow_enough(blocks_with(0.0, 1.0, MIN_BLOCKS - 1))
    assert narrow_enough(blocks_with(0.0, 1.0, MIN_BLOCKS))


def arm_of(origin: OriginProcess, name: str) -> Arm:
    ready = origin.ready
    return Arm(
        WorkerSettings(
            client="aiohttp", adapter="aiohttp", lens="control", arm=name, block=0, urls=(f"{ready.base_url}/1k",),
            scenario=Scenario(8), cold=False, opening=8, ca_file=None, expected_status=200,
            expected_bytes=1024, rounds=1, max_rounds=1,
            min_cpu_s=0.0, max_seconds=10.0, seed=1, cpu=usable_cores()[0], interval_us=0.0, output="",
        )
    )  # fmt: skip


def test_blocks_end_at_their_limit_and_each_has_fresh_processes_of_every_arm(origin: OriginProcess) -> None:
    arms = {name: arm_of(origin, name) for name in ("baseline", "candidate", "again")}
    shape = Shape(groups=2, turns=3, turn_cpu_s=0.0)
    blocks = measure_blocks(origin, arms, "baseline", "again", seed=1, shape=shape, limit=2)
    assert [len(block.groups) for block in blocks] == [2, 2]
    for group in (group for block in blocks for group in block.groups):
        assert {arm: run.facts.arm for arm, run in group.runs.items()} == {arm: arm for arm in arms}
        assert group.journal.requests == 3 * 3 * 8
        assert group.errors == 0
    compared = blocks[0].compared("baseline", "candidate", "again")
    assert [len(values) for values in (compared.baseline, compared.candidate, compared.again)] == [2, 2, 2]


def test_blocks_stop_when_the_interval_is_narrow_enough(origin: OriginProcess) -> None:
    arms = {name: arm_of(origin, name) for name in ("baseline", "candidate", "again")}
    shape = Shape(groups=1, turns=2, turn_cpu_s=0.0)
    blocks = measure_blocks(origin, arms, "baseline", "again", seed=1, shape=shape, half_width=100.0, limit=50)
    assert len(blocks) == MIN_BLOCKS


@pytest.mark.parametrize(
    ("round_s", "shape"),
    [
        (0.001, Shape(turns=80, most=40)),
        (0.012, Shape(turns=24, most=40)),
        (0.04, Shape(turns=14, most=40)),
        (0.2, Shape(turns=6, most=20)),
        (0.36, Shape(turns=4, most=20)),
        (0.66, Shape(turns=4, most=20)),
        (0.75, Shape(turns=1, reopen=True, most=20)),
    ],
)
@pytest.mark.parametrize("quick", [False, True])
def test_a_block_has_the_turns_that_tell_most_and_one_where_connections_would_expire_meanwhile(
    round_s: float, shape: Shape, quick: bool
) -> None:
    if quick:
        shape = replace(shape, turns=min(16, shape.turns))
    assert shape_for([round_s] * 3, quick) == shape
