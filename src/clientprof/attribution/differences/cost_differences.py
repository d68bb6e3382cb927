"""Which costs of two arms differ, for certain: the test behind every row of a gap and every frame of its flame graph.

A cost (of a layer, a function, a call path) is a sum over samples of one or several processes per arm. Its variance is that
within the processes, from the chunks of consecutive samples (``sampled_time``), and that between processes
(``process_spread``), which is relative to the cost. Intervals add both for either arm.

The test is Welch's t (Welch 1947) with Satterthwaite's degrees of freedom, of the hypothesis that both arms cost the same.
Processes of one arm differ by factors, so under that hypothesis the spread is relative to one common cost. The logarithmic
mean of both stands for it: with it the part between processes is exactly a test of the log ratio, and a cost that one
arm has and the other never shows is not excused by any factor. What was never seen counts there as three samples, the
95 % bound of a count of none.

Of all costs tested together those count that Benjamini & Hochberg's procedure admits at 5 % and whose difference is large
enough to matter: 0.5 us per request, or 0.5 % of the cheaper arm where that is more.

Measured on 2026-11-20, two shared cores, pairs of sampled processes of the same client, spread from control runs near by: of
11 separate pairs (9 of aiohttp at n = 512, 2 of httpx at n = 32) none had anything flagged; of the 91 pairs among
14 processes of aiohttp within one quarter of an hour none had a function flagged and 1 a layer. Of 153 pairs that mix a
quiet machine with an overloaded one none had a function flagged and 19 a layer: what is compared must run side by side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.costs.process_spread import K, ProcessCosts, Spread
from clientprof.attribution.costs.sampled_time import Floats
from clientprof.model.differences.between_arms import CostDifference
from clientprof.model.estimate import Estimate
from clientprof.stats.multiplicity import RATE, adjusted
from clientprof.stats.student import quantile_975, two_sided_p

LEAST_US = 0.5
LEAST_SHARE = 0.005
_NONE_SEEN = 3.0


@dataclass(frozen=True, slots=True)
class _Side:
    """The mean over processes. ``within`` is its variance with its degrees of freedom; ``processes`` how many there are;
    ``least`` is what a cost may be that was never seen."""

    value: float
    within: tuple[float, float]
    processes: int
    least: float


def cost_differences(
    baseline: Sequence[ProcessCosts[K]], candidate: Sequence[ProcessCosts[K]], spread: Spread
) -> dict[K, CostDifference]:
    """Every cost of either arm, corrected for all of them together.

    Raises:
        ValueError: an arm has no process.
    """
    if not baseline or not candidate:
        raise ValueError("a difference needs a process in each arm")
    keys = list(dict.fromkeys(key for side in (baseline, candidate) for process in side for key in process.chunks))
    least = least_us(baseline, candidate)
    found = [(_side(baseline, key), _side(candidate, key)) for key in keys]
    tests = [(_interval(left, right, spread), _p_value(left, right, spread)) for left, right in found]
    rates = adjusted([p for _, p in tests])
    return {
        key: CostDifference(
            baseline_us=left.value,
            candidate_us=right.value,
            difference_us=estimate,
            p_adjusted=rate,
            significant=rate <= RATE and abs(estimate.value) >= least,
        )
        for key, (left, right), (estimate, _), rate in zip(keys, found, tests, rates, strict=True)
    }


def least_us(baseline: Sequence[ProcessCosts[K]], candidate: Sequence[ProcessCosts[K]]) -> float:
    """The smallest difference that matters."""
    cheaper = min(sum(process.total_us for process in side) / len(side) for side in (baseline, candidate))
    return max(LEAST_US, LEAST_SHARE * cheaper)


def total_difference(
    baseline: Sequence[ProcessCosts[K]], candidate: Sequence[ProcessCosts[K]], spread: Spread
) -> Estimate:
    """Candidate minus baseline of everything that was sampled."""
    left, right = (
        [
            ProcessCosts({0: _summed(process)}, process.number_of_chunks, process.sample_us, process.total_us)
            for process in arm
        ]
        for arm in (baseline, candidate)
    )
    return _interval(_side(left, 0), _side(right, 0), spread)


def _summed(process: ProcessCosts[K]) -> Floats:
    parts = list(process.chunks.values())
    total: Floats = np.sum(parts, axis=0) if parts else np.zeros(process.number_of_chunks)
    return total


def _side(arm: Sequence[ProcessCosts[K]], key: K) -> _Side:
    within = sum(process.variance(key) for process in arm) / len(arm) ** 2
    freedom = sum(max(1, process.number_of_chunks - 1) for process in arm)
    sample_us = sum(process.sample_us for process in arm) / len(arm)
    value = sum(process.value(key) for process in arm) / len(arm)
    return _Side(value, (within, float(freedom)), len(arm), _NONE_SEEN * sample_us / len(arm))


def _interval(left: _Side, right: _Side, spread: Spread) -> Estimate:
    between = sum((spread.relative * side.value) ** 2 / side.processes for side in (left, right))
    error, freedom = _error(left.within, right.within, (between, spread.freedom))
    value = right.value - left.value
    if error <= 0:
        return Estimate(value, None, None, "us", 2)
    half = error * quantile_975(round(freedom, 1))
    return Estimate(value, value - half, value + half, "us", round(freedom) + 1)


def _p_value(left: _Side, right: _Side, spread: Spread) -> float:
    common = _logarithmic_mean(max(left.value, left.least), max(right.value, right.least))
    between = sum((spread.relative * common) ** 2 / side.processes for side in (left, right))
    error, freedom = _error(left.within, right.within, (between, spread.freedom))
    return two_sided_p((right.value - left.value) / error, freedom) if error > 0 else 1.0


def _logarithmic_mean(a: float, b: float) -> float:
    """(a - b) / log(a / b): between the geometric and the arithmetic mean."""
    if a <= 0 or b <= 0 or math.isclose(a, b, rel_tol=1e-6):
        return (a + b) / 2
    return (a - b) / math.log(a / b)


def _error(*parts: tuple[float, float]) -> tuple[float, float]:
    """The standard error of a sum of independent variances, and its degrees of freedom (Satterthwaite 1946)."""
    known = [(variance, freedom) for variance, freedom in parts if variance > 0]
    variance = sum(part for part, _ in known)
    if variance <= 0:
        return 0.0, 1.0
    return variance**0.5, variance**2 / sum(part**2 / freedom for part, freedom in known)
