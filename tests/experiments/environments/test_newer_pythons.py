"""Which interpreters are newer than a client's, which of them comes first, and what a fixed program says of it."""

import sys

import pytest

from clientprof.experiments.environments.interpreters import Interpreter
from clientprof.experiments.environments.newer_pythons import newer_pythons, program_cpu_ns, speed_ratio


def found(version: str, *, free_threaded: bool = False, implementation: str = "CPython") -> Interpreter:
    return Interpreter(f"/{implementation}/{version}", implementation, version, free_threaded, "x86_64")


KNOWN = (
    found("3.11.7"),
    found("3.12.1"),
    found("3.12.10"),
    found("3.13.0"),
    found("3.14.0", free_threaded=True),
    found("3.15.0", implementation="PyPy"),
)
CPU_NS = {"/here": 1000, "/CPython/3.13.0": 700}


def test_the_newest_comes_first_with_the_newest_patch_of_each_minor() -> None:
    pythons = newer_pythons("3.11.2", "/here", lambda: KNOWN, CPU_NS.__getitem__)
    assert [each.version for each in pythons] == ["3.13.0", "3.12.10"]
    assert [each.ratio for each in pythons] == [0.7, None]


def test_another_patch_of_the_same_minor_is_not_newer() -> None:
    assert newer_pythons("3.13.0", "/here", lambda: (*KNOWN, found("3.13.9")), CPU_NS.__getitem__) == ()


def test_the_ratio_is_of_the_least_of_three_each_in_turn() -> None:
    spent = {"/here": [10, 12, 20], "/there": [9, 30, 5]}
    asked: list[str] = []

    def cpu_of(path: str) -> int:
        asked.append(path)
        return spent[path].pop(0)

    assert speed_ratio("/here", "/there", cpu_of) == 0.5
    assert asked == ["/here", "/there"] * 3


def test_an_interpreter_that_does_not_run_the_program_gives_no_ratio() -> None:
    assert speed_ratio("/here", "/there", lambda path: None if path == "/there" else 5) is None
    assert program_cpu_ns("/there/is/no/python") is None


def test_this_interpreter_runs_the_program() -> None:
    assert (program_cpu_ns(sys.executable) or 0) > 0


@pytest.mark.parametrize("version", ["3.15.2", "3.16.0"])
def test_where_none_is_newer_there_is_none(version: str) -> None:
    assert newer_pythons(version, "/here", lambda: KNOWN, CPU_NS.__getitem__) == ()
