"""Function bias: the share of code made of many tiny calls, by the sampler and by the thread's CPU clock."""

import statistics

from clientprof.probes.signal_cost import signal_cost_ns
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, within
from clientprof.proof.sampled_work import sample
from clientprof.proof.two_shapes import IN_CALLS, mixture

TOLERANCE = 3.0
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
_INTERVAL_US = 500.0
_TURN_NS = 2_000_000
_TURNS = 25
_PASSES = 8


def bias_at(share: float, passes: int, seed: int) -> CheckResult:
    """One true share; measured in turn with and without the sampler, so that both see the same machine."""
    mix = mixture(share, _TURN_NS)
    signal_ns = signal_cost_ns()
    truths: list[float] = []
    reports: list[float] = []
    for number in range(passes):
        flat_ns, calls_ns = mix.true_ns(_TURNS)
        truths.append(100 * calls_ns / (flat_ns + calls_ns))
        work = sample(lambda: mix.run(_TURNS), _INTERVAL_US, seed=seed + number, signal_ns=signal_ns)
        reports.append(100 * work.share_in(IN_CALLS))
    differences = [reported - true for reported, true in zip(reports, truths, strict=True)]
    half_width = 2.4 * statistics.stdev(differences) / len(differences) ** 0.5
    name = f"true share {share:.0%} in tiny calls: share reported"
    return within(name, statistics.fmean(truths), statistics.fmean(reports), TOLERANCE, "points", half_width)


def function_bias(budget: Budget) -> tuple[CheckResult, ...]:
    """True shares of 10 to 90 %."""
    passes = max(5, round(_PASSES * budget.scale))
    return tuple(bias_at(share, passes, budget.seed) for share in SHARES)


def bias_quickly(budget: Budget) -> tuple[CheckResult, ...]:
    """Only the share at which bias is largest."""
    return (bias_at(0.5, max(5, round(_PASSES * budget.scale)), budget.seed),)
