"""The profilers that lenses import in the measured process, and the interpreters that they have no wheels for.

Our own lenses need none of them: what is missing is a lens that is missing, and the rest of a result is whole.
"""

import importlib.metadata
import importlib.util
import sys
from collections.abc import Mapping

from clientprof.model.lenses import LENS_RUNS

# The same versions as here, so that arms differ in the client alone.
PROFILERS = ("yappi", "pyinstrument")
# Compiled packages whose newest release has no wheel from this Python on (2026-11); the markers in pyproject.toml say the
# same. Building them needs a compiler, which a user's machine may not have.
NO_WHEELS_FROM: Mapping[str, tuple[int, int]] = {"yappi": (3, 15), "pyinstrument": (3, 15)}


def installable(minor: tuple[int, int]) -> tuple[str, ...]:
    """The profilers that an environment of that Python gets."""
    return tuple(name for name in PROFILERS if minor < NO_WHEELS_FROM[name])


def version_here(name: str) -> str | None:
    """The version of a profiler in this environment; None where it is not installed: then any will do elsewhere."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def missing_in(minor: tuple[int, int]) -> tuple[str, ...]:
    """The profilers that an environment of that Python cannot have, the standard library's own included."""
    lost = tuple(name for name in PROFILERS if name not in installable(minor))
    return (*lost, *_later(minor))


def missing_here() -> tuple[str, ...]:
    """The profilers that cannot be imported in this environment."""
    lost = tuple(name for name in PROFILERS if importlib.util.find_spec(name) is None)
    return (*lost, *_later(sys.version_info[:2]))


def _later(minor: tuple[int, int]) -> tuple[str, ...]:
    """The lenses that only a later Python brings."""
    return tuple(name for name, run in LENS_RUNS.items() if run.since is not None and minor < run.since)
