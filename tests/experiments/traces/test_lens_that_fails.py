"""A lens whose worker dies or hangs takes itself out of a trace, and nothing else."""

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from clientprof.attribution.trace_result import trace_result
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import Progress, run_compare
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_run import TraceOutcome, run_trace
from clientprof.model.results import TraceResult
from clientprof.workload import process
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


TIMEOUT_S = 60.0


def traced(lens: str, number: int, monkeypatch: pytest.MonkeyPatch) -> tuple[TraceOutcome, TraceResult]:
    """A trace of aiohttp, in which that lens's worker gets the signal once it has begun.

    Then, by the clock of whoever waits for it, its time is over at once: the others have all of theirs, on the slowest
    machine too.
    """
    passed_s: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(passed_s))
    monkeypatch.setattr(process, "time", clock)

    def watch(step: WorkerStep, done: int, of: int, event: Event | None) -> None:
        if step.lens == lens and event is not None and event["event"] == "measured":
            os.kill(min(workers()), number)  # they start in the order of their turns
            if number == signal.SIGSTOP:
                passed_s.append(TIMEOUT_S)

    plan = TracePlan(
        "aiohttp", None, Scenario(concurrency=4), LENSES, rounds=2, blocks=1, floor=False, worker_timeout_s=TIMEOUT_S
    )
    outcome = run_trace(plan, watch)
    assert outcome.recording is not None
    return outcome, trace_result(outcome.recording)


@pytest.mark.parametrize(
    ("number", "said"),
    [(signal.SIGKILL, "died with exit code -9"), (signal.SIGSTOP, f"did not end within {TIMEOUT_S:.0f} s")],
)
def test_a_lens_whose_worker_fails_is_left_out_and_the_rest_is_whole(
    number: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome, result = traced("ledger", number, monkeypatch)
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
