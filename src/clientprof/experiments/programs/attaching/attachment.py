"""One attachment to a process: the instruments go in, a time is measured, they come out.

This process writes scripts that the other one runs, reads what that one tells, and holds a lock that says that somebody is
attached. Files are all that they share.
"""

import contextlib
import fcntl
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Self

from clientprof.experiments.programs.attaching import refusals
from clientprof.experiments.programs.attaching.refusals import AttachError
from clientprof.experiments.programs.attaching.remote import Remote
from clientprof.experiments.programs.attaching.target import Target, inner_number, look_at, sees
from clientprof.experiments.programs.attaching.wake import waits_in, wake
from clientprof.experiments.programs.measurement import BOOT, Limits, Measurement
from clientprof.recording.segments import HELD, STATE, STOP, read_lines

_PACKAGE = BOOT.parents[2]
_POLL_S = 0.02
_LOOK_S = 1.0
# How long a running loop may take to come to its next callback before something is done about it, and before it is told.
_WAKE_AFTER_S = (0.1, 0.5, 1.0)
_TOLD_AFTER_S = 1.5
_LATE_LOOPS_S = 1.0
# How long the instruments may take to come out before this process gives up waiting.
_OUT_S = 10.0


class Cancelled(Exception):
    """Ctrl-C came before anything was measured."""


