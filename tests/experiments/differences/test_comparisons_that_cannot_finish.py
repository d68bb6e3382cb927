"""``compare``, ``sweep`` and ``explain`` of a client that cannot finish: a result that says so, and no verdict."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from clientprof.attribution.comparison_result import comparison_result
from clientprof.attribution.explanation_result import explanation_of
from clientprof.attribution.sweep_result import growth_result
from clientprof.clients import CLIENTS
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import run_compare
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.failed_requests import failed_requests
from clientprof.experiments.growth.sweep_run import SweepPlan, by_n, could_not_finish, measured_whole, run_sweep
from clientprof.experiments.staircase.explain_plan import ExplainPlan
from clientprof.experiments.staircase.explain_run import run_explain
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.experiments.traces.trace_run import run_trace
from clientprof.model.differences.conditions import Outcome
from clientprof.model.recording import Recording
from clientprof.model.run import UNFINISHED, Run, UnfinishedRound
from clientprof.report.differences.comparison_wording import without_verdict_text
from clientprof.report.experiments.explanation_lines import explanation_lines
from clientprof.report.pages.comparison_page import render_comparison, render_growth
from clientprof.report.pages.explanation_page import explanation_page
from clientprof.report.terminal.comparison import print_comparison
from clientprof.workload.load.scenario import Scenario

N = 400
LATE = UnfinishedRound(answered=31, failed=0, of=N, seconds=6.0)
AIOHTTP, HTTPX = Subject("aiohttp", "aiohttp"), Subject("httpx", "httpx")
CLIENTS_IN_ORDER = ("httpx", "aiohttp")


@pytest.fixture(scope="module")
def measured() -> Recording:
    """Both clients, eight at once, all answered."""
    lenses = ("control", "sample", "count")
    plan = TracePlan(
        "httpx", "aiohttp", Scenario(8), lenses, blocks=1, mirrored=False, cold_rounds=False, floor=False,
        cpu_s={"control": 0.05, "sample": 0.1},
    )  # fmt: skip
    outcome = run_trace(plan, lambda step, done, of, event: None)
    assert outcome.recording is not None
    return outcome.recording


def late(run: Run) -> Run:
    """The run as it is written where the last request was broken off, with 400 at once."""
    errors = [*run.column("exchange.error")]
    errors[-1] = 1
    facts = replace(run.facts, unfinished=LATE, concurrency=N, requests_per_round=N, error_types=(UNFINISHED,))
    return Run(facts, {**run.columns, "exchange.error": errors})


def with_late(recording: Recording, clients: Sequence[str]) -> Recording:
    """The recording with these clients late, and all asked for as many requests."""
    asked = (Run(replace(run.facts, requests_per_round=N, concurrency=N), run.columns) for run in recording.runs)
    runs = (late(run) if run.facts.client in clients else run for run in asked)
    return Recording(recording.manifest, tuple(runs))


def test_what_was_broken_off_has_not_failed(measured: Recording) -> None:
    assert failed_requests([late(run) for run in measured.runs]) is None


@pytest.mark.parametrize("clients", [("httpx",), CLIENTS_IN_ORDER], ids=["candidate", "both"])
def test_a_comparison_says_how_far_each_came_and_gives_no_verdict(
    measured: Recording, clients: tuple[str, ...]
) -> None:
    plan = ComparePlan((AIOHTTP, HTTPX), "aiohttp", Scenario(N), conditions=("cpu_us_per_request > 2 x baseline",))
    outcome = run_compare(plan, lambda progress: None, earlier=with_late(measured, clients))
    assert outcome.failure is None
    assert outcome.recording is not None
    assert outcome.recording.manifest.complete
    result = comparison_result(outcome.recording)
    assert result.pairs == ()
    assert [row.failed for row in result.arms] == [0, 0]
    assert {client.name for client in result.measured.clients if client.unfinished} == set(clients)
    assert [row.outcome for row in result.conditions] == [Outcome.UNDECIDED]
    assert "httpx answered 31 of 400 requests in 6 s" in (without_verdict_text(result) or "")
    assert "No verdict" in render_comparison(result)
    shown = StringIO()
    print_comparison(result, Console(file=shown, width=100))
    arms = [line for line in shown.getvalue().splitlines() if line.lstrip().startswith(("aiohttp 3", "httpx 0"))]
    # CPU and wall time of the late are of what was done until then.
    assert {line.split()[0]: line.count("≥") for line in arms} == {
        name: 2 if name in clients else 0 for name in CLIENTS_IN_ORDER
    }


def test_an_explanation_shows_what_is_predicted_and_why_nothing_was_measured(measured: Recording) -> None:
    plan = ExplainPlan(ClientSpec.parse("httpx", CLIENTS), ClientSpec.parse("aiohttp", CLIENTS), Scenario(N))
    outcome = run_explain(plan, lambda progress: None, lambda text: None, with_late(measured, ("httpx",)))
    assert outcome.failure is None
    assert outcome.recording is not None
    assert outcome.recording.manifest.complete
    explanation = explanation_of(outcome.recording)
    assert explanation.staircase is None
    assert explanation.experiments
    assert all("31 of 400 requests" in row.reason for row in explanation.experiments)
    assert any("Predicted to save" in step.text for step in explanation_lines(explanation).steps)
    assert "was stopped then" in explanation_page(explanation)


def test_a_client_late_at_one_n_is_not_measured_at_a_larger_one_nor_part_of_its_slope(measured: Recording) -> None:
    runs = [run for run in measured.runs if run.facts.lens != "count" and run.facts.client == "aiohttp"]
    earlier = Recording(replace(measured.manifest, clients=("aiohttp",), baseline=None), (*runs, *map(late, runs)))
    plan = SweepPlan((AIOHTTP,), Scenario(8), (8, N, 2 * N))
    outcome = run_sweep(plan, lambda doing, done, of: None, earlier=earlier)
    assert outcome.failure is None
    assert outcome.recording is not None
    assert outcome.recording.runs == earlier.runs
    assert could_not_finish(outcome.recording.runs) == {"aiohttp": N}
    result = growth_result(by_n(outcome.recording))
    assert [[point.n for point in series.points] for series in result.totals] == [[8]]
    said = render_growth(result)
    assert f"At n = {N}: aiohttp answered 31 of 400 requests in 6 s" in said
    assert f"aiohttp was not measured at n = {2 * N}" in said


def test_of_a_late_client_nothing_is_measured_again_when_the_sweep_is_gone_on_with(measured: Recording) -> None:
    runs = tuple(map(late, (run for run in measured.runs if run.facts.lens != "count")))
    assert (
        measured_whole(Recording(measured.manifest, runs), SweepPlan((AIOHTTP, HTTPX), Scenario(8), (N,))).runs == runs
    )


def test_a_larger_n_without_any_client_is_no_plan() -> None:
    plan = SweepPlan((AIOHTTP, HTTPX), Scenario(8), (4, 8))
    assert plan.at(8, {"aiohttp"}).clients == ("httpx",)
    with pytest.raises(ValueError, match="no client"):
        plan.at(8, {"aiohttp", "httpx"})


@pytest.mark.slow
def test_a_real_sweep_goes_on_past_a_client_that_cannot_finish() -> None:
    # One connection and 0.1 s an answer: 400 requests take 40 s, and there are 10.
    load = Scenario(concurrency=N, limit=1, delay_ms=100.0)
    outcome = run_sweep(SweepPlan((AIOHTTP,), load, (4, N, 2 * N), worker_timeout_s=10.0), lambda doing, done, of: None)
    assert outcome.failure is None
    assert outcome.recording is not None
    assert outcome.recording.manifest.complete
    assert could_not_finish(outcome.recording.runs) == {"aiohttp": N}
    assert sorted(by_n(outcome.recording)) == [4, N]
