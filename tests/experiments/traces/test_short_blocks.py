"""Short blocks: an arm once in each, every other block the mirror image of the one before it, and who starts with whom."""

import pytest

from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.workload.load.scenario import Scenario


def short(**changes: object) -> TracePlan:
    return TracePlan("httpx", "aiohttp", Scenario(), blocks=6, mirrored=False, **changes)  # type: ignore[arg-type]


def control(plan: TracePlan, block: int) -> list[WorkerStep]:
    return [step for step in plan.steps if step.lens == "control" and step.block == block]


@pytest.mark.parametrize("seed", range(5))
def test_every_other_block_is_the_mirror_image_of_the_one_before_it_and_the_client_stands_between_the_arms_of_the_baseline(
    seed: int,
) -> None:
    plan = short(seed=seed, floor=False)
    for block in (0, 2, 4):
        arms = [step.arm for step in control(plan, block)]
        assert sorted((arms[0], arms[2])) == ["aiohttp", "aiohttp again"]
        assert arms[1] == "httpx"
        assert [step.arm for step in control(plan, block + 1)] == arms[::-1]


def test_each_client_has_one_cold_round_without_instruments_and_neither_the_first_answer_nor_the_layers_wait_for_it() -> (
    None
):
    cold = [step for step in short().steps if step.cold and step.lens == "control"]
    assert sorted((step.client, step.block) for step in cold) == [("aiohttp", 3), ("httpx", 3)]
    (only,) = [step for step in TracePlan("httpx", None, Scenario(), blocks=1, mirrored=False).steps if step.cold and
               step.lens == "control"]  # fmt: skip
    assert only.block == 0


def test_the_workers_of_a_block_start_together_with_those_of_the_lens_after_it_and_counts_last() -> None:
    plan = short(lenses=("control", "ledger", "sample", "count", "pyinstrument"))
    assert [number for batch in plan.batches for number in batch] == list(range(len(plan.steps)))
    lenses = [[plan.steps[number].lens for number in batch] for batch in plan.batches]
    block, with_floor = ["control"] * 3, ["control"] * 4
    assert lenses == [
        block, with_floor, [*block, *["sample"] * 2],
        with_floor, [*block, *["ledger"] * 2], with_floor, [*["count"] * 2, *["pyinstrument"] * 2],
    ]  # fmt: skip


@pytest.mark.parametrize(("mirrored", "rounds"), [(True, 1), (False, 2)])
def test_rounds_that_are_asked_for_by_number_are_shared_out_among_all_control_runs(mirrored: bool, rounds: int) -> None:
    plan = TracePlan("httpx", "aiohttp", Scenario(), blocks=6, mirrored=mirrored, rounds=12)
    assert plan.rounds_of("control") == rounds
