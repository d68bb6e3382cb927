"""A lens whose worker dies or hangs takes itself out of a trace, and nothing else."""

import os
import signal
from pathlib import Path

import pytest

from clientprof.attribution.trace_result import trace_result
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_run import TraceOutcome, run_trace
from clientprof.model.results import TraceResult
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.process import Event

LENSES = ("control", "ledger", "sample", "count")


def worker() -> int:
    """The worker process that this one has started and that runs now."""
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        try:
            stat, command = (folder / "stat").read_text(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat.rsplit(")", 1)[1].split()[1]) == os.getpid() and b"clientprof.workload.worker" in command:
            found.append(int(folder.name))
    (one,) = found
    return one


def traced(lens: str, number: int, timeout_s: float) -> tuple[TraceOutcome, TraceResult]:
    """A trace of aiohttp, in which that lens's worker gets the signal once it has begun."""

    def watch(step: WorkerStep, done: int, of: int, event: Event | None) -> None:
        if step.lens == lens and event is not None and event["event"] == "measured":
            os.kill(worker(), number)

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
