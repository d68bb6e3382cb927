"""What clientprof proves of itself on the machine at hand: one subject a file, one table of all."""

import time
from collections.abc import Callable, Iterator, Sequence

from clientprof.origin.errors import OriginError
from clientprof.proof.checks import (
    blame,
    blocking,
    dilation,
    flame_noise,
    function_bias,
    sampler_health,
    slow_downs,
    verdicts,
    waiting,
)
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, failed, inconclusive
from clientprof.workload.process import WorkerError

Check = Callable[[Budget], tuple[CheckResult, ...]]

CHECKS: dict[str, Check] = {
    "slow-downs": slow_downs.planted_slow_downs,
    "slow-downs-quick": slow_downs.planted_quickly,
    "dilation": dilation.dilation,
    "server-waits": waiting.server_waits,
    "server-waits-quick": waiting.waits_quickly,
    "loop-held": blame.loop_held,
    "blocking": blocking.blocking,
    "function-bias": function_bias.function_bias,
    "function-bias-quick": function_bias.bias_quickly,
    "sampler": sampler_health.sampler_health,
    "flame-noise": flame_noise.flame_noise,
    "verdicts": verdicts.verdicts,
}
# What `clientprof selfcheck` runs; the slow tests run everything, longer.
# In order: checks of a fixed length first, then those that narrow their intervals, the most needy last.
SELFCHECK = ("server-waits", "loop-held", "blocking", "flame-noise", "sampler", "function-bias", "slow-downs")
QUICK = ("server-waits-quick", "sampler", "function-bias-quick", "slow-downs-quick")
SECONDS = 54.0
QUICK_SECONDS = 13.0
# How the time that is left is shared among the checks still to be made that can use it.
_WEIGHTS = {
    "sampler": 2.0,
    "function-bias": 2.5,
    "function-bias-quick": 1.0,
    "slow-downs": 6.0,
    "slow-downs-quick": 3.0,
}


def run_in_time(names: Sequence[str], seconds: float, seed: int) -> Iterator[tuple[CheckResult, ...]]:
    """The checks one after the other, in about ``seconds`` in all: what one does not need is the next ones'.

    Yields the results of each check.

    Raises:
        KeyError: no such check.
    """
    end = time.monotonic() + seconds
    for place, name in enumerate(names):
        later = sum(_WEIGHTS.get(other, 0.0) for other in names[place + 1 :])
        weight = _WEIGHTS.get(name, 1.0)
        left = max(0.0, end - time.monotonic())
        yield run_check(name, Budget(seed=seed, seconds=left * weight / (weight + later)))


def run_check(name: str, budget: Budget) -> tuple[CheckResult, ...]:
    """The check's results; one that could not be made is inconclusive, an analysis that contradicts itself a failure.

    Raises:
        KeyError: no such check.
    """
    try:
        return CHECKS[name](budget)
    except AssertionError as error:
        return (failed(name, 0.0, "", f"an account does not balance: {error}"),)
    except (WorkerError, OriginError, ValueError, ArithmeticError) as error:
        return (inconclusive(name, 0.0, "", f"not measured: {error}"),)
