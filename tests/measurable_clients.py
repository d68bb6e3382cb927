"""Which clients the tests measure in this environment."""

import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
_ASKED = [Requirement(line) for line in (*_PROJECT["dependencies"], *_PROJECT["optional-dependencies"]["test"])]
_PYTHON = ".".join(map(str, sys.version_info[:2]))


def _without_wheels() -> dict[str, str]:
    """What pyproject.toml leaves out on this Python, and so cannot be tested here: why, by package.

    What is not left out must be there: its tests fail without it.
    """
    lost = {need.name for need in _ASKED} - {n.name for n in _ASKED if n.marker is None or n.marker.evaluate()}
    return {
        name: f"{name} has no wheel for Python {_PYTHON}" for name in lost if importlib.util.find_spec(name) is None
    }


WITHOUT_WHEELS = _without_wheels()
# httpx decodes zstd by that package alone, on Pythons that have a decoder of their own too.
HTTPX_READS_ZSTD = pytest.mark.skipif("zstandard" in WITHOUT_WHEELS, reason=WITHOUT_WHEELS.get("zstandard", ""))
# The same by client: tests of these are skipped, each with the reason.
MISSING = {name: WITHOUT_WHEELS[kind.package] for name, kind in CLIENTS.items() if kind.package in WITHOUT_WHEELS}

# Tested in environments of their own, see tests/clients/test_separate_environment.py.
ALONE = tuple(name for name, kind in CLIENTS.items() if kind.alone)
HERE = tuple(name for name in CLIENTS if name not in ALONE)
# Those of them that run on an event loop.
LOOPED = tuple(name for name in HERE if issubclass(CLIENTS[name], AsyncAdapter))
# Those of these whose sockets and callbacks are Python's.
SEEN = tuple(name for name in LOOPED if not CLIENTS[name].opaque)
# Those that run in threads.
BLOCKING = tuple(name for name in HERE if name not in LOOPED)
# Those of these whose waits and socket calls are Python's.
SEEN_BLOCKING = tuple(name for name in BLOCKING if not CLIENTS[name].opaque)
