"""Packages that a suspect needs and the program's environment lacks, in a folder of their own.

The folder stands at the end of the program's path: a package that the program has already is never replaced.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

from clientprof.experiments.environments.build import installer, run_tool
from clientprof.experiments.environments.errors import EnvironmentProblem


class Overlays:
    """Made once for each set of packages; leaving the context removes them."""

    def __init__(self, python: str, say: Callable[[str], None]) -> None:
        """``python`` is the program's interpreter, for which they are chosen."""
        self._python = python
        self._say = say
        self._folder = Path(tempfile.mkdtemp(prefix="clientprof-overlay-"))
        self._made: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def folder(self, package: str) -> str:
        """Where the package and what it needs are.

        Raises:
            EnvironmentProblem: it cannot be installed.
        """
        if package not in self._made:
            self._say(f"fetching {package} for the program's Python, into a folder of its own")
            self._made[package] = self._make(package)
        return str(self._made[package])

    def _make(self, package: str) -> Path:
        target = self._folder / package
        ran = run_tool((*_installing(self._python), "--target", str(target), package))
        if ran.returncode != 0:
            last = [line for line in f"{ran.stdout}\n{ran.stderr}".splitlines() if line.strip()]
            raise EnvironmentProblem(f"{package} cannot be installed: {last[-1].strip() if last else 'no word why'}")
        return target


def _installing(python: str) -> tuple[str, ...]:
    if installer() == "uv":
        return ("uv", "pip", "install", "--quiet", "--python", python)
    return (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--retries", "2")
