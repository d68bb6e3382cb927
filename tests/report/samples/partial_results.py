"""Results that lack something, by name: each must still render and say what it has not."""

import math
from dataclasses import replace

from clientprof.model.estimate import Estimate
from clientprof.model.results import Control, Latency, TraceResult
from sample_ledger import HTTPX_PACE, sample_ledger
from sample_result import HTTPX_LAYERS_US, sample_result

_NOT_A_NUMBER = Estimate(math.nan, None, None, "us", 0)


def _only_first(result: TraceResult) -> TraceResult:
    return replace(result, clients=result.clients[:1], comparisons=())


def _failed() -> Control:
    nothing = Latency(math.nan, math.nan, math.nan, math.nan)
    return Control(_NOT_A_NUMBER, _NOT_A_NUMBER, nothing, 0, {"PoolTimeout": 512}, 1, 512)


def partial_results() -> dict[str, TraceResult]:
    """Name -> result."""
    whole = sample_result()
    first, second = whole.clients
    bare = replace(
        first, control=None, cold=None, observer={}, layers=(), functions=(), ledger=None, profile=None, counters=(),
        boundaries=(), cross_check=(), unattributed_share=None, notes=(), packages={}, off_cpu=(), failures=(),
        tls=None, memory=None,
    )  # fmt: skip
    failing = replace(first, ledger=sample_ledger(HTTPX_PACE, HTTPX_LAYERS_US, failed=90))
    return {
        "no_baseline": _only_first(whole),
        "no_ledger": replace(
            whole,
            clients=(replace(first, ledger=None, off_cpu=(), failures=(), tls=None), replace(second, ledger=None)),
        ),
        "no_sample": replace(whole, clients=(replace(first, layers=(), functions=(), profile=None), second)),
        "no_success": _only_first(replace(whole, clients=(replace(first, control=_failed()), second))),
        "some_failures": replace(whole, clients=(failing, second)),
        "cut_short": replace(whole, complete=False, comparisons=(), findings=(), files={}),
        "bare_client": _only_first(replace(whole, clients=(bare,))),
        "no_client": replace(whole, clients=(), comparisons=(), findings=(), notices=(), environment=(), workload=()),
    }
