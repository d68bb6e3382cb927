"""Making an environment with uv where it is on the path, with venv and pip otherwise."""

import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.folders import python_of
from clientprof.experiments.environments.install_messages import explain, no_network
from clientprof.experiments.environments.recipe import Recipe
from clientprof.workload.other_environment import variables_without_leaks

_TIMEOUT_S = 900.0
# Settings that would put the packages somewhere else than into the environment.
_MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_PYTHON", "UV_PYTHON",
               "UV_PROJECT_ENVIRONMENT", "UV_SYSTEM_PYTHON")  # fmt: skip
_PIP_WITH_PYTHON = (22, 3)  # from this version on, pip installs into another interpreter's environment


def installer() -> str:
    """``uv`` or ``pip``: what makes environments here."""
    return "uv" if shutil.which("uv") else "pip"


def commands(recipe: Recipe, folder: Path, *, own_pip: bool = False) -> tuple[tuple[str, ...], ...]:
    """The commands that make the environment in ``folder``; also what a user runs by hand.

    ``own_pip``: by the pip that came with the interpreter, not by this environment's.
    """
    python = str(python_of(folder))
    wanted = (*(("--constraint", str(_pins_file(recipe, folder))) if recipe.pins else ()), *recipe.to_install)
    uv = shutil.which("uv")
    if uv is not None:
        return (
            (uv, "venv", "--quiet", "--no-project", "--python", recipe.interpreter.path, str(folder)),
            (uv, "pip", "install", "--compile-bytecode", "--python", python, *wanted),
        )
    make = (recipe.interpreter.path, "-m", "venv")
    if pip_here() >= _PIP_WITH_PYTHON and not own_pip:
        pip: tuple[str, ...] = (sys.executable, "-m", "pip", "--python", python)
        return ((*make, "--without-pip", str(folder)), (*pip, "install", "--retries", "2", *wanted))
    return ((*make, str(folder)), (python, "-m", "pip", "install", "--retries", "2", *wanted))


def by_hand(recipe: Recipe, folder: Path, *, own_pip: bool = False) -> str:
    """The commands as one line for a shell."""
    join = subprocess.list2cmdline if sys.platform == "win32" else shlex.join
    return " && ".join(join(command) for command in commands(recipe, folder, own_pip=own_pip))


def build(recipe: Recipe, folder: Path, final: Path) -> None:
    """Make the environment in ``folder``; ``final`` is where it will be kept, named where the user has to do it.

    Raises:
        EnvironmentProblem: it cannot be made; the message says why and what is possible.
    """
    if recipe.pins:
        _pins_file(recipe, folder).write_text("".join(f"{pin}\n" for pin in recipe.pins), encoding="utf-8")
    output = _failure_of(commands(recipe, folder))
    if output is not None and recipe.pins and not no_network(output):
        # The source needs other versions than the arm that it is compared with: they are part of the change.
        shutil.rmtree(folder, ignore_errors=True)
        recipe = replace(recipe, pins=())
        output = _failure_of(commands(recipe, folder))
    own_pip = output is not None and _pip_is_too_old(recipe, output)
    if own_pip:
        shutil.rmtree(folder, ignore_errors=True)
        output = _failure_of(commands(recipe, folder, own_pip=True))
    if output is not None:
        by_hand_too = by_hand(recipe, final, own_pip=own_pip)
        raise EnvironmentProblem(explain(recipe, output, versions_of, by_hand=by_hand_too))


def _pins_file(recipe: Recipe, folder: Path) -> Path:
    """Where the constraints of an environment in ``folder`` are written: beside it."""
    return folder.with_name(f".pins-{recipe.key}.txt")


def _failure_of(steps: Sequence[Sequence[str]]) -> str | None:
    """What the first step that failed printed, None where all went well."""
    for command in steps:
        ran = run_tool(command)
        if ran.returncode != 0:
            return f"{ran.stdout}\n{ran.stderr}"
    return None


def _pip_is_too_old(recipe: Recipe, output: str) -> bool:
    """Whether this environment's pip broke in an interpreter newer than it knows: ``--python`` runs pip's code there, and
    that of pip 23.2 ends on 3.15 with a TypeError of ``importlib.metadata``."""
    newer = recipe.interpreter.minor > sys.version_info[:2]
    return newer and installer() == "pip" and "Traceback (most recent call last)" in output


def versions_of(package: str) -> tuple[str, ...]:
    """All versions that the package index names, in no order; empty where that cannot be asked."""
    if not pip_here():
        return ()
    try:
        ran = run_tool((sys.executable, "-m", "pip", "index", "versions", package))
    except EnvironmentProblem:
        return ()
    listed = re.search(r"^Available versions: (.*)$", ran.stdout, re.MULTILINE)
    return () if listed is None else tuple(listed[1].split(", "))


def is_yanked(package: str, version: str) -> bool:
    """Whether the makers have withdrawn that version; False where the package index cannot be asked."""
    if not pip_here():
        return False
    ran = run_tool(
        (sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed",
         "--report", "-", f"{package}=={version}")
    )  # fmt: skip
    try:
        return any(item.get("is_yanked") is True for item in json.loads(ran.stdout)["install"])
    except (ValueError, KeyError, AttributeError, TypeError):
        return False


def run_tool(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run pip, uv or what they need, undisturbed by this process's variables.

    Raises:
        EnvironmentProblem: it cannot be started, or does not end.
    """
    try:
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL, env=_variables(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise EnvironmentProblem(f"{Path(command[0]).name} did not end within {_TIMEOUT_S:.0f} s") from None
    except OSError as error:
        raise EnvironmentProblem(f"cannot start {Path(command[0]).name}: {error.strerror or error}") from error


def _variables() -> Mapping[str, str]:
    kept = {name: value for name, value in variables_without_leaks().items() if name not in _MISLEADING}
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "NO_COLOR": "1", "PIP_NO_COLOR": "1"}
    return {"UV_HTTP_RETRIES": "1", **kept, **quiet, "COLUMNS": os.environ.get("COLUMNS", "200")}


def pip_here() -> tuple[int, ...]:
    """The version of the pip of this environment, empty where there is none."""
    try:
        return tuple(int(number) for number in re.findall(r"\d+", importlib.metadata.version("pip"))[:2])
    except importlib.metadata.PackageNotFoundError:
        return ()
