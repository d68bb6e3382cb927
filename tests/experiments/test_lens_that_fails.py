"""A lens whose worker dies or hangs takes itself out of a trace, and nothing else."""

import os
import signal
from pathlib import Path

import pytest

from clientprof.attribution.trace_result import trace_result
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import Progress, run_compare
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_run import TraceOutcome, run_trace
from clientprof.model.results import TraceResult
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.process import Event

LENSES = ("control", "ledger", "sample", "count")


def workers() -> list[int]:
    """The worker processes that this one has started and that run now."""
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        try:
            stat, command = (folder / "stat").read_text(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat.rsplit(")", 1)[1].split()[1]) == os.getpid() and b"clientprof.workload.worker" in command:
            found.append(int(folder.name))
    return found


def traced(lens: str, number: int, timeout_s: float) -> tuple[TraceOutcome, TraceResult]:
    """A trace of aiohttp, in which that lens's worker gets the signal once it has begun."""

    def watch(step: WorkerStep, done: int, of: int, event: Event | None) -> None:
        if step.lens == lens and event is not None and event["event"] == "measured":
            os.kill(*workers(), number)

    plan = TracePlan(
        "aiohttp", None, Scenario(concurrency=4), LENSES, rounds=2, blocks=1, floor=False, worker_timeout_s=timeout_s
    )
    outcome = run_trace(plan, watch)
    assert outcome.recording is not None
    return outcome, trace_result(outcome.recording)


@pytest.mark.parametrize(
    ("number", "timeout_s", "said"),
    [(signal.SIGKILL, 60.0, "died with exit code -9"), (signal.SIGSTOP, 5.0, "did not end within 5 s")],
)
def test_a_lens_whose_worker_fails_is_left_out_and_the_rest_is_whole(number: int, timeout_s: float, said: str) -> None:
    outcome, result = traced("ledger", number, timeout_s)
    assert outcome.failure is not None
    assert f"aiohttp under the ledger lens {said}" in outcome.failure
    assert result.complete
    (failed,) = [notice for notice in result.notices if notice.id == "lens-failed"]
    assert said in failed.text
    (client,) = result.clients
    assert client.ledger is None
    assert client.control is not None
    assert client.control.ok == 8
    assert {"sample", "count"} <= set(client.observer)
    assert client.counters


def test_a_comparison_whose_sampler_fails_learns_from_the_counters_what_it_compares() -> None:
    killed: list[int] = []

    def watch(progress: Progress) -> None:
        if progress.doing == "sample lens: aiohttp" and not killed and workers():
            killed.extend(workers())
            os.kill(killed[0], signal.SIGKILL)

    subjects = (Subject("aiohttp", "aiohttp"), Subject("httpx", "httpx"))
    plan = ComparePlan(subjects, "aiohttp", Scenario(concurrency=4), blocks=1, quick=True, forced=True)
    outcome = run_compare(plan, watch)
    assert killed
    assert outcome.failure is None
    assert outcome.recording is not None
    assert [notice[0] for notice in outcome.recording.manifest.notices].count("lens-failed") == 1
    assert {run.facts.lens for run in outcome.recording.runs} == {"count", "control"}
