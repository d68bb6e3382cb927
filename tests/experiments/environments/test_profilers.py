"""A profiler that an interpreter cannot have is a lens that is left out, said once; all else is planned as before."""

import re
import tomllib
from pathlib import Path

import pytest

from clientprof.experiments.environments.profilers import NO_WHEELS_FROM, PROFILERS, installable
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.workload.load.scenario import Scenario

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def plan(*lacking: str) -> TracePlan:
    subjects = tuple(
        Subject(name, name, lacks=("pyinstrument",) if name in lacking else ()) for name in ("httpx", "aiohttp")
    )
    return TracePlan("httpx", "aiohttp", Scenario(concurrency=4), subjects=subjects)


def test_pyproject_asks_for_the_profilers_where_they_have_wheels_and_nowhere_else() -> None:
    asked = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    for name in PROFILERS:
        (line,) = (line for line in asked if line.startswith(name))
        marker = re.search(r"; python_version < '(\d+)\.(\d+)'$", line)
        assert marker, line
        assert (int(marker[1]), int(marker[2])) == NO_WHEELS_FROM[name]


@pytest.mark.parametrize(("minor", "profilers"), [((3, 11), PROFILERS), ((3, 14), PROFILERS), ((3, 15), ())])
def test_an_environment_gets_the_profilers_that_its_python_can_have(
    minor: tuple[int, int], profilers: tuple[str, ...]
) -> None:
    assert installable(minor) == profilers


def test_a_lens_without_its_profiler_is_left_out_for_that_client_alone() -> None:
    planned = [(step.client, step.lens) for step in plan("httpx").steps]
    assert ("httpx", "pyinstrument") not in planned
    assert ("aiohttp", "pyinstrument") in planned
    assert plan("httpx").left_out == {"pyinstrument": ("httpx",)}


def test_no_other_lens_is_left_out() -> None:
    whole, without = ({(s.client, s.lens) for s in each.steps} for each in (plan(), plan("httpx", "aiohttp")))
    assert {lens for _, lens in whole - without} == {"pyinstrument"}
    assert not plan().left_out
