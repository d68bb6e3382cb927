"""Queueing for the loop: a part of the program holds it; is the time that requests stood ready blamed on that part?"""

import statistics
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.run import RoundKind, Run
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, failed, inconclusive, within
from clientprof.proof.planting.account import only_rounds
from clientprof.proof.planting.orders import BlockOrder, Orders
from clientprof.proof.planting.planted_run import origin_beside, run_planted, settings_for
from clientprof.workload.load.loop_packages import missing_package
from clientprof.workload.load.scenario import Loop, Scenario

Integers = npt.NDArray[np.int64]

TOLERANCE = 0.05
# All requests have reached the server when the blocks begin, so that a request stands ready from its answer on.
_PATH = "/delay/300/1k"
_AFTER_NS = 250_000_000
ONE_BLOCK = BlockOrder(count=1, block_ns=200_000_000, after_ns=_AFTER_NS)
MANY_BLOCKS = BlockOrder(count=512, block_ns=800_000, after_ns=_AFTER_NS)
_AFTER_ANSWER = (Phase.DOWNLINK, Phase.LOOP, Phase.HEADERS, Phase.BODY, Phase.RELEASE)


def held(client: str, blocks: BlockOrder, concurrency: int, rounds: int, seed: int, loop: Loop = Loop.ASYNCIO) -> Run:
    """A run of ``rounds`` rounds with blocks, as many without between them."""
    with origin_beside(seed=seed) as origin:
        settings = settings_for(origin, client, "ledger", concurrency, _PATH)
        settings = replace(
            settings,
            scenario=Scenario(concurrency, limit=concurrency, loop=loop),
            rounds=2 * rounds,
            max_rounds=2 * rounds,
            seed=seed,
        )
        return run_planted(origin, settings, Orders(blocks=blocks, seed=seed)).run


def blamed(run: Run, blocks: BlockOrder) -> CheckResult:
    """The blame on the application's layer in units of the ready time that its blocks caused."""
    size = f"{blocks.count} x {blocks.block_ns / 1e6:g} ms"
    loop = "" if run.facts.loop.startswith("asyncio") else f" on {run.facts.loop}"
    name = (
        f"{run.facts.client}{loop}, n={run.facts.requests_per_round}, loop held {size}: ready time blamed on the holder"
    )
    errors = sum(1 for error in run.column("exchange.error") if error)
    if errors:
        return inconclusive(name, TOLERANCE, "of the truth", f"{errors} requests failed")
    measured = np.flatnonzero(np.asarray(run.column("round.kind")) == RoundKind.MEASURED)
    figures: list[tuple[float, float]] = []
    for number in measured[1::2]:
        part = only_rounds(run, [int(number)], keep_samples=True)
        try:
            ledger = build_ledger(part)
        except AssertionError as error:
            return failed(name, TOLERANCE, "of the truth", f"the ledger does not balance: {error}")
        if ledger is None:
            return failed(name, TOLERANCE, "of the truth", "there is no ledger")
        by_app_us = sum(row.blame.get(Layer.APP, 0.0) for row in ledger.phases if row.phase in _AFTER_ANSWER)
        figures.append((by_app_us, ready_caused_us(part) / ledger.requests))
    blamed_us, true_us = (statistics.fmean(column) for column in zip(*figures, strict=True))
    if true_us < 1e3:
        return inconclusive(name, TOLERANCE, "of the truth", "the blocks met no answer on its way")
    # Which layer ran is sampled, so the blame of one round is known only as well as its samples.
    ratios = [reported / true for reported, true in figures if true > 0]
    half_width = 2.8 * statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else None
    result = within(name, 1.0, blamed_us / true_us, TOLERANCE, "of the truth", half_width)
    return replace(result, reason=f"{blamed_us / 1e3:.2f} of {true_us / 1e3:.2f} ms per request; {result.reason}")


def ready_caused_us(run: Run) -> float:
    """The sum over exchanges of block time between the server's answer and the exchange's end.

    An answered request waits for nothing but the loop, and while a block holds the loop it does not run.
    """
    starts, ends = (np.asarray(run.column(f"block.{name}"), dtype=np.int64) for name in ("started_ns", "ended_ns"))
    (first,), (count,) = run.column("round.first"), run.column("round.count")
    written, ended = (
        np.asarray(run.column(f"exchange.{name}"), dtype=np.int64)[first : first + count]
        for name in ("written_ns", "ended_ns")
    )
    overlap = np.minimum(ends[None, :], ended[:, None]) - np.maximum(starts[None, :], written[:, None])
    return float(np.maximum(overlap, 0).sum()) / 1e3


def loop_held(budget: Budget) -> tuple[CheckResult, ...]:
    """One long block and many short ones; one on uvloop, where that is installed."""
    found = [
        blamed(held("httpx", ONE_BLOCK, 16, 2, budget.seed), ONE_BLOCK),
        blamed(held("aiohttp", MANY_BLOCKS, 512, 3, budget.seed), MANY_BLOCKS),
    ]
    if missing_package(Loop.UVLOOP) is None:
        found.append(blamed(held("aiohttp", ONE_BLOCK, 16, 2, budget.seed, Loop.UVLOOP), ONE_BLOCK))
    return tuple(found)
