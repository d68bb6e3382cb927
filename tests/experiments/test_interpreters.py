"""Which interpreter ``--python`` finds, and what is said where there is none."""

import os
import platform
import stat
import sys
from pathlib import Path

import pytest

from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.interpreters import find_interpreter, interpreter_at

HERE = ".".join(platform.python_version_tuple()[:2])


@pytest.mark.parametrize("asked", [HERE, platform.python_version(), sys.executable])
def test_the_running_interpreter_is_found(asked: str) -> None:
    found = find_interpreter(asked)
    assert found.version == platform.python_version()
    assert found.implementation == platform.python_implementation()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is found but what lies below this folder: pyenv's versions and a folder on the path."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def interpreter(path: Path, version: str) -> Path:
    """A program that answers as an interpreter of that version does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho \'["{path}", "CPython", "{version}", false, "x86_64"]\'\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_pyenvs_newest_fitting_version_is_found(elsewhere: Path) -> None:
    for version in ("3.12.9", "3.12.10", "3.13.0"):
        interpreter(elsewhere / "pyenv" / "versions" / version / "bin" / "python", version)
    assert find_interpreter("3.12").version == "3.12.10"
    assert find_interpreter("3.12.9").version == "3.12.9"


def test_a_shim_that_does_not_start_is_passed_over(elsewhere: Path) -> None:
    shim = elsewhere / "bin" / "python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert interpreter_at(str(shim)) is None
    with pytest.raises(EnvironmentProblem):
        find_interpreter("3.12")
    interpreter(shim, "3.12.4")
    assert find_interpreter("3.12").path == str(shim)


def test_a_missing_one_is_refused_with_those_found(elsewhere: Path) -> None:
    interpreter(elsewhere / "pyenv" / "versions" / "3.13.1" / "bin" / "python", "3.13.1")
    interpreter(elsewhere / "pyenv" / "versions" / "3.9.1" / "bin" / "python", "3.9.1")
    with pytest.raises(EnvironmentProblem) as caught:
        find_interpreter("3.77")
    assert "--python 3.77: no such interpreter here; found" in str(caught.value)
    assert "3.13.1" in str(caught.value)
    assert "3.9.1" not in str(caught.value)


def test_one_that_is_too_old_is_refused(elsewhere: Path) -> None:
    interpreter(elsewhere / "pyenv" / "versions" / "3.9.1" / "bin" / "python", "3.9.1")
    with pytest.raises(EnvironmentProblem, match=r"Python 3\.11 and newer, not 3\.9\.1"):
        find_interpreter("3.9")


@pytest.mark.parametrize("asked", ["three", "3", "3.12; rm", "", "3.12.1.2"])
def test_what_is_no_version_is_refused(asked: str) -> None:
    with pytest.raises(EnvironmentProblem, match="write a version such as"):
        find_interpreter(asked)


def test_a_path_that_is_no_interpreter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="does not start"):
        find_interpreter(str(tmp_path) + os.sep)
