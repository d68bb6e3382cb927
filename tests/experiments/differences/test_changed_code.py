"""What differs in the code of two arms: functions as frames name them, and only those that are not the same."""

import types
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from clientprof.experiments.differences import changed_code as reading
from clientprof.experiments.differences.changed_code import changed_code, functions_of
from clientprof.experiments.environments.subjects import Subject

MODULE = """\
import functools
\x0c
class Pool:
    @property
    def size(self):
        return 1

    @functools.cache
    def scan(self):
        def inner():
            return [x for x in (lambda: "a")()]
        return inner

    async def take(self):
        async with self:
            pass

if True:
    def late(): return 2
"""


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from codes(constant)


def test_functions_have_the_names_and_first_lines_of_their_frames() -> None:
    found = {(code.function, code.line) for code in functions_of("pool.py", MODULE)}
    frames = {(code.co_qualname, code.co_firstlineno) for code in codes(compile(MODULE, "pool.py", "exec"))}
    assert found <= frames
    left = {name for name, _ in frames - found}
    assert left <= {
        "Pool",
        "Pool.scan.<locals>.inner.<locals>.<lambda>",
        "Pool.scan.<locals>.inner.<locals>.<listcomp>",
    }
    texts = {code.function: code.text for code in functions_of("pool.py", MODULE)}
    assert texts["Pool.size"] == "    @property\n    def size(self):\n        return 1"
    assert texts["late"] == "    def late(): return 2"


def test_a_getter_and_its_setter_are_one_function_and_what_cannot_be_parsed_has_none() -> None:
    both = "class A:\n    def x(self): return 1\n    def x(self, value): pass\n"
    (one,) = functions_of("a.py", both)
    assert one.text == "    def x(self): return 1\n    def x(self, value): pass"
    assert functions_of("a.py", "def f(:") == []


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Arms whose packages lie in the folder of their label."""

    def files_of(subject: Subject, packages: Sequence[str]) -> dict[str, str]:
        top = tmp_path / subject.label
        return {path.relative_to(top).as_posix(): str(path) for path in top.rglob("*.py")}

    monkeypatch.setattr(reading, "_files_of", files_of)
    return tmp_path


def write(folder: Path, **files: str) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


def test_only_functions_that_are_not_the_same_in_all_arms_are_kept(trees: Path) -> None:
    same = "def same():\n    return 1\n"
    write(trees / "a", pool=f"{same}def f():\n    return 1\n", other=same)
    write(trees / "b", pool=f"import os\n{same}def f():\n    return 2\ndef new():\n    pass\n", other=same)
    one, other = changed_code([Subject("a", "httpx"), Subject("b", "httpx")])
    assert [(code.function, code.line) for code in one.functions] == [("f", 3)]
    assert [(code.function, code.line) for code in other.functions] == [("f", 4), ("new", 6)]
    assert (one.client, other.client, one.left_out) == ("a", "b", 0)


def test_arms_of_two_clients_or_of_one_code_have_nothing_to_show(trees: Path) -> None:
    write(trees / "a", pool="def f(): return 1\n")
    write(trees / "b", pool="def f(): return 2\n")
    write(trees / "c", pool="# a comment\ndef f(): return 1\n")
    assert changed_code([Subject("a", "httpx"), Subject("b", "aiohttp")]) == ()
    assert changed_code([Subject("a", "httpx"), Subject("c", "httpx")]) == ()
    assert changed_code([Subject("a", "httpx")]) == ()


def test_the_tests_that_a_package_brings_along_are_not_code_of_a_request(trees: Path) -> None:
    for arm in ("a", "b"):
        (trees / arm / "h11" / "tests").mkdir(parents=True)
        (trees / arm / "h11" / "testing.py").write_text(f"def f(): return {arm!r}\n")
    (trees / "b" / "h11" / "tests" / "test_state.py").write_text("def test_state(): pass\n")
    one, other = changed_code([Subject("a", "httpx"), Subject("b", "httpx")])
    assert [[code.function for code in arm.functions] for arm in (one, other)] == [["f"], ["f"]]


def test_what_is_too_much_to_keep_is_counted(trees: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST_CHARACTERS", 25)
    write(trees / "a", pool="def f(): return 1\ndef g(): return 1\n")
    write(trees / "b", pool="def f(): return 2\ndef g(): return 2\n")
    one, _ = changed_code([Subject("a", "httpx"), Subject("b", "httpx")])
    assert ([code.function for code in one.functions], one.left_out) == (["f"], 1)


def test_the_files_of_an_installed_package_are_those_that_its_frames_name() -> None:
    files = reading.package_files(["h11", "no-such-package"])
    assert "h11/_connection.py" in files
    assert all(Path(path).is_file() for path in files.values())
