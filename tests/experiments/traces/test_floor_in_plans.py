"""The floor runs once a block beside the clients, where it can carry the load and nobody else's server pays for it."""

from pathlib import Path

import pytest

from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.model.run import FLOOR
from clientprof.workload.load.scenario import Loop, Scenario, Upload


def floors(plan: TracePlan) -> list[tuple[str, int]]:
    return [(step.lens, step.block) for step in plan.steps if step.client == FLOOR]


@pytest.mark.parametrize("baseline", ["aiohttp", "httpx", None])
def test_the_floor_runs_once_a_block_between_an_order_and_its_mirror_image(baseline: str | None) -> None:
    plan = TracePlan("httpx", baseline, Scenario())
    assert floors(plan) == [("control", 0), ("control", 1), ("control", 2)]
    for block in range(3):
        arms = [step.arm for step in plan.steps if step.lens == "control" and step.block == block]
        assert arms == arms[::-1]
        assert arms[len(arms) // 2] == FLOOR
    assert FLOOR not in plan.clients
    assert not any(step.cold for step in plan.steps if step.client == FLOOR)


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(tls=True, http2=True),
        Scenario(keepalive=3),
        Scenario(streamed=True),
        Scenario(jar=2),
        Scenario(upload_bytes=100, upload=Upload.MULTIPART),
        Scenario(loop=Loop.TRIO),
    ],
)
def test_it_does_not_run_under_a_load_that_it_cannot_carry(scenario: Scenario) -> None:
    assert floors(TracePlan("httpx", "aiohttp", scenario)) == []


def test_it_sends_nothing_to_another_server() -> None:
    plan = TracePlan("httpx", "aiohttp", Scenario(), url="http://127.0.0.1:1/", ca_file=Path("x"))
    assert floors(plan) == []


def test_it_runs_without_control_lens_in_no_trace() -> None:
    assert floors(TracePlan("httpx", "aiohttp", Scenario(), lenses=("ledger", "sample"))) == []


@pytest.mark.parametrize(("client", "baseline"), [(FLOOR, "aiohttp"), ("httpx", FLOOR), (FLOOR, None)])
def test_asked_about_it_is_a_client_like_others(client: str, baseline: str | None) -> None:
    plan = TracePlan(client, baseline, Scenario())
    assert FLOOR in plan.clients
    assert {step.lens for step in plan.steps if step.client == FLOOR} > {"control", "ledger"}


def test_it_runs_in_the_interpreter_of_the_client_asked_about() -> None:
    subjects = (Subject("httpx==0.27.2", "httpx", "/there/python"), Subject("aiohttp", "aiohttp"))
    plan = TracePlan("httpx==0.27.2", "aiohttp", Scenario(), subjects=subjects)
    assert plan.subject(FLOOR) == Subject(FLOOR, FLOOR, "/there/python")
    assert plan.subject("aiohttp").python is None
