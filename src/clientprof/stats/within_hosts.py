"""Effects that several machines measured: each machine is held against itself alone.

A block is of one machine, so its log ratio has nothing of how fast that machine is. What is left between machines is how
far the effect itself depends on the machine (another cache, another libc). The effect is the mean over blocks. Its interval
comes from how blocks of one machine differ, the machines' own levels taken out (one-way layout, fixed effects: Scheffé 1959,
chapter 3). So it is about these machines and not about machines in general, and a machine's level can neither widen nor
narrow it. Whether machines disagree about an effect is a question of its own, answered by ``disagreement``.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np

from clientprof.model.estimate import Estimate
from clientprof.stats.intervals import mean_estimate
from clientprof.stats.student import NORMAL_975, quantile_975


def mean_within(by_host: Mapping[str, Sequence[float]], unit: str) -> Estimate:
    """The mean over all observations, with its 95 % interval from the differences within hosts. One host alone is
    ``mean_estimate``; where no host has two observations, there is no interval.

    Raises:
        ValueError: no observations.
    """
    groups = [np.asarray(values, dtype=np.float64) for values in by_host.values() if len(values)]
    if len(groups) <= 1:
        return mean_estimate(groups[0].tolist() if groups else [], unit)
    count = sum(len(group) for group in groups)
    mean = float(np.concatenate(groups).mean())
    freedom = count - len(groups)
    if freedom < 1:
        return Estimate(mean, None, None, unit, count)
    variance = sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / freedom
    half = quantile_975(freedom) * math.sqrt(variance / count)
    return Estimate(mean, mean - half, mean + half, unit, count)


def disagreement(by_host: Mapping[str, Sequence[float]]) -> float | None:
    """How much farther the hosts' means lie apart than their blocks allow: the largest difference between a host's mean and
    that of the rest, over the half-width of its own 95 % interval. Above 1 the hosts disagree, 19 times in 20 for two hosts
    where they do not differ below; with more hosts the interval is widened for their number (Bonferroni, by the normal
    quantile). None where it cannot be told.
    """
    groups = {host: np.asarray(values, dtype=np.float64) for host, values in by_host.items() if len(values)}
    count = sum(len(group) for group in groups.values())
    freedom = count - len(groups)
    if len(groups) < 2 or freedom < 1:
        return None
    variance = sum(float(((group - group.mean()) ** 2).sum()) for group in groups.values()) / freedom
    widest = 0.0
    for host, group in groups.items():
        rest = np.concatenate([other for name, other in groups.items() if name != host])
        error = math.sqrt(variance * (1 / len(group) + 1 / len(rest)))
        apart = abs(float(group.mean() - rest.mean()))
        half = quantile_975(freedom) * error * _for_several(len(groups))
        widest = max(widest, apart / half if half > 0 else (math.inf if apart > 0 else 0.0))
    return widest


def _for_several(hosts: int) -> float:
    """By how much the quantile grows for so many questions; two hosts ask the same question twice."""
    asked = 1 if hosts == 2 else hosts
    return NormalDist().inv_cdf(1 - 0.025 / asked) / NORMAL_975
