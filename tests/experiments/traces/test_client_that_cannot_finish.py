"""A trace of a client that cannot finish its rounds is a result: how far it came, and its ledger until then."""

import pytest

from clientprof.attribution.trace_result import trace_result
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.experiments.traces.trace_run import run_trace
from clientprof.model.run import UNFINISHED
from clientprof.workload.load.scenario import Scenario


@pytest.mark.slow
def test_a_client_that_cannot_finish_is_told_with_its_ledger_and_without_a_verdict() -> None:
    # One connection and 0.1 s an answer: 1,000 requests take 100 s, and there are 15.
    load = Scenario(concurrency=1000, limit=1, delay_ms=100.0)
    plan = TracePlan(
        "aiohttp", None, load, ("control", "ledger"), blocks=1, floor=False, worker_timeout_s=15.0, as_far=True
    )
    outcome = run_trace(plan, lambda step, done, of, event: None)
    assert outcome.failure is None
    assert outcome.recording is not None
    (client,) = trace_result(outcome.recording).clients
    assert client.unfinished is not None
    assert client.unfinished_cold is not None
    assert 0 < client.unfinished.answered < 1000
    assert client.unfinished.of == 1000
    assert client.unfinished.needed_s is not None
    assert client.unfinished.needed_s > 50
    assert client.control is not None
    assert UNFINISHED not in client.control.errors
    assert {"unfinished", "cold-unfinished"} <= {notice.id for notice in trace_result(outcome.recording).notices}


def test_where_it_is_not_asked_for_a_slow_client_is_a_failure() -> None:
    load = Scenario(concurrency=1000, limit=1, delay_ms=100.0)
    plan = TracePlan("aiohttp", None, load, ("control",), blocks=1, floor=False, worker_timeout_s=4.0)
    outcome = run_trace(plan, lambda step, done, of, event: None)
    assert outcome.recording is None
    assert outcome.failure is not None
    assert "did not end within 4 s" in outcome.failure
