"""The statistics on the real pipeline: how often equal arms are called different, and whether +4 % is seen.

Every block has four arms in lock-step, as any comparison: aiohttp three times the same, and once with a burn of 4 % of its
CPU per request. All four carry the plant, three of them with an empty dose, so that the wrapper itself is no difference.
"""

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clientprof.attribution.costs.turn_costs import turn_cpu_us
from clientprof.experiments.differences.blocks import MAX_BLOCKS, MeasuredBlock, Shape, measure_block, narrow_enough
from clientprof.model.estimate import Verdict
from clientprof.model.figures import percent, percent_bound
from clientprof.model.run import Run
from clientprof.origin.process import OriginProcess
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, Outcome, inconclusive, within
from clientprof.proof.planting.orders import Orders, PlantOrder, column
from clientprof.proof.planting.planted_run import PLANTED_ENTRY, TIMEOUT_S, origin_beside, settings_for
from clientprof.proof.planting.plants import PLANTS
from clientprof.stats.intervals import ratio_estimate
from clientprof.stats.verdicts import Block, judge
from clientprof.workload.lockstep import Arm

ARMS = ("baseline", "candidate", "again", "planted")
EFFECT = 0.04
BLOCKS_PER_COMPARISON = 3
POWER = 0.8
TRIALS = 400
POWER_BLOCKS = 48
# Whole blocks have equal arms too, and most comparisons are of those. The rest are of blocks of half the size: arms are as
# equal in them, only their noise is larger, and the rule has to bear that.
SMALL_COMPARISONS = 6
SMALL = Shape(turns=40)
_NOMINAL = 0.05
_CONCURRENCY = 32


@dataclass(frozen=True, slots=True)
class Series:
    """Blocks of the baseline, its second arm, and one candidate: equal to it in ``equal``, dearer in ``planted``.

    ``spent`` is what was planted by the plant's own count, over the baseline's CPU, in each block.
    """

    equal: tuple[Block, ...]
    planted: tuple[Block, ...]
    spent: tuple[float, ...]

    @property
    def noise(self) -> float:
        """Standard deviation of a block's log ratio between two equal arms."""
        return statistics.stdev(block.log_ratio for block in self.equal)


def measure(blocks: int, seed: int, shape: Shape | None = None) -> Series:
    """Fresh processes for every arm of every group; the dose is 4 % of the CPU per request of the block before."""
    generator = random.Random(seed)
    measured: list[MeasuredBlock] = []
    with origin_beside(seed=seed) as origin:
        own_us = _baseline_us(measure_block(origin, _arms(origin, 0), generator, Shape(), timeout_s=TIMEOUT_S))
        for _ in range(blocks):
            # A burn takes the same time on a slow machine as on a fast one, so it has to follow the machine.
            arms = _arms(origin, round(1000 * EFFECT * own_us))
            block = measure_block(origin, arms, generator, shape or Shape(), timeout_s=TIMEOUT_S)
            if any(group.errors for group in block.groups):
                raise ValueError("a request failed")
            own_us = _baseline_us(block)
            measured.append(block)
    return Series(
        equal=tuple(block.compared("baseline", "candidate", "again") for block in measured),
        planted=tuple(block.compared("baseline", "planted", "again") for block in measured),
        spent=tuple(_planted_share(block) for block in measured),
    )


def _arms(origin: OriginProcess, dose_ns: int) -> dict[str, Arm]:
    plant = PLANTS["aiohttp"]["front end"]
    settings = settings_for(origin, "aiohttp", "control", _CONCURRENCY, "/1k")
    arms: dict[str, Arm] = {}
    for name in ARMS:
        dose = dose_ns if name == "planted" else 0
        orders = Orders(plants=(PlantOrder(plant.target, "planted_front_end", plant.kind, (dose,)),))
        arms[name] = Arm(replace(settings, arm=name), environment=orders.environment(), entry=PLANTED_ENTRY)
    return arms


def _baseline_us(block: MeasuredBlock) -> float:
    return statistics.fmean(group.cpu_us_per_request()["baseline"] for group in block.groups)


def _planted_share(block: MeasuredBlock) -> float:
    """What was burnt over what the client took without it, by the planted arms' own accounts, turn by turn."""
    return statistics.fmean(_share_of(group.runs["planted"]) for group in block.groups)


