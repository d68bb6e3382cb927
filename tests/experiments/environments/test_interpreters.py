"""Which interpreter ``--python`` finds, and what is said where there is none."""

import os
import platform
import stat
import sys
from pathlib import Path

import pytest

from clientprof.experiments.environments.errors import EnvironmentProblem, InterpreterProblem
from clientprof.experiments.environments.interpreters import (
    NEWEST,
    OLDEST,
    find_interpreter,
    interpreter_at,
    interpreters_here,
)

HERE_IS_SUPPORTED = OLDEST <= sys.version_info[:2] <= NEWEST
HERE = ".".join(platform.python_version_tuple()[:2])
# Not the one that runs the tests, which is always found.
OTHER = next(each for each in ("3.12", "3.13") if each != HERE)


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
    for version in (f"{OTHER}.9", f"{OTHER}.10", "3.14.0"):
        interpreter(elsewhere / "pyenv" / "versions" / version / "bin" / "python", version)
    assert find_interpreter(OTHER).version == f"{OTHER}.10"
    assert find_interpreter(f"{OTHER}.9").version == f"{OTHER}.9"


def test_a_shim_that_does_not_start_is_passed_over(elsewhere: Path) -> None:
    shim = elsewhere / "bin" / f"python{OTHER}"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert interpreter_at(str(shim)) is None
    with pytest.raises(EnvironmentProblem):
        find_interpreter(OTHER)
    interpreter(shim, f"{OTHER}.4")
    assert find_interpreter(OTHER).path == str(shim)


def test_a_missing_one_is_refused_with_those_found(elsewhere: Path) -> None:
    interpreter(elsewhere / "pyenv" / "versions" / "3.13.1" / "bin" / "python", "3.13.1")
    interpreter(elsewhere / "pyenv" / "versions" / "3.9.1" / "bin" / "python", "3.9.1")
    with pytest.raises(EnvironmentProblem) as caught:
        find_interpreter("3.12.99", "httpx@py3.12.99")
    text = str(caught.value)
    assert text.startswith("httpx@py3.12.99: no Python 3.12.99 here; Python 3.11 to 3.15 can be measured, here are ")
    assert "3.13.1" in text
    assert "3.9.1" not in text


@pytest.mark.parametrize(
    ("version", "said"),
    [("3.10.14", "is too old"), ("3.16.0", "is newer than this clientprof knows"), ("2.7.18", "is too old")],
)
def test_one_that_is_too_old_or_too_new_is_refused_whether_it_is_there_or_not(
    elsewhere: Path, version: str, said: str
) -> None:
    for asked in (version, str(interpreter(elsewhere / "python", version))):
        with pytest.raises(InterpreterProblem) as caught:
            find_interpreter(asked)
        assert f"Python {version} {said}; Python 3.11 to 3.15 can be measured" in str(caught.value)


def test_each_build_is_listed_once_and_only_what_is_supported(elsewhere: Path) -> None:
    for version in ("3.9.1", "3.13.1", "3.12.9", "3.16.0"):
        interpreter(elsewhere / "pyenv" / "versions" / version / "bin" / "python", version)
    interpreter(elsewhere / "bin" / "python3.13", "3.13.1")  # the same build by another way
    here = {platform.python_version()} if HERE_IS_SUPPORTED else set()
    found = [each.version for each in interpreters_here()]
    assert sorted(found) == sorted({"3.12.9", "3.13.1"} | here)


@pytest.mark.parametrize("asked", ["three", "3", "3.12; rm", "", "3.12.1.2"])
def test_what_is_no_version_is_refused(asked: str) -> None:
    with pytest.raises(EnvironmentProblem, match="write a version such as"):
        find_interpreter(asked)


def test_a_path_that_is_no_interpreter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="does not start"):
        find_interpreter(str(tmp_path) + os.sep)