class Attachment:
    """The process and its ``measurement``; leaving the context takes the instruments out, if they are in, and removes what
    was measured. ``told`` hears what is being waited for, a sentence each."""

    def __init__(self, pid: int, limits: Limits, told: Callable[[str], None]) -> None:
        """Raises AttachError where the process cannot be attached to; it has not been touched then."""
        self.target: Target = look_at(pid)
        self.notes: tuple[str, ...] = ()
        self._told = told
        self._remote = Remote(self.target)
        self._process = _Process(pid)
        self._in = False
        self._asked = False
        self._interrupted = ""
        self._handlers: dict[int, Any] = {}
        self.measurement = Measurement(limits)
        self._folder = self.measurement.folder
        self._held: int | None = None
        try:
            self._hold()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()
        if self._held is not None:
            os.close(self._held)
            self._held = None
        self._process.close()
        if self._asked:
            self._leave_script()
        else:
            self.measurement.__exit__()

    def _hold(self) -> None:
        if os.geteuid() == 0:
            # Its scripts are run with the rights of the process: nobody else may write there.
            os.chown(self._folder, self.target.user, self.target.group)
            self._folder.chmod(0o700)
        for path in (self._folder, _PACKAGE / "__init__.py"):
            if not sees(self.target.pid, path):
                pid = self.target.pid
                raise AttachError(refusals.IN_CONTAINER.format(pid=pid, inner=inner_number(pid)))
        self._held = os.open(self._folder / HELD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._held, fcntl.LOCK_EX)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name)
            self._handlers[number] = signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._interrupted = "Ctrl-C came" if number == signal.SIGINT else f"{signal.Signals(number).name} came"

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.ended(0)

    def attach(self) -> None:
        """Put the instruments in, and begin to measure.

        Raises:
            AttachError: they cannot be; the process goes on as before.
            Cancelled: the user gave up.
        """
        self._ask("attach")
        began = time.monotonic()
        told = asked_again = False
        wakes = list(_WAKE_AFTER_S)
        while not self._in:
            said = dict(self._said())
            self._heed_refusal(said)
            waited = time.monotonic() - began
            if "ready" in said:
                self.notes = tuple(said["ready"]["notes"])
                self.measurement.begin(said["ready"]["at_ns"])
                self._in = True
            elif self._process.ended(_POLL_S):
                raise AttachError(refusals.ENDED_BEFORE.format(pid=self.target.pid))
            elif self._interrupted:
                self._give_up("loaded" in said)
                raise Cancelled
            elif waited > _LATE_LOOPS_S and "loaded" in said and not asked_again:
                asked_again = True
                self._ask("go_on")
            elif wakes and waited > wakes[0]:
                wakes.pop(0)
                wake(self.target.pid)
            elif waited > _TOLD_AFTER_S and not told:
                told = True
                self._told(self._waiting())

    def _heed_refusal(self, said: dict[str, Any]) -> None:
        pid = self.target.pid
        refused, failed = said.get("refused"), said.get("failed")
        if refused is not None or failed is not None:
            self._asked = False
        if refused is not None:
            tools = ", ".join(refused.get("tools", ()))
            raise AttachError(refusals.REFUSED[refused["why"]].format(pid=pid, tools=tools))
        if failed is not None:
            if failed["error"] == "ImportError" and failed.get("text", "").startswith("clientprof "):
                raise AttachError(refusals.OTHER_CLIENTPROF.format(pid=pid, text=failed["text"]))
            raise AttachError(refusals.FAILED.format(pid=pid, error=failed["error"]))

    def _waiting(self) -> str:
        how = waits_in(self.target.pid) or (
            "runs code that does not return to the interpreter; the instruments go in as soon as it runs Python again"
        )
        return f"the main thread of process {self.target.pid} {how} (Ctrl-C gives up)"

    def measure(self, on_look: Callable[[float], None], every_s: float = _LOOK_S) -> None:
        """Return when the measurement is over: a limit was reached, Ctrl-C came, or the process ended."""
        measurement = self.measurement
        look = time.monotonic()
        while measurement.until_ns is None:
            left_s = measurement.left_s()
            if self._process.ended(min(0.1, every_s, 0.1 if left_s is None else left_s)):
                measurement.heed_limits()
                measurement.end("the program ended")
            measurement.heed_limits()
            if self._interrupted:
                measurement.end(self._interrupted)
            if time.monotonic() >= look:
                look = time.monotonic() + every_s
                measurement.thinner.look()
                on_look((time.perf_counter_ns() - measurement.from_ns) / 1e9)

    def detach(self) -> bool:
        """Take the instruments out; False where the process does not come to it, which is told."""
        (self._folder / STOP).touch()
        began = time.monotonic()
        asked, wakes = False, list(_WAKE_AFTER_S)
        while not self._process.ended(_POLL_S):
            if any(word == "left" for word, _ in self._said()):
                self._in = self._asked = False
                return True
            waited = time.monotonic() - began
            if waited > _LATE_LOOPS_S and not asked:
                asked = True
                with contextlib.suppress(AttachError):
                    self._ask("detach")
            elif asked and wakes and waited > _LATE_LOOPS_S + wakes[0]:
                wakes.pop(0)
                wake(self.target.pid)
            if waited > _OUT_S:
                self._told(
                    f"process {self.target.pid} has not come to it yet: the instruments record nothing any more, and come "
                    "out as soon as it runs Python again"
                )
                return False
        self._in = self._asked = False
        return True

    def _said(self) -> list[tuple[str, Any]]:
        return [(str(line[0]), line[1]) for line in read_lines(self._folder / STATE) if len(line) == 2]

    def _ask(self, what: str, then: str = "") -> None:
        """Have the process run what attaches, goes on or detaches."""
        script = self._write(what, then)
        self._remote.run(script)
        self._asked = True

    def _write(self, what: str, then: str = "") -> Path:
        limits = self.measurement.limits
        given = {
            "FOLDER": str(self._folder), "DETAIL": f"{limits.detail} {limits.seed}", "WHAT": what, "PACKAGE": str(_PACKAGE),
            "__name__": "clientprof_attached",
        }  # fmt: skip
        boot = str(BOOT / "attached.py")
        text = f"with open({boot!r}) as file:\n    exec(compile(file.read(), {boot!r}, 'exec'), {given!r})\n{then}"
        path = self._folder / f"{what}.py"
        partial = path.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        partial.chmod(0o644)
        partial.replace(path)
        return path

    def _give_up(self, loaded: bool) -> None:
        """The process has not come to the script yet, or has: then the instruments come out again."""
        if loaded:
            self._in = True
            self.detach()

    def _leave_script(self) -> None:
        """The process may still read a script that it was asked to run: one that removes itself is left for it."""
        from shutil import rmtree

        scripts = [path for path in self._folder.glob("*.py") if path.is_file()]
        for path in list(self._folder.iterdir()):
            if path not in scripts:
                path.unlink() if path.is_file() else rmtree(path, ignore_errors=True)
        for path in scripts:
            if self._in:
                self._write("detach", _REMOVE.format(path=str(self._folder / "detach.py")))
            if not self._in or path.name != "detach.py":
                path.write_text(_REMOVE.format(path=str(path)), encoding="utf-8")
        if self._process.gone():
            self.measurement.__exit__()


# Run in the process, perhaps much later.
_REMOVE = """
import os
try:
    os.remove({path!r})
    os.rmdir(os.path.dirname({path!r}))
except Exception:
    pass
"""


class _Process:
    """Whether a process has ended, and not another one taken its number."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._descriptor: int | None = None
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._descriptor = os.pidfd_open(pid)

    def ended(self, timeout_s: float) -> bool:
        """Whether it has ended, or does so within this time."""
        if self._descriptor is not None:
            return bool(select.select([self._descriptor], [], [], timeout_s)[0])
        time.sleep(timeout_s)
        return self.gone()

    def gone(self) -> bool:
        """Whether there is no such process now."""
        try:
            os.kill(self._pid, 0)
        except OSError:
            return True
        return False

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
