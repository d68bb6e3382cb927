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
from command import WAIT_S, refusal, results, start

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
