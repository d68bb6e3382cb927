"""Interpreters on this machine: the one that runs, and those that ``--python X.Y`` can name."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from clientprof.experiments.environments.client_specs import PYTHON_VERSION
from clientprof.experiments.environments.errors import InterpreterProblem
from clientprof.experiments.environments.folders import python_of

OLDEST, NEWEST = (3, 11), (3, 15)
SUPPORTED = f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
_TIMEOUT_S = 20.0
_ASK = """import json, platform, sys, sysconfig
print(json.dumps([sys.executable, platform.python_implementation(), platform.python_version(),
                  bool(sysconfig.get_config_var("Py_GIL_DISABLED")), platform.machine(), sys.version]))"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One interpreter: path, ``CPython``, ``3.12.1``, whether built without GIL, machine type, and ``sys.version``, which
    tells this build from others of that version by date and compiler."""

    path: str
    implementation: str
    version: str
    free_threaded: bool
    machine: str
    build: str = ""

    @property
    def minor(self) -> tuple[int, int]:
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    @property
    def text(self) -> str:
        """``3.12.1``, ``3.14.2t``: as a command asks for it."""
        return f"{self.version}{'t' if self.free_threaded else ''}"

    @property
    def compiler(self) -> str:
        """``GCC 12.2.0``, from the brackets of ``sys.version``."""
        return self.build.rpartition("[")[2].rstrip("]") or "compiler not told"

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


def find_interpreter(asked: str, named: str | None = None) -> Interpreter:
    """The interpreter for ``3.12``, ``3.12.1``, ``3.14t`` or a path; ``named`` is how the user wrote it, for messages.

    Raises:
        InterpreterProblem: there is none, or none that is supported; the message says which are, and those found.
    """
    named = named or f"--python {asked}"
    if os.sep in asked or (os.altsep and os.altsep in asked):
        found = interpreter_at(asked)
        if found is None:
            raise InterpreterProblem(f"{named} does not start; {_what_there_is()}")
        return _supported(found, named)
    if not re.fullmatch(PYTHON_VERSION, asked):
        raise InterpreterProblem(f"{named}: write a version such as 3.12, or the path of an interpreter")
    if not OLDEST <= _minor(asked) <= NEWEST:
        raise _not_supported(named, asked)
    others: list[str] = []
    for path in _candidates(asked):
        found = interpreter_at(path)
        if found is None:
            continue
        if _fits(found, asked):
            return found
        others.append(found.text)
    raise InterpreterProblem(f"{named}: no Python {asked} here; {_what_there_is(others)}; install it, or name its path")


def interpreters_here() -> tuple[Interpreter, ...]:
    """The supported interpreters that a version can name, the oldest first, each build once: this one, pyenv's, those on the
    path. Those that only uv knows are found when they are asked for."""
    found: dict[Interpreter, Interpreter] = {}
    for path in (sys.executable, *_every_known()):
        interpreter = interpreter_at(path)
        if interpreter is not None and OLDEST <= interpreter.minor <= NEWEST:
            found.setdefault(replace(interpreter, path=""), interpreter)
    return tuple(sorted(found.values(), key=lambda each: _numbers(each.version)))


def _fits(found: Interpreter, asked: str) -> bool:
    version = asked.removesuffix("t")
    return (found.version == version or found.version.startswith(f"{version}.")) and (
        found.free_threaded == asked.endswith("t")
    )


def _supported(found: Interpreter, named: str) -> Interpreter:
    if not OLDEST <= found.minor <= NEWEST:
        raise _not_supported(named, found.version)
    return found


def _not_supported(named: str, version: str) -> InterpreterProblem:
    old = "too old" if _minor(version) < OLDEST else "newer than this clientprof knows"
    return InterpreterProblem(f"{named}: Python {version} is {old}; {_what_there_is()}")


def _what_there_is(others: Iterable[str] = ()) -> str:
    """What is supported and what of it is here, for a message."""
    here = {each.text for each in interpreters_here()}
    here |= {version for version in others if OLDEST <= _minor(version) <= NEWEST}
    return f"{SUPPORTED} can be measured, here are {', '.join(sorted(here, key=_numbers)) or 'none of them'}"


def _minor(version: str) -> tuple[int, int]:
    major, minor = _numbers(version)[:2]
    return major, minor


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


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
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        on_path = shutil.which(f"python3.{minor}")
        if on_path is not None and "shims" not in Path(on_path).parts:
            yield on_path


def _pyenv_versions() -> list[Path]:
    """pyenv's versions, the newest first; its shims answer only for the versions that are switched on."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [path for path in (root / "versions").glob("*") if path.is_dir()]
    return sorted(folders, key=lambda path: _numbers(path.name), reverse=True)


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
