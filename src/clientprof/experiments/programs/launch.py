"""Starting a program with the instruments in reach, passing signals on to it, and ending the measurement when it is
time.

The program runs as it would by itself: the interpreter is given the same words, and finds the instruments because a
folder of ours is on PYTHONPATH (see ``workload/programs/boot``). This process waits, keeps the recording small, and
does nothing else.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Self

from clientprof.experiments.programs.thin import Thinner
from clientprof.model.programs.recording import SLICE_NS
from clientprof.probes.programs.lanes import WINDOW_NS
from clientprof.recording.segments import ENDED, FROM, LIMIT, STOP

BOOT = Path(__file__).resolve().parents[2] / "workload" / "programs" / "boot"
_POLL_S = 0.1
_LOOK_S = 1.0
# How long processes have to write their last rows once they are told that the measurement is over.
_LAST_ROWS_S = 1.5
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGCONT", "SIGWINCH")


class LaunchError(Exception):
    """The program could not be started. The message says which and why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a measurement begins and ends: after ``skip_s`` seconds of the program's life, for ``for_s`` seconds, or
    until ``requests`` have ended. ``by_hand`` waits for SIGUSR2. ``most_bytes`` is what the recording may take. ``detail``
    is ``auto`` (in windows while a loop is busy) or ``always``; ``seed`` is that of the times between windows."""

    skip_s: float
    for_s: float | None
    requests: int | None
    most_bytes: int
    by_hand: bool = False
    detail: str = "auto"
    seed: int = 1


class Launched:
    """The running program. ``folder`` is where its processes write; leaving the context removes it."""

    def __init__(self, command: Sequence[str], limits: Limits, stdout: int | None = None) -> None:
        self._limits = limits
        self._folder = Path(tempfile.mkdtemp(prefix="clientprof-run-"))
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            self._folder.chmod(0o733)  # the program may go on as another user
        self._thinner = Thinner(self._folder, limits.most_bytes)
        self._handlers: dict[int, object] = {}
        self._toggles = 0
        self.began_ns = time.perf_counter_ns()
        self.from_ns = self.began_ns + round(limits.skip_s * 1e9)
        self.until_ns: int | None = None
        self.ended_by = ""
        self.limit_reached = False
        self._tell_from()
        if limits.requests is not None:
            ended = self._folder / ENDED
            ended.touch()
            ended.chmod(0o622)
            (self._folder / LIMIT).write_text(str(limits.requests), encoding="ascii")
        try:
            self._catch_signals()
            self._process = subprocess.Popen(list(command), env=_environment(self._folder, limits), stdout=stdout)
        except OSError as error:
            self.__exit__()
            raise LaunchError(f"cannot start {command[0]}: {error.strerror or error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._handlers.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def thinner(self) -> Thinner:
        return self._thinner

    @property
    def limits(self) -> Limits:
        return self._limits

    @property
    def exit_code(self) -> int | None:
        """What the program ended with, None while it runs."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait until the program ends by itself."""
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(timeout=3600)

    def measure(self, on_look: Callable[[float], None]) -> None:
        """Return when the measurement is over: a limit was reached, SIGUSR2 came again, or the program ended."""
        look_s = time.monotonic() + _LOOK_S
        while self.until_ns is None:
            try:
                self._process.wait(timeout=min(_POLL_S, self._left_s()))
                self._heed_limits()
                self._end("the program ended")
                break
            except subprocess.TimeoutExpired:
                pass
            self._heed_limits()
            if time.monotonic() >= look_s:
                look_s = time.monotonic() + _LOOK_S
                self._thinner.look()
                on_look((time.perf_counter_ns() - self.from_ns) / 1e9)
        (self._folder / STOP).touch()
        if self.exit_code is None or len(list(self._folder.glob("*.names"))) > 1:
            self._await_last_rows()

    @property
    def _measuring(self) -> bool:
        return not self._limits.by_hand or self._toggles > 0

    def _left_s(self) -> float:
        """How long the time that was asked for lasts yet."""
        if self._limits.for_s is None or not self._measuring:
            return _POLL_S
        return max(0.0, self._limits.for_s - (time.perf_counter_ns() - self.from_ns) / 1e9)

    def _heed_limits(self) -> None:
        limits = self._limits
        if not self._measuring:
            return
        if limits.requests is not None and (self._folder / ENDED).stat().st_size >= limits.requests:
            # The processes have ended some more by now: what ended after the last that was asked for is left out later.
            self.limit_reached = True
            self._end(f"{limits.requests:,} requests had ended")
        elif limits.for_s is not None and self._left_s() <= 0:
            self._end(f"{limits.for_s:g} s had been measured", self.from_ns + round(limits.for_s * 1e9))

    def _end(self, why: str, at_ns: int | None = None) -> None:
        if self.until_ns is None:
            self.until_ns, self.ended_by = at_ns or time.perf_counter_ns(), why

    def _await_last_rows(self) -> None:
        deadline = time.monotonic() + _LAST_ROWS_S
        while time.monotonic() < deadline:
            names = [path for path in self._folder.glob("*.names") if path.name[0].isdigit()]
            if all(b'["end",' in path.read_bytes() for path in names):
                return
            time.sleep(0.05)

    def _tell_from(self) -> None:
        """The processes keep what they counted around this time one by one: a slice of theirs lies across it."""
        (self._folder / FROM).write_text(str(self.from_ns), encoding="ascii")
        last = self.from_ns + 2 * SLICE_NS
        self._thinner.needed = frozenset(range((self.from_ns - SLICE_NS) // WINDOW_NS, last // WINDOW_NS + 1))
        if self._limits.requests is not None and (self._folder / ENDED).exists():
            os.truncate(self._folder / ENDED, 0)

    def _catch_signals(self) -> None:
        for name in (*_PASSED_ON, "SIGINT", "SIGUSR2"):
            number = getattr(signal, name, None)
            if number is not None:
                with contextlib.suppress(OSError, ValueError):
                    self._handlers[number] = signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == getattr(signal, "SIGUSR2", None):
            self._toggles += 1
            if self._toggles == 1 and (self._limits.by_hand or self.until_ns is None):
                self.from_ns = time.perf_counter_ns()
                self._tell_from()
            else:
                self._end("SIGUSR2")
            return
        if number == signal.SIGINT and _of_terminal():
            return  # the terminal has sent it to the program too
        with contextlib.suppress(OSError):
            self._process.send_signal(number)


def _of_terminal() -> bool:
    """Whether Ctrl-C reaches the program by itself: both are in the foreground of a terminal."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except (OSError, AttributeError):
        return False


def _environment(folder: Path, limits: Limits) -> dict[str, str]:
    before = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(filter(None, (str(BOOT), before)))
    detail = f"{limits.detail} {limits.seed}"
    return {**os.environ, "CLIENTPROF_RUN": str(folder), "CLIENTPROF_DETAIL": detail, "PYTHONPATH": path}


def default_python() -> str:
    """The interpreter of the environment that is active in the shell, otherwise the one that runs clientprof."""
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        for part in ("bin/python", "Scripts/python.exe"):
            python = Path(active, part)
            if python.exists():
                return str(python)
    return sys.executable
