"""A trace that is cut short keeps what it has measured, says so in one line, and leaves no process and no half file.

What was measured: at least a block, because the workers of the second block had started when the cut came.
"""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from command import Ran, Running, results, start

# Many workers, each short enough to wait for the second block, and long enough that it runs when the cut comes.
LONG = ("trace", "-n", "8", "--blocks", "8", "--rounds", "64", "--delay", "20")
# Those of a block start together: httpx, aiohttp twice, and in the second one the floor.
SECOND_BLOCK = 5


def kept(out: Path, ran: Ran) -> dict[str, Any]:
    """The summary of what was measured, which must be marked incomplete."""
    assert "Traceback" not in ran.err
    summary: dict[str, Any] = json.loads((results(out) / "summary.json").read_text())
    assert summary["complete"] is False
    assert "incomplete" in [warning["id"] for warning in summary["warnings"]]
    assert sum(client["control"]["ok"] for client in summary["clients"]) >= 8
    return summary


def begun(out: Path, *arguments: str, workers: int = SECOND_BLOCK) -> tuple[Running, int]:
    """A long trace whose n-th worker has started, and the id of the first that runs then, which is not the floor."""
    running = start((*LONG, "--out", str(out), *arguments))
    running.workers_seen(workers)
    return running, min(running.members("clientprof.workload.worker"))


def test_ctrl_c_keeps_what_was_measured(tmp_path: Path) -> None:
    running, _ = begun(tmp_path)
    os.killpg(running.process.pid, signal.SIGINT)
    ran = running.end()
    assert ran.code == 130
    assert ran.err.splitlines()[-1] == (
        "clientprof: interrupted; what was measured until then is kept and marked incomplete"
    )
    kept(tmp_path, ran)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("to_group", [False, True], ids=["to-the-command", "to-its-group-too"])
def test_sigterm_and_sighup_keep_what_was_measured_as_ctrl_c_does(
    number: signal.Signals, to_group: bool, tmp_path: Path
) -> None:
    running, _ = begun(tmp_path)
    os.kill(running.process.pid, number)
    if to_group:  # as `timeout` does
        os.killpg(running.process.pid, number)
    ran = running.end()
    assert ran.code == 128 + number
    assert ran.err.splitlines()[-1] == (
        "clientprof: interrupted; what was measured until then is kept and marked incomplete"
    )
    kept(tmp_path, ran)


def test_ctrl_c_with_json_still_prints_only_json(tmp_path: Path) -> None:
    running, _ = begun(tmp_path, "--json")
    os.killpg(running.process.pid, signal.SIGINT)
    ran = running.end()
    assert ran.code == 130
    assert json.loads(ran.out) == kept(tmp_path, ran)


def test_ctrl_c_before_anything_was_measured_leaves_nothing(tmp_path: Path) -> None:
    running, _ = begun(tmp_path, workers=1)
    os.killpg(running.process.pid, signal.SIGINT)
    ran = running.end()
    assert ran.code == 130
    assert ran.err.splitlines()[-1] == "clientprof: interrupted before anything was measured"
    assert list(tmp_path.iterdir()) == []


def test_an_origin_that_dies_is_named_and_the_runs_before_are_kept(tmp_path: Path) -> None:
    running, _ = begun(tmp_path)
    # Where there are two cores, a second one waits for the counts.
    for origin in running.members("clientprof.origin.server"):
        os.kill(origin, signal.SIGKILL)
    ran = running.end()
    assert ran.code == 1
    assert "the origin" in ran.err.splitlines()[-1]
    summary = kept(tmp_path, ran)
    (failed,) = [warning for warning in summary["warnings"] if warning["id"] == "worker-failed"]
    assert "the origin" in failed["text"]


def test_a_worker_that_crashes_is_named_and_the_runs_before_are_kept(tmp_path: Path) -> None:
    running, worker = begun(tmp_path)
    os.kill(worker, signal.SIGKILL)
    ran = running.end()
    assert ran.code == 1
    assert "under the control lens died with exit code -9" in ran.err.splitlines()[-1]
    kept(tmp_path, ran)


def test_a_worker_that_hangs_is_stopped_at_the_timeout_and_the_runs_before_are_kept(tmp_path: Path) -> None:
    running, worker = begun(tmp_path, "--timeout", "4")
    os.kill(worker, signal.SIGSTOP)
    ran = running.end()
    assert ran.code == 1
    assert "did not end within 4 s and was stopped" in ran.err.splitlines()[-1]
    kept(tmp_path, ran)


@pytest.mark.parametrize("moment", [1, SECOND_BLOCK])
def test_a_second_ctrl_c_leaves_nothing_half_written(moment: int, tmp_path: Path) -> None:
    running, _ = begun(tmp_path, workers=moment)
    for _ in range(2):
        os.killpg(running.process.pid, signal.SIGINT)
    ran = running.end()
    assert ran.code == 130
    assert "Traceback" not in ran.err
    if any(tmp_path.iterdir()):
        results(tmp_path)
