"""How much two processes of the same client differ: what no length of one process can average away.

Hash seeds, memory layout, other tenants of the machine and its clock make everything in one process some percent dearer or
cheaper than in the next; on a shared machine 10 % is common. Two sources tell how much:

* the control runs of the same recording, many short processes per arm. Where the sampled processes of both arms ran
  side by side in blocks, the spread within a block counts, else that over the whole session;
* the sampled processes themselves, where an arm has several: what their costs differ by, beyond what their chunks explain.

The larger of the two is taken, never less than 3 %.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from clientprof.attribution.costs.headline import cpu_us_per_request
from clientprof.attribution.costs.sampled_time import Floats, SampledTime
from clientprof.model.run import Run

LEAST = 0.03
# A cost below this share of its arm says nothing about the spread between processes: counting dominates.
_HEAVY_SHARE = 0.02
_MANY = 30.0

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Spread:
    """A relative standard deviation between processes, and the degrees of freedom it was estimated with."""

    relative: float
    freedom: float


LEAST_SPREAD = Spread(LEAST, _MANY)


@dataclass(frozen=True, slots=True)
class ProcessCosts(Generic[K]):
    """One process: microseconds per request by cost and chunk, and what one sample stands for on average."""

    chunks: Mapping[K, Floats]
    number_of_chunks: int
    sample_us: float
    total_us: float

    def value(self, key: K) -> float:
        found = self.chunks.get(key)
        return 0.0 if found is None else float(found.sum())

    def variance(self, key: K) -> float:
        """Of the cost within the process, us²: that of its chunks, but at least that of counting."""
        return max(self.chunk_variance(key), self.counting_variance(key))

    def chunk_variance(self, key: K) -> float:
        """As consecutive parts of the process differ."""
        found, count = self.chunks.get(key), self.number_of_chunks
        if found is None or count < 2:
            return 0.0
        return count / (count - 1) * float(((found - found.mean()) ** 2).sum())

    def counting_variance(self, key: K) -> float:
        """Of k independent samples where k were seen; what was never seen is known to within one sample."""
        return self.sample_us * (self.value(key) + self.sample_us)

    def scaled(self, factor: float) -> "ProcessCosts[K]":
        """The same with every cost times ``factor``."""
        chunks = {key: part * factor for key, part in self.chunks.items()}
        return ProcessCosts(chunks, self.number_of_chunks, self.sample_us * factor, self.total_us * factor)


def process_costs(time: SampledTime, chunks: Mapping[K, Floats]) -> ProcessCosts[K]:
    """The costs of one sampled process."""
    return ProcessCosts(chunks, time.by_stack.shape[1], time.total_us / time.samples, time.total_us)


Arm = Sequence[ProcessCosts[K]]


def without_drift(baseline: Arm[K], candidate: Arm[K]) -> tuple[list[ProcessCosts[K]], list[ProcessCosts[K]]]:
    """Both arms without what their blocks have in common, where process i of both ran in the same block.

    Each pair is scaled by one factor, so that the pairs' mean levels agree; the difference within a pair stays.
    """
    means = [sum(process.total_us for process in arm) / len(arm) for arm in (baseline, candidate)]
    left: list[ProcessCosts[K]] = []
    right: list[ProcessCosts[K]] = []
    for was, now in zip(baseline, candidate, strict=True):
        level = (was.total_us / means[0] * (now.total_us / means[1])) ** 0.5
        left.append(was.scaled(1 / level))
        right.append(now.scaled(1 / level))
    return left, right


def at_level(arm: Arm[K], level_us: float | None) -> tuple[list[ProcessCosts[K]], float]:
    """The arm's processes times one factor, so that together they cost ``level_us`` per request; and that factor.

    A sampled process runs at another time than the control runs, and with an instrument: its shares are what it tells, the
    level is theirs. None leaves the arm as it is.
    """
    total = sum(process.total_us for process in arm) / len(arm) if arm else 0.0
    factor = level_us / total if level_us is not None and level_us > 0 and total > 0 else 1.0
    return [process.scaled(factor) for process in arm], factor


def sampled_spread(arms: Sequence[Arm[K]], paired: bool) -> Spread | None:
    """From arms with several processes each; None without one. ``paired``: two arms ``without_drift``."""
    excess = scale = 0.0
    freedom = sum(len(arm) - 1 for arm in arms)
    for arm in arms:
        if len(arm) < 2:
            continue
        total = sum(process.total_us for process in arm) / len(arm)
        # A pair's common level took with it half of the total's own counting error, which every cost shares.
        shared = 0.5 * sum(process.sample_us for process in arm) / len(arm) / total if paired else 0.0
        for key in dict.fromkeys(key for process in arm for key in process.chunks):
            values = np.array([process.value(key) for process in arm])
            mean = float(values.mean())
            if mean < _HEAVY_SHARE * total:
                continue
            # The larger of two means, not the mean of the larger: that would take chance for what chunks explain.
            within = max(
                sum(process.chunk_variance(key) for process in arm),
                sum(process.counting_variance(key) for process in arm),
            ) / len(arm)
            # Relative, weighed by the cost: counting blurs the small ones.
            weight = (len(arm) - 1) * mean / total
            excess += weight * ((float(values.var(ddof=1)) - within) / mean**2 + shared)
            scale += weight
    if not scale or freedom < 1:
        return None
    # A pair's common level took half of what the two differ by, and half of the degrees of freedom.
    share = 0.5 if paired else 1.0
    return Spread((max(0.0, excess) / scale / share) ** 0.5, max(1.0, freedom * share))


def control_spread(arms: Sequence[Sequence[Run]], paired: bool) -> Spread | None:
    """From the control runs of all arms, of the log of CPU per request; None with too few. ``paired``: without blocks."""
    rows = [
        (arm, run.facts.block, float(np.log(cpu)))
        for arm, runs in enumerate(arms)
        for run in runs
        if (cpu := cpu_us_per_request(run)) is not None and cpu > 0
    ]
    if not rows:
        return None
    names = sorted({row[0] for row in rows})
    blocks = sorted({row[1] for row in rows}) if paired else []
    columns = [[float(row[0] == name) for row in rows] for name in names]
    columns += [[float(row[1] == block) for row in rows] for block in blocks[1:]]
    design = np.array(columns).T
    freedom = len(rows) - int(np.linalg.matrix_rank(design))
    if freedom < 2:
        return None
    logs = np.array([row[2] for row in rows])
    fitted = design @ np.linalg.lstsq(design, logs, rcond=None)[0]
    return Spread(float(((logs - fitted) ** 2).sum() / freedom) ** 0.5, float(freedom))


def larger(*spreads: Spread | None) -> Spread:
    """The largest of those known, never less than 3 %."""
    return max((LEAST_SPREAD, *(spread for spread in spreads if spread)), key=lambda spread: spread.relative)
