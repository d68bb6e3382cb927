"""``clientprof attach`` from outside: what it says, what it leaves, and a program that notices nothing."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from clientprof.experiments.programs.attaching.target import workers_of

PROGRAM = Path(__file__).resolve().parents[2] / "programs" / "polls.py"
LIVE = pytest.mark.skipif(sys.version_info < (3, 14), reason="older Pythons cannot be attached to")


def attach(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "clientprof", "attach", *words], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("0",), "'0' is no number of a process"),
        (("uvicorn",), "'uvicorn' is no number of a process"),
        (("4194304",), "there is no process 4194304"),
        (("1", "--for", "0"), "--for must be more than 0"),
        (("1", "--requests", "0"), "--requests must be at least 1"),
    ],
)
def test_wrong_use_is_one_sentence_and_code_2(words: tuple[str, ...], says: str) -> None:
    done = attach(*words)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


@LIVE
@pytest.mark.portable
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_program_is_measured_while_it_runs_and_is_as_before(loop: str, tmp_path: Path) -> None:
    if loop == "uvloop":
        pytest.importorskip("uvloop")
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), loop], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as program:  # fmt: skip
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        done = attach(str(program.pid), "--requests", "40", "--json", "--out", str(tmp_path))
        output, errors = program.communicate("\n", timeout=60)
    assert done.returncode == 0, done.stderr
    assert (output, errors, program.returncode) == ("as before\n", "", 0)
    whole = json.loads(done.stdout)
    assert whole["command"][:2] == ["clientprof", "attach"]
    summary = whole["program"]
    counts: Counter[tuple[str, str]] = Counter()
    for site in summary["call_sites"]:
        counts[site["client"], site["function"].rpartition(".")[2]] += site["requests"]
    assert set(counts) == {("httpx", "poll"), ("requests", "poll_in_thread")}
    assert min(counts.values()) > 0
    assert counts.total() == 40
    assert not [process["removed"] for process in summary["processes"] if process["removed"]]


@LIVE
def test_whoever_attaches_to_the_parent_of_workers_is_told_their_numbers(tmp_path: Path) -> None:
    code = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"])
while True:
    time.sleep(0.05)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "here\n"
        (child,) = workers_of(program.pid)
        done = attach(str(program.pid), "--for", "0.5", "--quiet", "--out", str(tmp_path))
        os.kill(child, signal.SIGKILL)
        program.kill()
    assert done.returncode == 0
    told = f"process {program.pid} made no request itself; attach to one of those that it started: {child}\n"
    assert told in done.stderr
