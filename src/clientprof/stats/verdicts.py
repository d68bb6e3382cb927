"""Verdicts from paired blocks: the rule of when a client may be called faster or slower."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from clientprof.model.estimate import Effect, Estimate, Verdict
from clientprof.stats.intervals import ratio_estimate
from clientprof.stats.student import half_width_at, quantile_975
from clientprof.stats.within_hosts import mean_within

# A difference within two percent is of no consequence, however certain.
NEGLIGIBLE = (0.98, 1.02)
# Fewer blocks estimate their own spread too badly to be stopped by it, or to carry a comparison's verdict.
FEWEST_BLOCKS = 5
# Who looks at the verdict after each block finds a difference by chance in one look or another. A look that may end the
# measuring asks for an interval that misses in 4 of 1,000: with up to 36 of them, a ratio of just 1.02 is called a
# difference no more often than where only the width ends it (tests/stats/test_early_stopping.py).
_MISSED_BY_A_LOOK = 0.004


@dataclass(frozen=True, slots=True)
class Block:
    """One block's observations of one metric: every arm's runs, the baseline's second arm (A/A) apart.

    The baseline's cost is that of both its arms: two equal arms say more of it than one, and what they differ by, which the
    A/A check looks at, is independent of their mean. ``host`` is the machine that measured it, where there are several.
    """

    baseline: tuple[float, ...]
    candidate: tuple[float, ...]
    again: tuple[float, ...]
    host: str = ""

    @property
    def log_ratio(self) -> float:
        """Mean log of the candidate's observations less that of the baseline's, of both arms; each must have some."""
        return _mean_log(self.candidate) - _mean_log((*self.baseline, *self.again))


def ratio_of(blocks: Sequence[Block]) -> Estimate:
    """The candidate's ratio to the baseline over blocks, within hosts where there are several.

    Raises:
        ValueError: no blocks.
    """
    return _ratio([block.log_ratio for block in blocks], blocks)


def again_of(blocks: Sequence[Block]) -> Estimate | None:
    """The baseline's ratio to itself (A/A), None where it was not measured twice."""
    twice = [block for block in blocks if block.again]
    return _ratio([_mean_log(b.again) - _mean_log(b.baseline) for b in twice], twice) if twice else None


def _ratio(logs: Sequence[float], blocks: Sequence[Block]) -> Estimate:
    if len({block.host for block in blocks}) <= 1:
        return ratio_estimate(logs)
    found = mean_within(by_host(logs, blocks), "ratio")
    low, high = (None if end is None else math.exp(end) for end in (found.low, found.high))
    return Estimate(math.exp(found.value), low, high, "ratio", found.n)


def by_host(values: Sequence[float], blocks: Sequence[Block]) -> dict[str, list[float]]:
    """The blocks' values, apart by the machine that measured them."""
    found: dict[str, list[float]] = {}
    for value, block in zip(values, blocks, strict=True):
        found.setdefault(block.host, []).append(value)
    return found


def judge(baseline: str, candidate: str, metric: str, blocks: Sequence[Block], obstacles: Sequence[str] = ()) -> Effect:
    """The effect over blocks with its verdict. ``obstacles`` are guards that forbid one (server-bound, errors, ...).

    Raises:
        ValueError: no complete block.
    """
    pairs = [block for block in blocks if block.baseline and block.candidate]
    if not pairs:
        raise ValueError("no block has both arms")
    ratio, aa_ratio = ratio_of(pairs), again_of(pairs)
    verdict, reason = verdict_of(ratio, aa_ratio, obstacles)
    return Effect(baseline, candidate, metric, ratio, aa_ratio, verdict, reason)


def verdict_of(ratio: Estimate, aa_ratio: Estimate | None, obstacles: Sequence[str] = ()) -> tuple[Verdict, str]:
    """What a ratio to the baseline may be called, and why; ``aa_ratio`` is the baseline's to itself."""
    if obstacles:
        return Verdict.NO_VERDICT, "; ".join(obstacles)
    if aa_ratio is None:
        return Verdict.NO_VERDICT, "the baseline was not measured against itself"
    if ratio.low is None or aa_ratio.low is None:
        return Verdict.NO_VERDICT, "one block allows no interval"
    if not aa_ratio.contains(1.0):
        return Verdict.NO_VERDICT, "the baseline differs from itself: the machine drifted or another program ran"
    if not ratio.excludes(*NEGLIGIBLE):
        return Verdict.NO_DIFFERENCE, "the interval reaches into 0.98 to 1.02"
    verdict = Verdict.SLOWER if ratio.value > 1 else Verdict.FASTER
    return verdict, f"the interval excludes 0.98 to 1.02 over {ratio.n} blocks and the A/A check shows no difference"


def tells_difference(blocks: Sequence[Block]) -> bool:
    """Whether blocks that are looked at again and again show a difference by now: a sequential test.

    The A/A check must hold, and an interval wider than that of a verdict must exclude ``NEGLIGIBLE``.
    """
    if len(blocks) < FEWEST_BLOCKS:
        return False
    ratio = ratio_of(blocks)
    if ratio.low is None or ratio.high is None or not ratio.excludes(*NEGLIGIBLE):
        return False
    freedom = len(blocks) - len({block.host for block in blocks})
    wider = half_width_at(_MISSED_BY_A_LOOK, freedom) / quantile_975(freedom)
    near = ratio.low if ratio.value > 1 else ratio.high
    reach = ratio.value * (near / ratio.value) ** wider
    again = again_of(blocks)
    apart = reach > NEGLIGIBLE[1] if ratio.value > 1 else reach < NEGLIGIBLE[0]
    return apart and again is not None and again.contains(1.0)


def _mean_log(values: Sequence[float]) -> float:
    return sum(math.log(value) for value in values) / len(values)
