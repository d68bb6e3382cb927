"""The scenario's service as a process of its own: started as its users start it, driven from outside, ended in every case.

It runs by itself, or in a measurement of ``clientprof run``, which needs nothing but another environment.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from clientprof.experiments.programs.measurement import Measurement
from clientprof.experiments.programs.process_cpu import main_thread_cpu_ns, process_cpu_ns
from clientprof.workload.programs.pinned import pinned

PROGRAM = Path(__file__).resolve().parents[2] / "workload" / "programs" / "fastapi_app" / "service.py"
# As it may be published; the rest of the command line are settings of this file.
COMMAND = ("uvicorn", "service:app")
_OPTIONS = (
    "--host", "127.0.0.1", "--port", "0", "--loop", "asyncio", "--ws", "none", "--lifespan", "on", "--no-access-log",
    "--timeout-graceful-shutdown", "2",
)  # fmt: skip
_LISTENS = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
# Importing FastAPI and its clients takes a second or two on a busy core.
_START_S = 60.0
# How long answered requests may take to leave, once nobody sends any more: 64 blocked ones take seconds.
_DRAIN_S = 30.0
_STOP_S = 5.0
# The service is done when so many looks in a row find that it does next to nothing.
_LOOK_S, _LOOKS, _NEXT_TO_NOTHING = 0.05, 2, 0.04
# A proxy of the user's would take the place of the origin.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class AppError(Exception):
    """The service crashed, hung or could not start. The message says which."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """What clocks say at one instant: wall, CPU of the process, and of its main thread (None where nobody tells)."""

    at_ns: int
    cpu_ns: int
    main_cpu_ns: int | None


class ServedApp:
    """The running service; a context manager that ends the process it started. ``port`` is where it listens."""

    def __init__(self, origin_url: str, what: str, *, cpu: int | None, measurement: Measurement | None) -> None:
        """``what`` names it in errors.

        Raises:
            AppError: it did not start.
        """
        self._what = what
        self._lines: deque[str] = deque(maxlen=40)
        self._listening = threading.Event()
        self.port = 0
        kept = {name: value for name, value in os.environ.items() if name.upper() not in _PROXIES}
        environment = {**kept, "ORIGIN": origin_url}
        self._folder = tempfile.TemporaryDirectory(prefix="clientprof-service-")
        try:
            # In a folder of its own it is somebody's program, and no part of clientprof.
            shutil.copy(PROGRAM, self._folder.name)
            self._process = subprocess.Popen(
                pinned([sys.executable, "-m", *COMMAND, *_OPTIONS], cpu),
                cwd=self._folder.name,
                env=environment if measurement is None else measurement.environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                process_group=None if sys.platform == "win32" else 0,  # the terminal's Ctrl-C is the parent's
            )
        except OSError as error:
            self._folder.cleanup()
            raise AppError(f"{what} cannot be started: {error.strerror or error}") from error
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            if not self._listening.wait(_START_S):
                raise AppError(f"{what} did not listen within {_START_S:.0f} s and was stopped")
            if not self.port:
                raise self._death()
        except BaseException:
            self.close()
            raise

    def clocks(self) -> Clocks:
        """What it has used so far.

        Raises:
            AppError: it has ended; so for ``drain``.
        """
        try:
            if self._process.poll() is None:
                pid = self._process.pid
                return Clocks(time.perf_counter_ns(), process_cpu_ns(pid), main_thread_cpu_ns(pid))
        except ProcessLookupError:
            pass
        raise self._death()

    def drain(self, asked: Callable[[], int]) -> None:
        """Wait until it has nothing to do any more. ``asked`` counts what it has asked of others."""
        limit_s = time.monotonic() + _DRAIN_S
        quiet, before, seen = 0, self.clocks(), asked()
        while quiet < _LOOKS:
            if time.monotonic() > limit_s:
                raise AppError(f"{self._what} was still busy {_DRAIN_S:.0f} s after its load had ended")
            time.sleep(_LOOK_S)
            now, count = self.clocks(), asked()
            busy = now.cpu_ns - before.cpu_ns > _NEXT_TO_NOTHING * (now.at_ns - before.at_ns)
            quiet = 0 if busy or count != seen else quiet + 1
            before, seen = now, count

    def stop(self) -> int:
        """End it as one ends a service, and return its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            raise AppError(f"{self._what} did not end within {_STOP_S:.0f} s and was killed") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process started here, if it has not ended by itself. Never raises."""
        process = self._process
        for end in (process.terminate, process.kill):
            if process.poll() is None:
                end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_S)
                break
        self._reader.join(_STOP_S)
        if process.stderr is not None:
            process.stderr.close()
        self._folder.cleanup()

    def _death(self) -> AppError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
        self._reader.join(1)
        last = self._lines[-1] if self._lines else "it printed nothing"
        return AppError(f"{self._what} died with exit code {self._process.returncode}: {last}")

    def _read(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self._process.stderr:
                self._lines.append(line.strip())
                found = None if self.port else _LISTENS.search(line)
                if found is not None:
                    self.port = int(found[1])
                    self._listening.set()
        self._listening.set()
