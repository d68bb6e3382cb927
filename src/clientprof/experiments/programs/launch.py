"""Starting a program with the instruments in reach, passing signals on to it, and ending the measurement when it is
time.

The program runs as it would by itself: the interpreter is given the same words. This process waits, keeps the recording
small, and does nothing else.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Self

from clientprof.experiments.programs.measurement import Limits, Measurement

_POLL_S = 0.1
_LOOK_S = 1.0
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGCONT", "SIGWINCH")


class LaunchError(Exception):
    """The program could not be started. The message says which and why."""


class Launched:
    """The running program and its ``measurement``; leaving the context removes what was measured."""

    def __init__(self, command: Sequence[str], limits: Limits, stdout: int | None = None) -> None:
        self._limits = limits
        self.measurement = Measurement(limits)
        self._handlers: dict[int, object] = {}
        self._toggles = 0
        try:
            self._catch_signals()
            environment = self.measurement.environment(os.environ)
            self._process = subprocess.Popen(list(command), env=environment, stdout=stdout)
        except OSError as error:
            self.__exit__()
            raise LaunchError(f"cannot start {command[0]}: {error.strerror or error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._handlers.clear()
        self.measurement.__exit__()

    @property
    def exit_code(self) -> int | None:
        """What the program ended with, None while it runs."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait until the program ends by itself."""
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(timeout=3600)

    def measure(self, on_look: Callable[[float], None], every_s: float = _LOOK_S) -> None:
        """Return when the measurement is over: a limit was reached, SIGUSR2 came again, or the program ended."""
        measurement = self.measurement
        look_s = time.monotonic() + every_s
        while measurement.until_ns is None:
            left_s = measurement.left_s() if self._measuring else None
            try:
                self._process.wait(timeout=_POLL_S if left_s is None else min(_POLL_S, left_s))
                self._heed_limits()
                measurement.end("the program ended")
                break
            except subprocess.TimeoutExpired:
                pass
            self._heed_limits()
            if time.monotonic() >= look_s:
                look_s = time.monotonic() + every_s
                measurement.thinner.look()
                on_look((time.perf_counter_ns() - measurement.from_ns) / 1e9)
        measurement.detach(wait=self.exit_code is None)

    @property
    def _measuring(self) -> bool:
        return not self._limits.by_hand or self._toggles > 0

    def _heed_limits(self) -> None:
        if self._measuring:
            self.measurement.heed_limits()

    def _catch_signals(self) -> None:
        for name in (*_PASSED_ON, "SIGINT", "SIGUSR2"):
            number = getattr(signal, name, None)
            if number is not None:
                with contextlib.suppress(OSError, ValueError):
                    self._handlers[number] = signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == getattr(signal, "SIGUSR2", None):
            self._toggles += 1
            if self._toggles == 1 and (self._limits.by_hand or self.measurement.until_ns is None):
                self.measurement.begin(time.perf_counter_ns())
            else:
                self.measurement.end("SIGUSR2")
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


def default_python() -> str:
    """The interpreter of the environment that is active in the shell, otherwise the one that runs clientprof."""
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        for part in ("bin/python", "Scripts/python.exe"):
            python = Path(active, part)
            if python.exists():
                return str(python)
    return sys.executable