def _share_of(run: Run) -> float:
    spent_ns, requests = sum(run.column(column(0, "spent_ns"))), sum(run.column("round.count"))
    return spent_ns / 1e3 / requests / (float(turn_cpu_us(run).mean()) - spent_ns / 1e3 / requests)


def false_alarms(equal: Sequence[Sequence[Block]]) -> CheckResult:
    """Comparisons of equal arms over blocks of their own each, of one series of blocks or several; more alarms than chance
    allows fail.
    """
    name = "equal arms called different"
    groups = [
        blocks[first : first + BLOCKS_PER_COMPARISON]
        for blocks in equal
        for first in range(0, len(blocks) - BLOCKS_PER_COMPARISON + 1, BLOCKS_PER_COMPARISON)
    ]
    count = len(groups)
    if not count:
        return inconclusive(name, _NOMINAL, "of comparisons", "too few blocks")
    alarms = sum(_verdict(group) in (Verdict.FASTER, Verdict.SLOWER) for group in groups)
    by_chance = sum(math.comb(count, k) * _NOMINAL**k * (1 - _NOMINAL) ** (count - k) for k in range(alarms, count + 1))
    verdict = Outcome.FAIL if by_chance < 0.01 else Outcome.PASS
    covered = sum(ratio_estimate([block.log_ratio for block in group]).contains(1.0) for group in groups)
    reason = (
        f"{alarms} of {count} comparisons; by chance at 5 % so many or more with p = {by_chance:.2f}; "
        f"{covered} of their intervals contain 1"
    )
    return CheckResult(name, 0.0, alarms / count, alarms / count, _NOMINAL, "of comparisons", verdict, reason)


def power(series: Series, limit: int, seed: int) -> CheckResult:
    """How often +4 % is called slower: blocks drawn at random until the rule stops, ``limit`` of them at most."""
    name = f"+{percent_bound(EFFECT)} CPU called slower within {limit} blocks"
    if len(series.planted) < limit:
        return inconclusive(name, 1 - POWER, "of trials", f"{len(series.planted)} blocks measured")
    generator = random.Random(seed)
    trials = [_until_stopped(generator.sample(series.planted, limit)) for _ in range(TRIALS)]
    found = [_verdict(trial) for trial in trials]
    share = found.count(Verdict.SLOWER) / TRIALS
    wrong = found.count(Verdict.FASTER) / TRIALS
    verdict = Outcome.FAIL if wrong > _NOMINAL else Outcome.PASS if share >= POWER else Outcome.INCONCLUSIVE
    reason = (
        f"{percent(share)} of {TRIALS} trials, {statistics.fmean(map(len, trials)):.0f} blocks each; "
        f"two equal arms of a block differ by {percent(series.noise)} (SD)"
    )
    return CheckResult(name, 1.0, share, share - 1.0, 1 - POWER, "of trials", verdict, reason)


def effect(series: Series) -> CheckResult:
    """What all blocks together say of the planted effect."""
    ratio = ratio_estimate([block.log_ratio for block in series.planted])
    assert ratio.low is not None
    assert ratio.high is not None
    half_width = 50 * (ratio.high - ratio.low)
    name = "CPU per request planted: difference reported"
    return within(name, 100 * statistics.fmean(series.spent), 100 * (ratio.value - 1), 2.0, "%", half_width)


def _until_stopped(blocks: Sequence[Block]) -> Sequence[Block]:
    return next((blocks[:count] for count in range(1, len(blocks)) if narrow_enough(blocks[:count])), blocks)


def _verdict(blocks: Sequence[Block]) -> Verdict:
    return judge("aiohttp", "aiohttp", "cpu_us_per_request", blocks).verdict


def verdicts(budget: Budget) -> tuple[CheckResult, ...]:
    """Whole blocks, as many as +4 % may take and a few to draw from; then equal arms of these and of small blocks."""
    whole = measure(round(POWER_BLOCKS * budget.scale), budget.seed + 1)
    small = measure(BLOCKS_PER_COMPARISON * max(2, round(SMALL_COMPARISONS * budget.scale)), budget.seed, SMALL)
    return (false_alarms((whole.equal, small.equal)), power(whole, MAX_BLOCKS, budget.seed), effect(whole))
