"""The workload says what runs the clients: a loop, threads, or both."""

import pytest

from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.experiments.traces.trace_run import run_trace
from clientprof.workload.load.scenario import Scenario


@pytest.mark.parametrize(
    ("client", "baseline", "said"),
    [
        ("urllib3", None, "none: threads"),
        ("aiohttp", None, "asyncio"),
        ("urllib3", "aiohttp", "asyncio; threads for blocking clients"),
    ],
)
def test_the_event_loop_is_named_where_a_client_has_one(client: str, baseline: str | None, said: str) -> None:
    plan = TracePlan(
        client, baseline, Scenario(concurrency=2), ("control",), rounds=1, blocks=1, cold_rounds=False, floor=False
    )
    recording = run_trace(plan, lambda *_: None).recording
    assert recording is not None
    assert dict(row[1:] for row in recording.manifest.workload)["event loop"] == said
