"""What clientprof proves of itself on the machine at hand: one subject a file, one table of all."""

from collections.abc import Callable

from clientprof.origin.errors import OriginError
from clientprof.proof.checks import (
    blame,
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
    "function-bias": function_bias.function_bias,
    "function-bias-quick": function_bias.bias_quickly,
    "sampler": sampler_health.sampler_health,
    "flame-noise": flame_noise.flame_noise,
    "verdicts": verdicts.verdicts,
}
# What `clientprof selfcheck` runs; the slow tests run everything, longer.
SELFCHECK = ("slow-downs", "server-waits", "loop-held", "function-bias", "sampler", "flame-noise")
QUICK = ("slow-downs-quick", "server-waits-quick", "function-bias-quick", "sampler")


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
