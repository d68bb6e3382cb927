"""The statistics on the real pipeline: how often equal arms are called different, and whether +4 % is seen.

Every block has four arms in fresh processes: aiohttp three times the same, and once with a burn of 4 % of its CPU per
request. All four carry the plant, three of them with an empty dose, so that the wrapper itself is no difference.
"""

import math
import random
import statistics
from dataclasses import dataclass, replace

from clientprof.attribution.headline import cpu_us_per_request
from clientprof.model.estimate import Verdict
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, Outcome, inconclusive
from clientprof.proof.planting.orders import Orders, PlantOrder
from clientprof.proof.planting.planted_run import origin_beside, run_planted, settings_for
from clientprof.proof.planting.plants import PLANTS
from clientprof.stats.effects import Block, judge

ARMS = ("baseline", "candidate", "again", "planted")
EFFECT = 0.04
COMPARISONS = 20
BLOCKS_PER_COMPARISON = 3
BLOCK_LIMIT = 20
POWER = 0.8
TRIALS = 400
_NOMINAL = 0.05
_CONCURRENCY = 32
_CPU_S = 0.1

ArmValues = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Series:
    """Blocks of the four arms, CPU per request in microseconds; every arm twice a block, in mirror order."""

    blocks: tuple[ArmValues, ...]

    def compared(self, candidate: str, chosen: list[int]) -> Verdict:
        """The verdict over the chosen blocks."""
        rows = [
            Block(tuple(block["baseline"]), tuple(block[candidate]), tuple(block["again"]))
            for block in (self.blocks[number] for number in chosen)
        ]
        return judge("aiohttp", candidate, "cpu_us_per_request", rows).verdict

    @property
    def noise(self) -> float:
        """Standard deviation of a block's log ratio between two equal arms."""
        return statistics.stdev(
            statistics.fmean(map(math.log, block["candidate"])) - statistics.fmean(map(math.log, block["baseline"]))
            for block in self.blocks
        )


def measure(blocks: int, seed: int) -> Series:
    """Fresh processes for every arm of every block; the planted dose is 4 % of a first run's CPU per request."""
    generator = random.Random(seed)
    rows: list[ArmValues] = []
    with origin_beside(seed=seed) as origin:

        def cpu_us(dose_ns: int) -> float:
            plant = PLANTS["aiohttp"]["front end"]
            orders = Orders(plants=(PlantOrder(plant.target, "planted_front_end", plant.kind, (dose_ns,)),))
            settings = settings_for(origin, "aiohttp", "control", _CONCURRENCY, "/1k")
            value = cpu_us_per_request(run_planted(origin, replace(settings, min_cpu_s=_CPU_S), orders).run)
            if value is None:
                raise ValueError("a run without answered requests")
            return value

        dose_ns = round(1000 * EFFECT * statistics.median(cpu_us(0) for _ in range(3)))
        for _ in range(blocks):
            order = list(ARMS)
            generator.shuffle(order)
            values: ArmValues = {arm: [] for arm in ARMS}
            for arm in (*order, *reversed(order)):
                values[arm].append(cpu_us(dose_ns if arm == "planted" else 0))
            rows.append(values)
    return Series(tuple(rows))


def false_alarms(series: Series) -> CheckResult:
    """Comparisons of equal arms over blocks of their own each; more alarms than chance allows fail."""
    name = "equal arms called different"
    count = len(series.blocks) // BLOCKS_PER_COMPARISON
    if not count:
        return inconclusive(name, _NOMINAL, "of comparisons", "too few blocks")
    groups = [list(range(i * BLOCKS_PER_COMPARISON, (i + 1) * BLOCKS_PER_COMPARISON)) for i in range(count)]
    alarms = sum(series.compared("candidate", group) in (Verdict.FASTER, Verdict.SLOWER) for group in groups)
    by_chance = sum(math.comb(count, k) * _NOMINAL**k * (1 - _NOMINAL) ** (count - k) for k in range(alarms, count + 1))
    verdict = Outcome.FAIL if by_chance < 0.01 else Outcome.PASS
    reason = f"{alarms} of {count} comparisons; by chance at 5 % so many or more with p = {by_chance:.2f}"
    return CheckResult(name, 0.0, alarms / count, alarms / count, _NOMINAL, "of comparisons", verdict, reason)


def power(series: Series, limit: int, seed: int) -> CheckResult:
    """How often +4 % is called slower with ``limit`` blocks, drawn at random from all that were measured."""
    name = f"+{EFFECT:.0%} CPU called slower within {limit} blocks"
    if len(series.blocks) < limit:
        return inconclusive(name, 1 - POWER, "of trials", f"{len(series.blocks)} blocks measured")
    generator = random.Random(seed)
    numbers = range(len(series.blocks))
    found = [series.compared("planted", generator.sample(numbers, limit)) for _ in range(TRIALS)]
    share = found.count(Verdict.SLOWER) / TRIALS
    wrong = found.count(Verdict.FASTER) / TRIALS
    verdict = Outcome.FAIL if wrong > _NOMINAL else Outcome.PASS if share >= POWER else Outcome.INCONCLUSIVE
    reason = f"{share:.0%} of {TRIALS} trials; two equal arms of a block differ by {series.noise:.1%} (SD)"
    return CheckResult(name, 1.0, share, share - 1.0, 1 - POWER, "of trials", verdict, reason)


def verdicts(budget: Budget) -> tuple[CheckResult, ...]:
    """20 comparisons at full scale."""
    blocks = BLOCKS_PER_COMPARISON * max(2, round(COMPARISONS * budget.scale))
    series = measure(blocks, budget.seed)
    return (false_alarms(series), *(power(series, limit, budget.seed) for limit in (10, BLOCK_LIMIT)))
