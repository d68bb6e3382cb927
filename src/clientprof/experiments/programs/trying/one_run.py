"""One run of the program, with or without a change: it ends by itself, or its load command drives it and it is ended."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clientprof.experiments.programs.measurement import BOOT
from clientprof.experiments.programs.trying.listening import address_in, listens
from clientprof.experiments.programs.trying.seen import Seen, read_seen
from clientprof.workload.programs.trying.orders import Order, write_orders
from clientprof.workload.programs.trying.start import LINES

_POLL_S = 0.02
_STOP_S = 5.0
_LISTEN_S = 60.0
# Of a program that ends by itself, and of a load command.
LONGEST_S = 120.0


class RunError(Exception):
    """The run is worth nothing. The message says why, and reads on after the program's or the suspect's name."""


@dataclass(frozen=True, slots=True)
class Program:
    """``words`` start it. ``load`` is the command that drives it, None where it ends by itself."""

    words: tuple[str, ...]
    load: tuple[str, ...] | None = None
    longest_s: float = LONGEST_S


@dataclass(frozen=True, slots=True)
class OneRun:
    """``exit_code`` is None where the program was ended from here."""

    seen: Seen
    exit_code: int | None
    last_line: str
    seconds: float


def run_once(program: Program, orders: Sequence[Order] = (), overlays: Sequence[str] = ()) -> OneRun:
    """Run it to its end.

    Raises:
        RunError: it could not be started, crashed before its load, took too long, or its load command failed.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="clientprof-try-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_orders(folder, orders, os.pathsep.join(overlays))
        log = folder / "output"
        with log.open("wb") as output:
            process = _start(program, folder, output)
            try:
                if program.load is None:
                    code: int | None = _ended(process, program.longest_s)
                    seen = read_seen(folder)
                else:
                    _wait_until_it_listens(process, folder, program.load, log)
                    _drive(program.load, program.longest_s)
                    seen, code = read_seen(folder), None
                    if process.poll() is not None:
                        raise RunError(f"ended under its load with exit code {process.returncode}: {last_line(log)}")
            finally:
                _stop(process)
        return OneRun(seen, code, last_line(log), time.monotonic() - started)


def _start(program: Program, folder: Path, output: IO[bytes]) -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(filter(None, (str(BOOT), os.environ.get("PYTHONPATH", ""))))
    try:
        return subprocess.Popen(
            program.words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env={**os.environ, "CLIENTPROF_RUN": str(folder), "PYTHONPATH": path},
            # Ctrl-C is ours: the run under way is ended, what was measured is kept.
            process_group=None if sys.platform == "win32" else 0,
        )  # fmt: skip
    except OSError as error:
        raise RunError(f"cannot be started: {error.strerror or error}") from None


def _ended(process: "subprocess.Popen[bytes]", longest_s: float) -> int:
    try:
        return process.wait(longest_s)
    except subprocess.TimeoutExpired:
        raise RunError(
            f"still ran after {longest_s:g} s. A program that does not end by itself needs --load COMMAND, which drives it; "
            "--for allows another time"
        ) from None


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", folder: Path, load: Sequence[str], log: Path) -> None:
    until, address = time.monotonic() + _LISTEN_S, address_in(load)
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RunError(f"ended with exit code {process.returncode} before it listened: {last_line(log)}")
        pids = {process.pid, *(int(path.name.removesuffix(LINES)) for path in folder.glob(f"*{LINES}"))}
        if listens(pids, address):
            return
        time.sleep(_POLL_S)
    raise RunError(f"did not listen within {_LISTEN_S:.0f} s; --load is for a program that serves")


def _drive(load: Sequence[str], longest_s: float) -> None:
    name = Path(load[0]).name
    try:
        ran = subprocess.run(
            load,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=longest_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RunError(
            f"was still under load after {longest_s:g} s, and {name} was ended; --for allows another time"
        ) from None
    except OSError as error:
        raise RunError(f"has no load: {load[0]} cannot be started: {error.strerror or error}") from None
    if ran.returncode != 0:
        said = _last(ran.stdout)
        raise RunError(f"has no whole load: {name} ended with exit code {ran.returncode}: {said}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End it and what it started."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def last_line(log: Path) -> str:
    """The last line that the program printed, cut to what a sentence can bear."""
    return _last(log.read_bytes())


def _last(printed: bytes) -> str:
    lines = [line.strip() for line in printed.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it printed nothing"
