"""Code is named by where it is, never by what it says."""

import asyncio
import contextlib
import functools
import gc
import importlib.util
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

import pytest

from clientprof.probes.live_codes import live_codes
from clientprof.probes.locations import locate


def function(path: str) -> FunctionType:
    """The function that ``path`` would define; the text is the same for all paths."""
    names: dict[str, FunctionType] = {}
    exec(compile("def idle(self):\n    return self.state == 'idle'\n", path, "exec"), names)
    return names["idle"]


def test_the_same_text_in_two_files_is_two_functions() -> None:
    asynchronous, blocking = function("/site-packages/pool/_async.py"), function("/site-packages/pool/_sync.py")
    assert asynchronous.__code__ == blocking.__code__
    assert locate(asynchronous.__code__).module == "pool._async"
    assert locate(blocking.__code__).module == "pool._sync"


def test_what_numbers_requests_of_a_program_is_an_instrument_and_the_program_that_calls_is_not() -> None:
    from clientprof.workload.drivers import thread_driver
    from clientprof.workload.programs import entries, routes, served_requests

    for ours in (entries.Entries.targets, routes.Routes.targets, served_requests.ServedRequests.serve):
        assert locate(ours.__code__).origin == "profiler"
    assert locate(thread_driver.ThreadDriver.run_exchange.__code__).origin == "app"


class Held:
    @property
    def by_property(self) -> None: ...


@functools.cache
def by_cache() -> None: ...


@contextlib.contextmanager
def by_closure() -> Iterator[None]:
    yield


def test_functions_of_a_frozen_heap_are_found_too() -> None:
    held = [vars(Held)["by_property"].fget, by_cache.__wrapped__, by_closure.__wrapped__]  # type: ignore[attr-defined]
    # pytest's heap is frozen anyway (conftest.py), what has been made since is not.
    gc.freeze()
    found = {id(code) for code in live_codes()}
    for function in (locate, *held, test_functions_of_a_frozen_heap_are_found_too, lambda: None):
        assert id(function.__code__) in found


def test_code_that_runs_and_is_no_functions_is_found_too() -> None:
    found: list[CodeType] = []
    code = compile("found.extend(search())", "script.py", "exec")
    exec(code, {"found": found, "search": live_codes})
    assert any(each is code for each in found)


def test_searching_a_frozen_heap_runs_no_code_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("this")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lazy)
    monkeypatch.setitem(sys.modules, "this", lazy)
    live_codes()
    assert type(lazy) is not ModuleType, "it was loaded"


async def futures() -> None:
    await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(20)))


def test_searching_a_frozen_heap_often_leaves_the_freed_futures_of_asyncio_alone() -> None:
    """CPython 3.12 shows them to the collector; who keeps one has it freed twice, and the next collection never ends."""
    for _ in range(3):
        asyncio.run(futures())
        live_codes()
    gc.collect()
