"""Changes of the measured process: of any kind of function, exact in their dose, and one line where they cannot be made."""

import asyncio
import functools
import inspect
import sys
from collections import deque
from collections.abc import Iterator
from itertools import repeat, starmap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clientprof.experiments.failed_requests import failed_requests
from clientprof.origin.process import OriginProcess
from clientprof.workload import changes
from clientprof.workload.changes import Change, ChangeError, make_changes, slower
from clientprof.workload.process import WorkerError, run_worker
from small_load import TIMEOUT_S, followed, settings_for

LIBRARY = """
import functools

def plain(number): return number
async def awaited(number): return number
@functools.lru_cache(maxsize=7)
def remembered(number): return number

class Thing:
    def method(self, number): return number
    @staticmethod
    def static(number): return number
    @classmethod
    def of_class(cls, number): return number
    @property
    def shown(self): return 1
    @functools.cached_property
    def kept(self): return 1
    number = 1
"""
REPLACING = """
def number(number): return number + 100
def of_class(cls, number): return number + 100
def method(self, number): return number + 100
def shown(self): return 101
def failing(*args, **kwargs): raise RuntimeError("not like this")
def apply(argument): raise ValueError("of no use\\nat all")
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module of its own for each test, importable as ``changed_library``."""
    (tmp_path / "changed_library.py").write_text(LIBRARY)
    (tmp_path / "replacing.py").write_text(REPLACING)
    monkeypatch.syspath_prepend(tmp_path)
    import changed_library

    yield changed_library
    del sys.modules["changed_library"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "list[int]":
    """A thread's CPU clock of which each reading takes 250 ns, in place of the machine's; the list holds its time."""
    now = [0]

    def read() -> int:
        now[0] += 250
        return now[0]

    monkeypatch.setattr(changes, "thread_time_ns", read)
    return now


CALLS: dict[str, Any] = {
    "plain": lambda library: library.plain(1),
    "awaited": lambda library: asyncio.run(library.awaited(1)),
    "remembered": lambda library: library.remembered(1),
    "Thing.method": lambda library: library.Thing().method(1),
    "Thing.static": lambda library: library.Thing.static(1),
    "Thing.of_class": lambda library: library.Thing.of_class(1),
    "Thing.shown": lambda library: library.Thing().shown,
    "Thing.kept": lambda library: library.Thing().kept,
}


@pytest.mark.parametrize("name", list(CALLS))
def test_every_kind_of_function_can_be_slowed_and_still_does_the_same(
    name: str, library: ModuleType, clock: "list[int]"
) -> None:
    make_changes([Change(target=f"changed_library:{name}", dose_us=300.0)])
    before = clock[0]
    assert CALLS[name](library) == 1
    assert 300_000 <= clock[0] - before <= 301_000


def test_a_slowed_function_keeps_its_kind(library: ModuleType, clock: "list[int]") -> None:
    make_changes([Change(target=f"changed_library:{name}", dose_us=30.0) for name in CALLS])
    assert inspect.iscoroutinefunction(library.awaited)
    assert library.remembered.cache_parameters() == {"maxsize": 7, "typed": False}
    kinds = [type(inspect.getattr_static(library.Thing, name)) for name in ("static", "of_class", "shown", "kept")]
    assert kinds == [staticmethod, classmethod, property, functools.cached_property]
    thing = library.Thing()
    assert thing.kept == thing.kept
    assert "kept" in vars(thing)


def test_a_cached_function_is_slow_where_it_runs_and_not_where_its_answer_is_found(
    library: ModuleType, clock: "list[int]"
) -> None:
    make_changes([Change(target="changed_library:remembered", dose_us=300.0)])
    library.remembered(5)
    before = clock[0]
    library.remembered(5)
    assert clock[0] == before


@pytest.mark.parametrize("dose_us", [0.04, 1.0, 7.3, 19.0, 450.0])
def test_over_many_calls_a_dose_is_exact_however_small(dose_us: float, clock: "list[int]") -> None:
    slowed = slower(bool, dose_us)
    before, calls = clock[0], round(200_000 / dose_us)
    # Five million calls: without a loop of Python round them they take half as long.
    deque(starmap(slowed, repeat((), calls)), maxlen=0)
    # Less than one shortest burn may be due still.
    assert clock[0] - before == pytest.approx(calls * dose_us * 1000, abs=changes.SHORTEST_BURN_NS + 1000)


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        ("plain", "number"),
        ("Thing.method", "method"),
        ("Thing.static", "number"),
        ("Thing.of_class", "of_class"),
        ("Thing.shown", "shown"),
        ("Thing.kept", "shown"),
    ],
)
def test_a_replacement_takes_the_place_of_any_kind_of_function(
    name: str, replacement: str, library: ModuleType, tmp_path: Path
) -> None:
    make_changes([Change(f"changed_library:{name}", str(tmp_path / "replacing.py"), replacement)])
    assert CALLS[name](library) == 101


WRONG = [
    ("no-colon", "", "", "is no target"),
    ("no_such_module:f", "", "", "no module no_such_module is installed"),
    ("changed_library:Thing.no_such", "", "", "has no Thing.no_such"),
    ("changed_library:Nothing.method", "", "", "has no Nothing.method"),
    ("changed_library:Thing.number", "", "", "is no function"),
    ("builtins:dict.get", "", "", "cannot be replaced: TypeError"),
    ("changed_library:plain", "replacing.py", "no_such", "replacing.py has no function no_such"),
    ("changed_library:plain", "broken.py", "f", "broken.py could not be loaded: SyntaxError"),
    ("changed_library:plain", "missing.py", "f", "missing.py could not be loaded: FileNotFoundError"),
    ("", "replacing.py", "apply", "apply of replacing.py failed: ValueError: of no use"),
]


@pytest.mark.parametrize(("target", "file", "name", "said"), WRONG, ids=[said for *_, said in WRONG])
def test_a_change_that_cannot_be_made_says_so_in_one_line(
    target: str, file: str, name: str, said: str, library: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("def f(:\n")
    with pytest.raises(ChangeError) as caught:
        make_changes([Change(target, str(tmp_path / file) if file else "", name)])
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_worker_with_such_a_change_fails_with_that_line_and_measures_nothing(origin: OriginProcess) -> None:
    settings = settings_for(origin, changes=(Change(target="httpx._client:AsyncClient.no_such"),))
    with pytest.raises(WorkerError) as caught:
        run_worker(settings, lambda event: None, timeout_s=TIMEOUT_S)
    said = str(caught.value)
    assert "could not measure: ChangeError: httpx._client:AsyncClient.no_such: httpx._client of the installed" in said
    assert len(said.splitlines()) == 1


def test_a_replacement_that_raises_while_requests_run_fails_all_of_them_and_is_named(
    origin: OriginProcess, tmp_path: Path
) -> None:
    (tmp_path / "replacing.py").write_text(REPLACING)
    change = Change("httpx._client:AsyncClient._send_handling_auth", str(tmp_path / "replacing.py"), "failing")
    run = followed(origin, changes=(change,)).run
    assert all(run.column("exchange.error"))
    assert failed_requests([run]) == f"requests failed (RuntimeError): {len(run.column('exchange.error'))} of httpx"
