"""``--cluster``: a real scheduler of Dask and two workers; one of them is lost in the middle, and nothing of the result."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clientprof.recording.recording_file import read_recording
from command import WAIT_S, refusal, results, run, start

DASK = [sys.executable, "-W", "ignore", "-m", "dask"]
SLOT = ("--resources", "clientprof=1")
BLOCKS = 4
MATRIX = ("matrix", "aiohttp", "floor", "--scenario", "c4/1k", "--quick", "--blocks", str(BLOCKS))


@contextmanager
def process(*arguments: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A part of the cluster, ended at the end."""
    command = [*DASK, *arguments, "--no-dashboard"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet) as running:
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()


@contextmanager
def worker(address: str, folder: Path, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    with process("worker", address, "--no-nanny", "--nthreads", "1", *options, folder=folder) as running:
        yield running


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """A scheduler that listens; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with process("scheduler", "--host", "127.0.0.1", "--port", str(port), folder=folder) as running:
        limit_s = time.monotonic() + WAIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert running.poll() is None
                assert time.monotonic() < limit_s
                time.sleep(0.1)
        yield f"tcp://127.0.0.1:{port}"


@pytest.mark.slow
def test_a_lost_workers_block_is_measured_again_elsewhere_and_the_result_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with scheduler(tmp_path) as address, worker(address, tmp_path, "--name", "without") as useless:
        assert "none of the 1 workers" in refusal(*MATRIX, "--cluster", address, "--out", str(out), code=1)
        useless.terminate()
        with worker(address, tmp_path, *SLOT), worker(address, tmp_path, *SLOT) as lost:
            running = start((*MATRIX, "--cluster", address, "--out", str(out)))
            assert running.process.stderr is not None
            # The other block is under way then, and the next one is given out at once.
            for line in running.process.stderr:
                if "block 1 done" in line:
                    break
            lost.send_signal(signal.SIGKILL)
            ran = running.end()
    assert ran.code == 0, ran
    folder = results(out)
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["complete"] is True
    assert summary["matrix"]["blocks"] == BLOCKS
    assert sum(host["blocks"] for host in summary["matrix"]["hosts"]) == BLOCKS
    runs = read_recording(folder / "recording.clientprof").runs
    # Every block has every arm once, and all of them from one host.
    for number in range(BLOCKS):
        facts = [run.facts for run in runs if run.facts.block == number]
        assert sorted(fact.arm for fact in facts) == ["aiohttp c4-1k", "aiohttp c4-1k again", "floor c4-1k"]
        assert len({fact.host for fact in facts}) == 1


@pytest.mark.slow
def test_a_sweep_has_every_n_of_a_block_from_one_host_and_goes_on_where_it_was_cut_short(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    sweep = ("sweep", "--client", "aiohttp", "-n", "4,8", "--blocks", "2", "--out", str(out))
    with scheduler(tmp_path) as address, worker(address, tmp_path, *SLOT), worker(address, tmp_path, *SLOT):
        running = start((*sweep, "--cluster", address))
        assert running.process.stderr is not None
        for line in running.process.stderr:
            if "run 2 of 2" in line:
                break
        running.process.send_signal(signal.SIGTERM)  # Ctrl-C is the next but one test's
        ran = running.end()
        assert ran.code == 143, ran
        folder = results(out)
        assert len({each.facts.block for each in read_recording(folder / "recording.clientprof").runs}) == 1
        assert "measured with --cluster, not on this machine" in refusal(*sweep, "--resume", str(folder))
        # What was under way when it was cut short ends first.
        ran = run(*sweep, "--cluster", address, "--resume", str(folder), wait_s=2 * WAIT_S)
        assert ran.code == 0, ran
    recording = read_recording(folder / "recording.clientprof")
    assert recording.manifest.complete is True
    for block in range(2):
        facts = [each.facts for each in recording.runs if each.facts.block == block]
        assert sorted((fact.concurrency, fact.lens) for fact in facts) == [
            (n, lens) for n in (4, 8) for lens in ("control", "control", "sample")
        ]
        assert len({fact.host for fact in facts}) == 1
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["growth"]["n"] == [4, 8]
    assert "hosts" in summary["environment"]


@pytest.mark.slow
def test_a_lost_workers_explanation_is_begun_again_elsewhere(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    explain = ("explain", "--client", "aiohttp", "--against", "floor", "-n", "8", "--max-time", "20")
    with scheduler(tmp_path) as address, worker(address, tmp_path, *SLOT) as lost:
        mine = tmp_path / "mine.py"
        mine.write_text("def dumps(value):\n    return ''\n")
        said = refusal(*explain, "--patch", f"json:dumps={mine}:dumps", "--cluster", address)
        assert "--patch is a file of this machine" in said
        running = start((*explain, "--cluster", address, "--out", str(out)))
        assert running.process.stderr is not None
        for line in running.process.stderr:
            if "all of it runs on one worker" in line:
                break
        time.sleep(5)  # it is under way
        with worker(address, tmp_path, *SLOT):
            lost.send_signal(signal.SIGKILL)
            ran = running.end(3 * WAIT_S)
    assert ran.code == 0, ran
    folder = results(out, "explanation.md")
    recording = read_recording(folder / "recording.clientprof")
    assert recording.manifest.complete is True
    assert len({each.facts.host for each in recording.runs}) == 1
    assert "hosts" in json.loads((folder / "summary.json").read_text())["environment"]


@pytest.mark.slow
def test_an_interrupted_explanation_tells_its_steps_and_comes_back_as_far_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    explain = ("explain", "--client", "aiohttp", "--against", "floor", "-n", "8", "--max-time", "60")
    with scheduler(tmp_path) as address, worker(address, tmp_path, *SLOT):
        running = start((*explain, "--cluster", address, "--out", str(out)))
        assert running.process.stderr is not None
        told = []
        for line in running.process.stderr:
            told.append(line)
            if "behave as before" in line:
                running.process.send_signal(signal.SIGINT)
                break
        ran = running.end(3 * WAIT_S)
    assert ran.code == 130, ran
    assert any("looking for evidence" in line for line in told)
    assert "the worker ends when its step is done" in ran.err
    recording = read_recording(results(out, "explanation.md") / "recording.clientprof")
    assert recording.manifest.complete is False
    assert recording.runs


@pytest.mark.slow
def test_a_search_goes_on_where_a_worker_is_lost(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    bisect = ("bisect", "--client", "httpx2", "--good", "2.2.0", "--bad", "2.3.0", "-n", "32", "--limit", "32")
    bisect = (*bisect, "--blocks", "3")
    with scheduler(tmp_path) as address, worker(address, tmp_path, *SLOT), worker(address, tmp_path, *SLOT) as lost:
        assert "--repo names a folder" in refusal(*bisect, "--repo", str(tmp_path), "--cluster", address)
        running = start((*bisect, "--cluster", address, "--out", str(out)))
        assert running.process.stderr is not None
        for line in running.process.stderr:
            if "block 1 done" in line:
                break
        lost.send_signal(signal.SIGKILL)
        ran = running.end(4 * WAIT_S)
    assert ran.code == 0, ran
    assert "httpx2 became cheaper from 2.2.0 to 2.3.0" in ran.err
    recording = read_recording(results(out) / "recording.clientprof")
    control = [each.facts for each in recording.runs if each.facts.lens == "control"]
    for number in {fact.block for fact in control}:
        assert len({fact.host for fact in control if fact.block == number}) == 1
