"""A function that blocks the loop is a finding where that is certain, and comes before what costs less."""

from client_results import client
from clientprof.attribution.findings.rules import findings_of
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost


def off(low: float | None, kind: OffCpu = OffCpu.BLOCKED, by: str = "x.sync.sleep") -> OffCpuCost:
    cost = Estimate(500.0, low, None if low is None else 600.0, "us", 40)
    return OffCpuCost(kind, Layer.HTTP, "x.http", "nap", "x/http.py", 3, "package", by, cost)


def test_a_block_is_named_with_what_it_stood_in() -> None:
    (found,) = findings_of(client(off_cpu=(off(400.0),)), None)
    assert (found.id, found.layer) == ("blocking-call", Layer.HTTP)
    assert [(culprit.module, culprit.function) for culprit in found.culprits] == [("x.http", "nap")]
    assert "stands still in x.sync.sleep for 500 µs [400, 600] per request, in addition to 100 µs of CPU" in found.claim
    assert (found.cost_us_per_request, found.off_cpu_us_per_request) == (None, 500.0)


def test_what_is_not_certain_or_too_small_is_none() -> None:
    assert findings_of(client(off_cpu=(off(None),)), None) == ()
    assert findings_of(client(off_cpu=(off(0.9),)), None) == ()  # of 100 us of CPU, less than one


def test_waiting_in_the_loop_is_not_blocking_it() -> None:
    assert "blocking-call" not in [
        found.id for found in findings_of(client(off_cpu=(off(400.0, OffCpu.AWAITED),)), None)
    ]
