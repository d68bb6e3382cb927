"""The sampler itself: lockstep, its own cost, stacks that cannot be."""

import math
import statistics
from time import perf_counter_ns, thread_time_ns

from clientprof.model.lenses import LENS_RUNS
from clientprof.probes.sampling.signal_cost import signal_cost_ns
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.narrowing import narrow
from clientprof.proof.checks.result import CheckResult, within
from clientprof.proof.sampled_work import SampledWork, sample
from clientprof.stats.intervals import mean_half_width

LOCKSTEP_TOLERANCE = 3.0
OWN_COST_TOLERANCE = 3.0
_PERIOD_NS = 1_000_000
_TICK_SHARE = 0.2
_DENSE_US = 500.0
_PERIODS = 250
_PIECES = 8
_LEAST = 6


class Ticking:
    """Work with a period of exactly the sampler's mean interval: a tick at the start of each, then something else."""

    def __init__(self, periods: int) -> None:
        self._periods = periods
        self.tick_ns = 0
        self.rest_ns = 0

    def run(self) -> None:
        started_ns = perf_counter_ns()
        for number in range(self._periods):
            began = thread_time_ns()
            self.tick(started_ns + round((number + _TICK_SHARE) * _PERIOD_NS))
            between = thread_time_ns()
            self.rest(started_ns + (number + 1) * _PERIOD_NS)
            self.tick_ns += between - began
            self.rest_ns += thread_time_ns() - between

    def tick(self, until_ns: int) -> None:
        while perf_counter_ns() < until_ns:
            pass

    def rest(self, until_ns: int) -> None:
        while perf_counter_ns() < until_ns:
            pass


class Lockstep:
    """Periodic work at the sampling period gets its share, not all or nothing."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._shares: list[tuple[float, float]] = []

    def add(self) -> None:
        # The ticks keep to the wall clock, so what a handler takes it takes from the ticking: truth is counted beside it.
        ticking = Ticking(_PERIODS)
        work = sample(ticking.run, _PERIOD_NS / 1e3, seed=self._seed + len(self._shares))
        true = 100 * ticking.tick_ns / (ticking.tick_ns + ticking.rest_ns)
        self._shares.append((true, 100 * work.share_in(("tick",))))

    def _half_width(self) -> float:
        differences = [reported - true for true, reported in self._shares]
        return mean_half_width(differences)

    def width(self) -> float:
        return math.inf if len(self._shares) < _LEAST else self._half_width() / LOCKSTEP_TOLERANCE

    def result(self) -> CheckResult:
        """The share reported against the share by the CPU clock."""
        true, reported = (statistics.fmean(column) for column in zip(*self._shares, strict=True))
        name = "periodic work in step with the sampling period: share reported"
        return within(name, true, reported, LOCKSTEP_TOLERANCE, "points", self._half_width())


def _fixed_work() -> int:
    total = 0
    for step in range(400_000):
        total += step & 7
    return total


class OwnCost:
    """The weights add up to what the work costs when nobody samples: the sampler's own CPU is not in them.

    Sampled more densely than in a trace, to see it at all; the error is per sample, stated for the interval of a trace. What
    a signal costs moves between 0 and 50 us within seconds here, so every few pieces of work it is estimated anew, as every
    worker does at its start; the interval is over these estimates, and so holds their error too.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._errors: list[float] = []

    def add(self) -> None:
        signal_ns = signal_cost_ns()
        errors: list[float] = []
        for number in range(_PIECES):
            # In turn before and after; the mean of both would be skewed by the one that was interrupted.
            plain_ns = _plain_ns() if number % 2 else 0
            work = sample(_fixed_work, _DENSE_US, seed=self._seed + number, signal_ns=signal_ns)
            plain_ns = plain_ns or _plain_ns()
            samples = max(1, sum(stack >= 0 for stack in work.run.column("sample.stack")))
            errors.append(100 * (_weight_ns(work) - plain_ns) / samples / (1000 * LENS_RUNS["sample"].interval_us))
        self._errors.append(statistics.median(errors))

    def _half_width(self) -> float:
        return mean_half_width(self._errors)

    def width(self) -> float:
        return math.inf if len(self._errors) < _LEAST else self._half_width() / OWN_COST_TOLERANCE

    def result(self) -> CheckResult:
        """The sum of the weights, in percent of the cost."""
        name = "sum of the weights, of work with a known cost"
        reported = 100.0 + statistics.fmean(self._errors)
        return within(name, 100.0, reported, OWN_COST_TOLERANCE, "%", self._half_width())


def _plain_ns() -> int:
    began_ns = thread_time_ns()
    _fixed_work()
    return thread_time_ns() - began_ns


def _weight_ns(work: SampledWork) -> int:
    stacks, weights = work.run.column("sample.stack"), work.run.column("sample.weight_ns")
    samples = sum(stack >= 0 for stack in stacks)
    return sum(weights) + sum(work.run.column("sample.gc_ns")) - samples * work.run.facts.signal_ns


def _leaf(steps: int) -> int:
    return sum(step & 3 for step in range(steps))


def _left(steps: int) -> int:
    return _leaf(steps) + _leaf(steps)


def _right(steps: int) -> int:
    total = _leaf(steps)
    for step in range(steps):
        total ^= step
    return total


def _graph() -> None:
    for _ in range(300):
        _left(1000)
        _right(1000)


_EDGES = {
    ("_graph", "_left"), ("_graph", "_right"), ("_left", "_leaf"), ("_right", "_leaf"),
    ("_leaf", "_leaf.<locals>.<genexpr>"),
}  # fmt: skip
_OURS = {name for edge in _EDGES for name in edge}


def possible_stacks(budget: Budget) -> tuple[CheckResult, ...]:
    """Every edge of every sampled stack exists in the program."""
    work = sample(_graph, 200.0, seed=budget.seed)
    edges = {edge: count for edge, count in work.edges().items() if set(edge) & _OURS}
    wrong = sum(count for edge, count in edges.items() if edge not in _EDGES and edge[1] != "_graph")
    missing = len(_EDGES - edges.keys())
    return (
        within("samples with a call that does not exist", 0, wrong, 0.5, "samples"),
        within("kinds of calls that were never seen", 0, missing, 0.5, "calls"),
    )


def sampler_health(budget: Budget) -> tuple[CheckResult, ...]:
    """All three."""
    measured = (Lockstep(budget.seed), OwnCost(budget.seed))
    narrow(measured, budget.seconds)
    return (*(each.result() for each in measured), *possible_stacks(budget))
