"""The scenario ``llm``: its loads do what its story says, and its remarks say what its table says."""

import json
import math

import pytest

from clientprof.experiments.scenarios import ScenarioRequest
from clientprof.experiments.scenarios.llm import DEFAULT, IDLE_20, IDLE_200, QUOTA, SCENARIO
from clientprof.workload.load.scenario import Scenario

HTTPX_POOL_TIMEOUT_S = 5.0
HTTPX_KEEPALIVE = 20


def answer_s(load: Scenario) -> float:
    return (load.chunks - 1) * load.gap_ms / 1000


def test_an_answer_takes_a_second_and_two_hundred_are_asked_for_at_once() -> None:
    for part in SCENARIO.parts:
        assert part.load.concurrency == 200
        assert answer_s(part.load) == pytest.approx(1.0, abs=0.01)


def test_the_last_in_line_under_the_quota_wait_longer_than_the_pool_timeout() -> None:
    assert QUOTA.limit is not None
    turns_before_the_last = math.ceil(QUOTA.concurrency / QUOTA.limit) - 1
    assert turns_before_the_last * answer_s(QUOTA) > HTTPX_POOL_TIMEOUT_S
    # A connection that is kept wakes all who wait, and each waits its 5 s anew: none would ever fail.
    assert QUOTA.keepalive == HTTPX_KEEPALIVE < QUOTA.limit


def test_the_parts_with_raised_limits_differ_in_idle_connections_alone() -> None:
    loads = {part.name: part.load for part in SCENARIO.parts}
    assert loads[IDLE_20].limit == loads[IDLE_200].limit == DEFAULT.concurrency
    assert (loads[IDLE_20].keepalive, loads[IDLE_200].keepalive) == (HTTPX_KEEPALIVE, None)


@pytest.mark.slow
def test_a_quick_run_shows_pool_timeouts_and_remarks_on_the_figures_of_its_table() -> None:
    outcome = SCENARIO.run(ScenarioRequest(quick=True), lambda *_: None)
    assert outcome.failure is None
    assert outcome.recording is not None
    summary = json.loads(json.dumps(SCENARIO.present(outcome.recording).summary))
    controls = {row["name"]: row["control"] for row in summary["clients"]}
    timeouts = controls["httpx, limit 25"]["errors"]["PoolTimeout"]
    assert timeouts > 0

    costs = [controls[name]["cpu_us_per_request"]["value"] / 1000 for name in (IDLE_20, IDLE_200)]
    failures, opened, keeping = summary["scenario"]["remarks"]
    assert "Connections opened per 1000 requests" in opened
    assert all(f"{name}: " in opened for name in (IDLE_20, IDLE_200))
    assert failures == f"httpx, limit 25: {timeouts} PoolTimeout in 200 requests"
    assert all(f"takes {cost:.1f} ms" in keeping for cost in costs)
