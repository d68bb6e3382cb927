"""What an intervention changes leaves the requests as they are: all answered, the same bodies, no connection more."""

import functools
from dataclasses import replace

import pytest

from clientprof.experiments.differences.control_arms import control_arm
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.failed_requests import failed_requests
from clientprof.experiments.suspects import SUSPECTS
from clientprof.experiments.suspects.suspect import Intervention
from clientprof.model.run import RoundKind, Run
from clientprof.origin.process import Journal, OriginProcess
from clientprof.workload.load.scenario import Encoding, Scenario
from clientprof.workload.process import Event, run_worker
from made_cases import case, client

# Those that change where or how much is asked, and nothing in the process, are no patches.
_ELSEWHERE = ("asyncio-loop", "compressed-bodies", "more-processes", "newer-python")
PATCHES = [
    name
    for name, suspect in SUSPECTS.items()
    if suspect.adapters == {"aiohttp"} or (not suspect.adapters and name not in _ELSEWHERE)
]


def ran(
    origin: OriginProcess, intervention: Intervention, scenario: Scenario, adapter: str = "aiohttp"
) -> tuple[Run, int]:
    """The run, and how many connections the origin accepted in its warm rounds."""
    journals: dict[str, Journal] = {}

    def on_event(event: Event) -> None:
        if event["event"] in ("measured", "end"):
            journals[str(event["event"])] = origin.journal()

    load = replace(scenario, **intervention.scenario)
    arm = control_arm(
        Subject(adapter, adapter), load, origin.ready,
        name=adapter, core=None, block=0, seed=1, timeout_s=60.0, changes=intervention.changes,
    )  # fmt: skip
    settings = replace(arm.settings, rounds=3, max_rounds=3)
    run = run_worker(settings, on_event, timeout_s=60.0, environment=intervention.variables)
    return run, journals["end"].since(journals["measured"]).accepts


@functools.cache
def unchanged(origin: OriginProcess, scenario: Scenario) -> Run:
    """The client as it is, under each load once."""
    return ran(origin, Intervention(), scenario)[0]


def bodies(run: Run) -> tuple[tuple[str, ...], list[int]]:
    return run.facts.body_sha256, list(run.column("exchange.body_bytes"))


@pytest.mark.parametrize("name", PATCHES)
def test_a_patched_client_answers_the_same(name: str, origin: OriginProcess) -> None:
    scenario = Scenario(24, limit=16)
    intervention = SUSPECTS[name].intervention(case(client(), scenario=scenario))
    run, accepts = ran(origin, intervention, scenario)
    assert failed_requests([run]) is None
    assert list(run.column("round.kind")).count(RoundKind.MEASURED) == 3
    assert accepts == 0
    assert bodies(run) == bodies(unchanged(origin, scenario))


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(8, upload_bytes=2048),
        Scenario(8, redirects=2),
        Scenario(8, jar=3, cookies=2),
        Scenario(8, streamed=True, chunks=4),
        Scenario(8, encoding=Encoding.GZIP),
    ],
    ids=["upload", "redirects", "cookies", "streamed", "gzip"],
)
def test_all_patches_of_aiohttp_together_answer_the_same_under_loads_they_are_not_made_for(
    scenario: Scenario, origin: OriginProcess
) -> None:
    made = case(client(), scenario=scenario)
    changes = [change for name in PATCHES for change in SUSPECTS[name].intervention(made).changes]
    run, accepts = ran(origin, Intervention(changes=tuple(changes)), scenario)
    assert failed_requests([run]) is None
    assert accepts == 0
    assert bodies(run) == bodies(unchanged(origin, scenario))


def test_a_shared_tls_context_serves_a_new_client_for_every_request(tls_origin: OriginProcess) -> None:
    scenario = Scenario(4, tls=True, client_each=True)
    intervention = SUSPECTS["ssl-context-not-shared"].intervention(case(client(), scenario=scenario))
    run, accepts = ran(tls_origin, intervention, scenario, "httpx")
    assert failed_requests([run]) is None
    assert accepts == 12
