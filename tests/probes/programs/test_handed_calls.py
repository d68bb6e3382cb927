"""A client's function that is handed to a thread as it is belongs to the line that handed it over."""

import asyncio
import operator
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import pytest
import trio
from anyio._backends import _asyncio
from requests.hooks import dispatch_hook

from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs.handed_calls import install_handed_calls
from clientprof.probes.programs.imports import ImportWatch
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites

Look = Callable[[object], int]


@pytest.fixture
def look() -> Iterator[Look]:
    """Called by code of requests, it says what its call site is."""
    names, failures, patches = Names(), Failures(), Patches()
    sites = Sites(names, ("requests",))
    imports = ImportWatch(failures.remove)
    imports.install()
    install_handed_calls(sites, patches, failures, imports.when)

    def line_of_site(_data: object) -> int:
        number = sites.of(sys._getframe(1))
        return -1 if number < 0 else int(names.keys("site")[number][1])

    yield line_of_site
    patches.restore()
    imports.uninstall()
    assert not failures.notes


def here() -> int:
    return sys._getframe(1).f_lineno


def test_submit_and_map(look: Look) -> None:
    with ThreadPoolExecutor(2) as pool:
        told = pool.submit(dispatch_hook, "response", {"response": look}, "data").result(), here()
        assert told[0] == told[1]
        kinds, hooks = ["response"] * 3, [{"response": look}] * 3
        mapped = list(pool.map(dispatch_hook, kinds, hooks, kinds)), here()
        assert mapped[0] == [mapped[1]] * 3


def test_partials_and_the_threads_of_asyncio(look: Look) -> None:
    call = partial(partial(dispatch_hook, "response"), {"response": look})

    async def main() -> list[tuple[int, int]]:
        loop = asyncio.get_running_loop()
        return [
            (await asyncio.to_thread(dispatch_hook, "response", {"response": look}, "data"), here()),
            (await asyncio.to_thread(call, "data"), here()),
            (await loop.run_in_executor(None, call, "data"), here()),
        ]

    for told, line in asyncio.run(main()):
        assert told == line


def test_a_thread_of_its_own(look: Look) -> None:
    told: list[int] = []
    thread = threading.Thread(target=dispatch_hook, args=("response", {"response": [look, told.append]}, "data"))
    line = here() + 1
    thread.start()
    thread.join()
    assert told == [line]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_threads_of_anyio(look: Look, backend: str) -> None:
    async def main() -> None:
        for call in (dispatch_hook, partial(dispatch_hook)):
            told = await anyio.to_thread.run_sync(call, "response", {"response": look}, "data"), here()
            assert told[0] == told[1]

    anyio.run(main, backend=backend)


def test_the_threads_of_trio(look: Look) -> None:
    async def main() -> None:
        told = await trio.to_thread.run_sync(dispatch_hook, "response", {"response": look}, "data"), here()
        assert told[0] == told[1]
        with pytest.raises(TypeError, match="positional"):
            await trio.to_thread.run_sync()  # type: ignore[call-arg]

    trio.run(main)


def test_a_wrong_call_is_the_programs_to_be_told_of_and_the_next_has_its_call_site(look: Look) -> None:
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(TypeError, match="positional"):
            pool.submit()  # type: ignore[call-arg]
        told = pool.submit(dispatch_hook, "response", {"response": look}, "data").result(), here()
        assert told[0] == told[1]


def test_a_function_of_the_program_is_its_own_call_site(look: Look) -> None:
    lines: list[int] = []

    def own() -> object:
        lines.append(here() + 1)
        return dispatch_hook("response", {"response": look}, "data")

    with ThreadPoolExecutor(1) as pool:
        assert [pool.submit(own).result()] == lines


def test_what_cannot_be_known_by_its_code_has_no_call_site(look: Look) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(dispatch_hook, "response", {"response": look}, "data").result()
        assert pool.submit(operator.call, dispatch_hook, "response", {"response": look}, "data").result() == -1


@pytest.fixture
def older_anyio(monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """As anyio 3 has it: a function of the module, no method of a class, which is given back for what rests on it."""
    backend = _asyncio.AsyncIOBackend

    async def run_sync_in_worker_thread(func: Callable[..., int], *args: object) -> int:
        return await backend.run_sync_in_worker_thread(func, args)

    monkeypatch.setattr(_asyncio, "run_sync_in_worker_thread", run_sync_in_worker_thread, raising=False)
    monkeypatch.delattr(_asyncio, "AsyncIOBackend")
    return backend


def test_anyio_before_4(older_anyio: type[Any], look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_asyncio, "AsyncIOBackend", older_anyio, raising=False)

    async def main() -> tuple[int, int]:
        call: Any = vars(_asyncio)["run_sync_in_worker_thread"]
        return await call(dispatch_hook, "response", {"response": look}, "data"), here()

    told, line = asyncio.run(main())
    assert told == line
