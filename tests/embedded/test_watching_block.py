"""``watching()`` as a block and as a decorator: what it gives, and what it refuses."""

import asyncio
import inspect
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import clientprof
from clientprof.origin.process import OriginProcess


def test_figures_stand_still_once_the_block_is_closed(origin: OriginProcess) -> None:
    with clientprof.watching() as seen:
        assert seen.requests == 0
        requests.get(f"{origin.ready.base_url}/1k")
        assert (seen.open, seen.requests) == (True, 1)
    requests.get(f"{origin.ready.base_url}/1k")
    assert (seen.open, seen.requests, seen.costs.requests) == (False, 1, 1)


def test_counting_can_begin_again_in_an_open_block_only(origin: OriginProcess) -> None:
    with clientprof.watching() as seen:
        requests.get(f"{origin.ready.base_url}/1k")
        seen.restart()
        assert (seen.requests, seen.call_sites) == (0, ())
    with pytest.raises(RuntimeError, match="closed"):
        seen.restart()


def test_the_report_names_figures_call_sites_and_failures(origin: OriginProcess) -> None:
    with clientprof.watching() as seen:
        requests.get(f"{origin.ready.base_url}/1k")
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{origin.ready.base_url}/fault/reset")
    text = str(seen)
    assert text == seen.report()
    assert text.startswith("2 requests, 1 failed; 2 connections opened, 0 handshakes.\n")
    assert "Failed by requests.exceptions.ConnectionError 1." in text
    assert len(re.findall(r"requests  .*test_watching_block.py:\d+ .* 1 ", text)) == 2
    assert max(map(len, text.splitlines())) <= 100


def test_a_decorated_function_is_a_block_at_each_call(origin: OriginProcess) -> None:
    found: list[clientprof.Seen] = []

    @clientprof.watching(then=found.append)
    def fetch(count: int) -> str:
        """Fetches."""
        for _ in range(count):
            requests.get(f"{origin.ready.base_url}/1k")
        return "done"

    assert (fetch(1), fetch(2)) == ("done", "done")
    assert [seen.requests for seen in found] == [1, 2]
    assert (fetch.__name__, fetch.__doc__) == ("fetch", "Fetches.")


def test_a_decorated_coroutine_function_stays_one_and_may_run_many_times_at_once() -> None:
    found: list[clientprof.Seen] = []

    @clientprof.watching(then=found.append)
    async def nothing() -> int:
        await asyncio.sleep(0.001)
        return 1

    async def main() -> None:
        assert await asyncio.gather(*(nothing() for _ in range(3))) == [1, 1, 1]

    assert inspect.iscoroutinefunction(nothing)
    asyncio.run(main())
    assert [seen.requests for seen in found] == [0, 0, 0]


def test_without_anything_else_a_decorated_function_prints_its_report(capsys: pytest.CaptureFixture[str]) -> None:
    @clientprof.watching()
    def nothing() -> None: ...

    nothing()
    assert capsys.readouterr().err.startswith("0 requests, 0 failed; 0 connections opened")


def test_an_error_in_the_block_goes_on_and_the_block_is_closed() -> None:
    with pytest.raises(KeyError), clientprof.watching() as seen:
        raise KeyError
    assert not seen.open


def test_what_cannot_be_a_block_is_refused_in_a_sentence() -> None:
    block = clientprof.watching()
    with block, pytest.raises(RuntimeError, match="open already"):
        block.__enter__()

    def generator() -> Iterator[int]:
        yield 1

    with pytest.raises(TypeError, match="open a block inside it"):
        clientprof.watching()(generator)
    with pytest.raises(TypeError, match="decorates functions, not int"):
        clientprof.watching()(3)  # type: ignore[type-var]


def test_the_same_block_may_be_opened_again_once_it_is_closed() -> None:
    block = clientprof.watching()
    with block as first:
        pass
    with block as second:
        pass
    assert first is not second


def test_an_unknown_name_is_as_unknown_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        clientprof.nothing  # noqa: B018


def test_calls_handed_to_threads_belong_to_the_line_that_handed_them_over(origin: OriginProcess) -> None:
    url = f"{origin.ready.base_url}/1k"
    with clientprof.watching() as seen, requests.Session() as session, ThreadPoolExecutor(2) as pool:
        list(pool.map(session.get, [url] * 3))
        asyncio.run(_in_a_thread(session, url))
    told = [(each.site and each.site.function, each.costs.requests) for each in seen.call_sites]
    assert told == [
        ("test_calls_handed_to_threads_belong_to_the_line_that_handed_them_over", 3),
        ("_in_a_thread", 2),
    ]


async def _in_a_thread(session: requests.Session, url: str) -> None:
    await asyncio.gather(asyncio.to_thread(session.get, url, timeout=5), asyncio.to_thread(session.get, url))
