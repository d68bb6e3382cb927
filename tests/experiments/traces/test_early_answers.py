"""A trace tells what there is so far whenever that says more, and never measures meanwhile."""

from collections.abc import Sequence

import pytest

from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_run import run_trace
from clientprof.experiments.traces.trace_session import Session
from clientprof.model.recording import Recording
from clientprof.workload.load.scenario import Scenario


def told_after(plan: TracePlan) -> list[tuple[str, int]]:
    steps: Sequence[WorkerStep] = plan.steps
    return [(step.lens, step.block) for number, step in enumerate(steps) if plan.says_more(number)]


def test_each_whole_block_and_the_layers_are_news_and_the_layers_come_early() -> None:
    plan = TracePlan("httpx", "aiohttp", Scenario())
    assert told_after(plan) == [("control", 0), ("sample", 0), ("sample", 0), ("control", 1), ("control", 2)]


def test_of_short_blocks_the_first_tells_the_ratio_and_the_third_its_interval_and_then_come_the_layers() -> None:
    plan = TracePlan("httpx", "aiohttp", Scenario(), blocks=5, mirrored=False)
    news = [("control", 0), ("control", 2), ("sample", 0), ("sample", 0), ("control", 3), ("control", 4)]
    assert told_after(plan) == news


@pytest.mark.parametrize("lenses", [("control",), ("control", "ledger"), ("ledger", "count")])
def test_the_last_step_is_no_news_since_the_whole_answer_follows(lenses: tuple[str, ...]) -> None:
    plan = TracePlan("httpx", "aiohttp", Scenario(), lenses=lenses, blocks=1)
    assert told_after(plan) == ([("control", 0)] if len(lenses) == 2 and lenses[0] == "control" else [])


def test_what_is_told_is_an_incomplete_recording_of_all_runs_until_then() -> None:
    told: list[Recording] = []
    lenses = ("control", "sample", "count")
    plan = TracePlan("aiohttp", None, Scenario(4), lenses=lenses, rounds=1, blocks=1, floor=False)
    outcome = run_trace(plan, lambda *_: None, told.append)
    assert outcome.recording is not None
    assert [[run.facts.lens for run in recording.runs] for recording in told] == [
        ["control", "control"], ["control", "control", "sample"],
    ]  # fmt: skip
    assert not any(recording.manifest.complete for recording in told)
    assert outcome.recording.manifest.complete
    assert outcome.recording.runs[:3] == told[-1].runs


def test_blocks_that_are_not_needed_any_more_are_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "is_enough", lambda _, step: step.lens == "control" and step.block > 0)
    told: list[Recording] = []
    lenses = ("control", "ledger", "count")
    plan = TracePlan("aiohttp", None, Scenario(4), lenses=lenses, rounds=1, blocks=5, mirrored=False, floor=False)
    assert run_trace(plan, lambda *_: None, told.append).recording is not None
    assert [[run.facts.lens for run in recording.runs] for recording in told] == [["control"]]
