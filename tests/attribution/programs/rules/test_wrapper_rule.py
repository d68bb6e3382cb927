"""What a package around a client takes, and what its own figures hide."""

from array import array
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.phases import Mark
from clientprof.model.run import StepOwner
from programs_by_hand import BEGUN, MS, Made, Program
from recordings import code, sampled

CLIENT = code("httpx._client", "send")
REQUESTS, EACH_MS = 20, 20
WAIT = StepOwner.WAIT


def findings(package: str, share: float, cpu_us: int = 10) -> list[Finding]:
    """Findings of a program whose requests of 15 ms wait 10 ms for a connection, and spend that share of ``cpu_us`` in a
    package."""
    app, wrapper = code("app", "asks", "app", 7), code(f"{package}.instrumentation.httpx", "handle")
    made = [
        Made(at, at + 15, marks=((Mark.POOL_ENQUEUE, at + 1), (Mark.POOL_ACQUIRED, at + 11), (Mark.RELEASED, at + 15)))
        for at in range(0, REQUESTS * EACH_MS, EACH_MS)
    ]
    steps = [
        step
        for number, each in enumerate(made)
        for step in ((each.started, number), (each.started + 1, WAIT), (each.started + 11, number), (each.ended, WAIT))
    ]
    end = REQUESTS * EACH_MS
    recording = Program(made, steps=[*steps, (end, StepOwner.NOBODY)], end=end).recording()
    # Two samples of each request: one in the package, one in the client below it.
    rows = [
        (BEGUN + (each.started + 1 + place) * MS, int(cpu_us * 1_000 * (share, 1 - share)[place]), place)
        for each in made
        for place in (0, 1)
    ]
    codes, found = sampled([[app, CLIENT, wrapper], [app, wrapper, CLIENT]], rows)
    found["sample.exchange"] = array("q", [number for number in range(REQUESTS) for _ in (0, 1)])
    found["sample.route"] = array("q", [-1] * len(rows))
    (run,) = recording.runs
    facts = replace(run.facts, codes=codes, module_layers={"httpx": "api"})
    facts = replace(facts, program=replace(facts.program, sampled=True)) if facts.program else facts
    sampled_run = replace(run, columns={**run.columns, **found}, facts=facts)
    return [
        each
        for each in program_result(replace(recording, runs=(sampled_run,))).findings
        if each.id == "wrapper-has-a-price"
    ]


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_a_wrapper_is_told_with_its_share_and_opentelemetry_s_with_the_wait_that_its_spans_hide(share: float) -> None:
    (found,) = findings("opentelemetry", share)
    assert found.title == f"opentelemetry takes {percent(share)} of the CPU of the program's requests"
    assert any("waits 10.0 ms for a connection" in text for text in found.evidence)
    assert "begins before the wait for a connection" in found.mechanism


def test_another_wrapper_hides_nothing_that_is_known() -> None:
    (found,) = findings("somewrapper", 0.5, cpu_us=2_000)
    assert found.mechanism == ""
    assert not any("for a connection" in text for text in found.evidence)


def test_a_cheap_wrapper_is_no_finding() -> None:
    assert findings("opentelemetry", 0.05) == []


def test_much_of_little_cpu_is_no_finding_where_requests_wait_for_their_server() -> None:
    assert findings("somewrapper", 0.9, cpu_us=500) == []
