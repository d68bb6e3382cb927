"""Interpreters on this machine: the one that runs, and those that ``--python X.Y`` can name."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.folders import python_of

OLDEST = (3, 11)
_TIMEOUT_S = 20.0
_ASK = """import json, platform, sys, sysconfig
print(json.dumps([sys.executable, platform.python_implementation(), platform.python_version(),
                  bool(sysconfig.get_config_var("Py_GIL_DISABLED")), platform.machine()]))"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One interpreter: path, ``CPython``, ``3.12.1``, whether built without GIL, machine type."""

    path: str
    implementation: str
    version: str
    free_threaded: bool
    machine: str

    @property
    def minor(self) -> tuple[int, int]:
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    @property
    def name(self) -> str:
        """``Python 3.12.1``, with what is unusual about it."""
        kind = "Python" if self.implementation == "CPython" else self.implementation
        return f"{kind} {self.version}{' free-threaded' if self.free_threaded else ''}"


def interpreter_at(path: str) -> Interpreter | None:
    """What the interpreter says of itself, None where it does not start (a pyenv shim without its version, say)."""
    try:
        ran = subprocess.run(
            [path, "-I", "-c", _ASK], capture_output=True, text=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL
        )
        return Interpreter(*json.loads(ran.stdout)) if ran.returncode == 0 else None
    except (OSError, ValueError, TypeError, subprocess.TimeoutExpired):
        return None


def find_interpreter(asked: str) -> Interpreter:
    """The interpreter for ``3.12``, ``3.12.1`` or a path.

    Raises:
        EnvironmentProblem: there is none; the message lists those found.
    """
    if os.sep in asked or (os.altsep and os.altsep in asked):
        found = interpreter_at(asked)
        if found is None:
            raise EnvironmentProblem(f"--python {asked} does not start")
        return _new_enough(found, asked)
    if not re.fullmatch(r"[0-9]+\.[0-9]+(\.[0-9]+)?t?", asked):
        raise EnvironmentProblem(f"--python {asked}: write a version such as 3.12, or the path of an interpreter")
    others: dict[str, None] = {}
    for path in _candidates(asked):
        found = interpreter_at(path)
        if found is None:
            continue
        if _fits(found, asked):
            return _new_enough(found, asked)
        others[found.version] = None
    for path in _every_known():
        found = interpreter_at(path)
        if found is not None and found.minor >= OLDEST:
            others[found.version] = None
    there = ", ".join(sorted(others, key=lambda v: [int(n) for n in re.findall(r"\d+", v)])) or "none"
    raise EnvironmentProblem(f"--python {asked}: no such interpreter here; found {there}; install it, or name its path")


def _fits(found: Interpreter, asked: str) -> bool:
    version = asked.removesuffix("t")
    return (found.version == version or found.version.startswith(f"{version}.")) and (
        found.free_threaded == asked.endswith("t")
    )


def _new_enough(found: Interpreter, asked: str) -> Interpreter:
    if found.minor < OLDEST:
        raise EnvironmentProblem(f"--python {asked}: clientprof measures in Python 3.11 and newer, not {found.version}")
    return found


def _candidates(asked: str) -> Iterator[str]:
    """Paths that may be the interpreter, the likeliest first; none of them is trusted before it has been asked."""
    version = asked.removesuffix("t")
    yield sys.executable
    uv = shutil.which("uv")
    if uv is not None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            ran = subprocess.run(
                [uv, "python", "find", "--no-project", "--system", asked],
                capture_output=True, text=True, timeout=_TIMEOUT_S,
            )  # fmt: skip
            if ran.returncode == 0:
                yield ran.stdout.strip()
    for folder in _pyenv_versions():
        if folder.name == asked or folder.name.startswith(f"{version}."):
            yield str(python_of(folder) if sys.platform != "win32" else folder / "python.exe")
    minor = ".".join(version.split(".")[:2])
    on_path = shutil.which(f"python{minor}{'t' if asked.endswith('t') else ''}")
    if on_path is not None:
        yield on_path
    yield from _launched(f"-{asked}")


def _every_known() -> Iterator[str]:
    for folder in _pyenv_versions():
        yield str(python_of(folder) if sys.platform != "win32" else folder / "python.exe")
    for minor in range(OLDEST[1], OLDEST[1] + 8):
        on_path = shutil.which(f"python3.{minor}")
        if on_path is not None and "shims" not in Path(on_path).parts:
            yield on_path


def _pyenv_versions() -> list[Path]:
    """pyenv's versions, the newest first; its shims answer only for the versions that are switched on."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [path for path in (root / "versions").glob("*") if path.is_dir()]
    return sorted(folders, key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)], reverse=True)


def _launched(option: str) -> Iterator[str]:
    """What the launcher of Windows names for ``-3.12``."""
    launcher = shutil.which("py") if sys.platform == "win32" else None
    if launcher is None:
        return
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        ran = subprocess.run(
            [launcher, option, "-c", "import sys; print(sys.executable)"],
            capture_output=True, text=True, timeout=_TIMEOUT_S,
        )  # fmt: skip
        if ran.returncode == 0:
            yield ran.stdout.strip()
