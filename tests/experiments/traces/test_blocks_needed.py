"""How many blocks a trace measures: four where the interval is narrow by then, else six, or those that were asked for."""

from dataclasses import replace

import pytest

from clientprof.experiments.traces.blocks_needed import is_narrow
from clientprof.experiments.traces.trace_plan import FEWEST_SHORT_BLOCKS as FEWEST
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.model.run import AGAIN, RoundKind, Run
from clientprof.workload.load.scenario import Scenario
from recordings import rounds, run_of

PLAN = TracePlan("httpx", "aiohttp", Scenario(), blocks=6, mirrored=False, in_time=True)


def measured(arm: str, block: int, us: float) -> Run:
    run = run_of(rounds((RoundKind.MEASURED, 0, 1, 0, int(us * 1000))))
    return replace(
        run, facts=replace(run.facts, client=arm.removesuffix(f" {AGAIN}"), arm=arm, block=block, lens="control")
    )


def blocks(count: int, noise: float) -> list[Run]:
    return [
        measured(arm, block, us * (1 + noise * (-1) ** block) if arm == "httpx" else us)
        for block in range(count)
        for arm, us in (("aiohttp", 100.0), ("httpx", 2000.0), (f"aiohttp {AGAIN}", 100.0))
    ]


def step(block: int, client: str = "aiohttp", lens: str = "control") -> WorkerStep:
    return WorkerStep(client, client, lens, block, False)


@pytest.mark.parametrize(
    ("runs", "asked", "needless"),
    [
        (blocks(FEWEST, 0.02), step(FEWEST), True),
        (blocks(FEWEST, 0.2), step(FEWEST), False),
        (blocks(FEWEST - 1, 0.0), step(FEWEST - 1), False),
        (blocks(FEWEST, 0.02), step(0, lens="ledger"), False),
        # A block that has begun is measured whole.
        ([*blocks(FEWEST, 0.02), measured("aiohttp", FEWEST, 100.0)], step(FEWEST, "httpx"), False),
    ],
)
def test_a_block_is_needless_once_the_interval_is_narrow(runs: list[Run], asked: WorkerStep, needless: bool) -> None:
    assert is_narrow(PLAN, asked, runs) is needless


@pytest.mark.parametrize("plan", [replace(PLAN, in_time=False), replace(PLAN, baseline=None)])
def test_blocks_that_were_asked_for_and_those_without_a_ratio_are_measured(plan: TracePlan) -> None:
    assert not is_narrow(plan, step(FEWEST), blocks(FEWEST, 0.02))
