"""A service under ``clientprof run`` and under load: started, asked, ended as one ends a service, and read."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult
from clientprof.recording.recording_file import read_recording
from measured import PROGRAMS

WRK = shutil.which("wrk")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def served(
    folder: Path, upstream: str, paths: Sequence[str], *options: str, connections: int = 64, seconds: int = 3
) -> ProgramResult:
    """What ``clientprof run -m uvicorn service:app`` found while ``wrk`` asked for each path in turn.

    Raises:
        TimeoutError: the service does not answer.
    """
    port = free_port()
    server = ["-m", "uvicorn", "service:app", "--port", str(port), "--log-level", "warning", *options]
    return served_by(server, port, folder, upstream, paths, connections=connections, seconds=seconds)


def served_by(
    server: Sequence[str],
    port: int,
    folder: Path,
    upstream: str,
    paths: Sequence[str],
    *,
    connections: int,
    seconds: int,
) -> ProgramResult:
    """The same of a ``server`` of the service as ``clientprof run`` is given it, which listens on ``port``.

    Raises:
        TimeoutError: the service does not answer.
    """
    assert WRK is not None
    command = [
        sys.executable, "-m", "clientprof", "run", "--python", sys.executable, "--quiet", "--out", str(folder), *server
    ]  # fmt: skip
    environment = {**os.environ, "UPSTREAM": upstream}
    base = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=PROGRAMS, env=environment, stderr=subprocess.PIPE) as running:
        try:
            _wait_for(f"{base}/ping")
            for path in paths:
                load = [WRK, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", base + path]
                subprocess.run(load, capture_output=True, timeout=60, check=True)
            time.sleep(0.5)  # what the load left open is answered
        finally:
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    (file,) = folder.glob("*/recording.clientprof")
    return program_result(read_recording(file))


def _wait_for(url: str) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError(url)
