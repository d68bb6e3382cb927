"""Having a process run a script: ``sys.remote_exec`` of an interpreter of its own version."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from clientprof.experiments.programs.attaching import refusals
from clientprof.experiments.programs.attaching.refusals import AttachError
from clientprof.experiments.programs.attaching.target import Target, yama

_SCRIPT = """
import sys
try:
    sys.remote_exec(int(sys.argv[1]), sys.argv[2])
except BaseException as error:
    print(type(error).__name__, str(error).replace("\\n", " "), sep=": ")
"""


class Remote:
    """Runs scripts in one process. The interpreter that does it is this one where it has the same version, else the one that
    the process itself runs."""

    def __init__(self, target: Target) -> None:
        self._target = target
        here = target.version in (None, sys.version_info[:2]) and hasattr(sys, "remote_exec")
        self._python = sys.executable if here else _own_interpreter(target.pid)
        # Root never runs another user's program with its own rights.
        self._as: dict[str, Any] = {}
        if not here and os.geteuid() == 0 and target.user != 0:
            self._as = {"user": target.user, "group": target.group, "extra_groups": ()}

    def run(self, script: Path) -> None:
        """Ask the process to run the script as soon as it can; it is not waited for.

        Raises:
            AttachError: the system, the interpreter or the process does not allow it.
        """
        pid = self._target.pid
        command = [self._python, "-I", "-S", "-c", _SCRIPT, str(pid), str(script)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, **self._as)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AttachError(self._not_started(type(error).__name__)) from None
        if done.returncode:
            raise AttachError(self._not_started(done.stderr.strip().splitlines()[-1:] or [str(done.returncode)]))
        if done.stdout:
            raise AttachError(reason(pid, done.stdout.strip()))

    def _not_started(self, why: object) -> str:
        version = "3.14" if self._target.version is None else ".".join(map(str, self._target.version))
        text = why[0] if isinstance(why, list) else why
        return refusals.OTHER_INTERPRETER.format(pid=self._target.pid, version=version, reason=text)


def _own_interpreter(pid: int) -> str:
    """The file that the process runs; by its own name, from which an interpreter finds its library."""
    link = f"/proc/{pid}/exe"
    try:
        path = os.readlink(link)
        return path if os.path.samefile(path, link) else link
    except OSError:
        return link


def reason(pid: int, said: str) -> str:
    """What ``sys.remote_exec`` said, as a sentence for people."""
    kind, _, text = said.partition(": ")
    if "not enabled" in text or "disabled" in text:
        return refusals.DISABLED.format(pid=pid, by="its build or its settings")
    if kind == "PermissionError":
        return refusals.NOT_ALLOWED.format(pid=pid, why=yama())
    if kind == "ProcessLookupError":
        return refusals.NO_PROCESS.format(pid=pid)
    return refusals.SYSTEM.format(pid=pid, reason=text or kind)
