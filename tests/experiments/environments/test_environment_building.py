"""By which pip an environment is made: this one's, and the interpreter's own where this one is too old for it."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from clientprof.experiments.environments import build
from clientprof.experiments.environments.errors import EnvironmentProblem
from wanted_recipes import recipe

BROKEN = "Traceback (most recent call last):\nTypeError: Can't instantiate abstract class WheelDistribution"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands that were run; pip breaks wherever it is told another interpreter."""
    commands: list[tuple[str, ...]] = []

    def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        commands.append(tuple(command))
        broken = "--python" in command
        return subprocess.CompletedProcess(list(command), int(broken), "", BROKEN if broken else "")

    monkeypatch.setattr(build, "run_tool", run)
    monkeypatch.setattr(build, "pip_here", lambda: (23, 2))
    monkeypatch.setattr(build.shutil, "which", lambda name: None)  # without uv
    return commands


def test_an_interpreter_too_new_for_this_pip_gets_its_packages_by_its_own(ran: list[tuple[str, ...]]) -> None:
    newer = replace(recipe(), interpreter=replace(recipe().interpreter, version="3.99.0"))
    build.build(newer, Path("env"), Path("final"))
    assert [command[1:4] for command in ran[2:]] == [("-m", "venv", "env"), ("-m", "pip", "install")]
    assert Path(ran[3][0]).parts[0] == "env"


def test_a_pip_that_breaks_in_an_interpreter_that_it_knows_is_told(ran: list[tuple[str, ...]]) -> None:
    with pytest.raises(EnvironmentProblem, match="WheelDistribution"):
        build.build(recipe(), Path("env"), Path("final"))
    assert len(ran) == 2
