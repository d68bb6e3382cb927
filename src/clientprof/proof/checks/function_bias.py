"""Function bias: the share of code made of many tiny calls, by the sampler and by the thread's CPU clock."""

import math
import statistics

from clientprof.model.figures import percent_bound
from clientprof.probes.sampling.signal_cost import signal_cost_ns
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.narrowing import narrow
from clientprof.proof.checks.result import CheckResult, within
from clientprof.proof.sampled_work import sample
from clientprof.proof.two_shapes import IN_CALLS, mixture
from clientprof.stats.intervals import mean_half_width

TOLERANCE = 3.0
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
_INTERVAL_US = 500.0
_TURN_NS = 2_000_000
_TURNS = 25
_LEAST = 8
_BATCH = 4


class Bias:
    """One true share; measured in turn with and without the sampler, so that both see the same machine."""

    def __init__(self, share: float, seed: int) -> None:
        self._share = share
        self._seed = seed
        self._mix = mixture(share, _TURN_NS)
        self._truths: list[float] = []
        self._reports: list[float] = []

    def add(self) -> None:
        """A few pairs, the signal's cost measured anew before them as every worker does."""
        signal_ns = signal_cost_ns()
        for _ in range(_BATCH):
            if len(self._truths) % 2:
                self._add_report(signal_ns)
            flat_ns, calls_ns = self._mix.true_ns(_TURNS)
            self._truths.append(100 * calls_ns / (flat_ns + calls_ns))
            if len(self._reports) < len(self._truths):
                self._add_report(signal_ns)

    def _add_report(self, signal_ns: int) -> None:
        seed = self._seed + len(self._reports)
        work = sample(lambda: self._mix.run(_TURNS), _INTERVAL_US, seed=seed, signal_ns=signal_ns)
        self._reports.append(100 * work.share_in(IN_CALLS))

    def _half_width(self) -> float:
        differences = [reported - true for reported, true in zip(self._reports, self._truths, strict=True)]
        return mean_half_width(differences)

    def width(self) -> float:
        return math.inf if len(self._truths) < _LEAST else self._half_width() / TOLERANCE

    def result(self) -> CheckResult:
        """The share reported against the share by the CPU clock."""
        name = f"true share {percent_bound(self._share)} in tiny calls: share reported"
        true, reported = statistics.fmean(self._truths), statistics.fmean(self._reports)
        return within(name, true, reported, TOLERANCE, "points", self._half_width())


def biases(shares: tuple[float, ...], budget: Budget) -> tuple[CheckResult, ...]:
    """The result of each true share."""
    measured = [Bias(share, budget.seed) for share in shares]
    narrow(measured, budget.seconds)
    return tuple(bias.result() for bias in measured)


def function_bias(budget: Budget) -> tuple[CheckResult, ...]:
    """True shares of 10 to 90 %."""
    return biases(SHARES, budget)


def bias_quickly(budget: Budget) -> tuple[CheckResult, ...]:
    """Only the share at which bias is largest."""
    return biases((0.5,), budget)
