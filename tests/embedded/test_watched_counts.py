"""What ``watching()`` counts is what the server's own account says, whatever client, loop or thread made the calls."""

import asyncio
import contextlib
import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import requests
import trio
import uvloop

import clientprof
from client_calls import AFTER, ASYNCHRONOUS, AT_ONCE, BLOCKING
from clientprof.origin.process import Journal, OriginProcess

RUNNERS: dict[str, Callable[[Any], Any]] = {"asyncio": asyncio.run, "uvloop": uvloop.run}


@contextlib.contextmanager
def accounted(origin: OriginProcess) -> Iterator[Callable[[], Journal]]:
    before = origin.journal()
    yield lambda: origin.journal().since(before)


def of(seen: clientprof.Seen) -> tuple[int, int, int]:
    return seen.requests, seen.connections_opened, seen.handshakes


def by(journal: Journal) -> tuple[int, int, int]:
    return journal.requests, journal.accepts, journal.handshakes


@pytest.fixture(params=["plain", "tls"])
def server(request: pytest.FixtureRequest, origin: OriginProcess, tls_origin: OriginProcess) -> OriginProcess:
    return tls_origin if request.param == "tls" else origin


@pytest.mark.parametrize("loop", RUNNERS)
@pytest.mark.parametrize("client", ASYNCHRONOUS)
def test_asynchronous_clients_are_counted_as_the_server_counts(client: str, loop: str, server: OriginProcess) -> None:
    with accounted(server) as account, clientprof.watching() as seen:
        RUNNERS[loop](ASYNCHRONOUS[client](f"{server.ready.base_url}/1k", server.ready.ca_file))
    assert of(seen) == by(account())
    assert (seen.requests, seen.failures, seen.blocked_s) == (AT_ONCE + AFTER, 0, 0)
    assert seen.notes == ()


@pytest.mark.parametrize("client", BLOCKING)
def test_blocking_clients_in_threads_are_counted_as_the_server_counts(client: str, server: OriginProcess) -> None:
    with accounted(server) as account, clientprof.watching() as seen:
        BLOCKING[client](f"{server.ready.base_url}/1k", server.ready.ca_file)
    assert of(seen) == by(account())
    assert (seen.requests, seen.failures, seen.blocked_s) == (AT_ONCE + AFTER, 0, 0)


def test_each_request_is_counted_whose_connection_was_closed_before_its_answer(origin: OriginProcess) -> None:
    connection = http.client.HTTPConnection(urlsplit(origin.ready.base_url).netloc)
    with clientprof.watching() as seen:
        connection.connect()
        for _ in range(3):
            connection.request("GET", "/1k?delay=20")
            connection.close()
    assert (seen.requests, seen.failures, seen.notes) == (3, 0, ())


def test_httpx_on_trio_is_counted(tls_origin: OriginProcess) -> None:
    async def main() -> None:
        context = ssl.create_default_context(cafile=tls_origin.ready.ca_file)
        async with httpx.AsyncClient(verify=context) as client, trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(client.get, f"{tls_origin.ready.base_url}/1k")

    with accounted(tls_origin) as account, clientprof.watching() as seen:
        trio.run(main)
    assert of(seen) == by(account())
    assert seen.requests == 5


@pytest.mark.parametrize("loop", RUNNERS)
def test_what_was_there_before_is_used_and_counted_from_then_on(loop: str, origin: OriginProcess) -> None:
    url = f"{origin.ready.base_url}/1k"

    async def main() -> None:
        async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
            await client.get(url)
            (await session.get(url)).release()
            with accounted(origin) as account:
                async with clientprof.watching() as seen:
                    await client.get(url)
                    (await session.get(url)).release()
                assert (of(seen), by(account())) == ((2, 0, 0), (2, 0, 0))
                async with clientprof.watching() as seen:
                    await asyncio.gather(*(client.get(url) for _ in range(4)), *(session.get(url) for _ in range(3)))
                assert by(account()) == (9, seen.connections_opened, 0)
                assert seen.requests == 7
            await client.get(url)
        assert seen.requests == 7

    RUNNERS[loop](main())


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("client", ["httpx", "aiohttp"])
@pytest.mark.parametrize("loop", RUNNERS)
def test_connections_over_a_unix_socket_are_counted(loop: str, client: str, tmp_path: Path) -> None:
    accepted: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(1)
        while await reader.readline():
            while await reader.readline() != b"\r\n":
                pass
            writer.write(ANSWER)
        writer.close()

    async def main() -> None:
        path = str(tmp_path / "socket")
        async with await asyncio.start_unix_server(serve, path):
            if client == "httpx":
                async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=path)) as plain:
                    await asyncio.gather(*(plain.get("http://server/") for _ in range(3)))
            else:
                async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as session:
                    await asyncio.gather(*(session.get("http://server/") for _ in range(3)))

    with clientprof.watching() as seen:
        RUNNERS[loop](main())
    assert of(seen) == (3, len(accepted), 0)


def test_connections_that_a_running_loop_of_another_thread_opens_are_counted(origin: OriginProcess) -> None:
    url = f"{origin.ready.base_url}/1k"
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def get() -> None:
        async with aiohttp.ClientSession() as session:
            (await session.get(url)).release()

    try:
        asyncio.run_coroutine_threadsafe(get(), loop).result(20)
        with accounted(origin) as account, clientprof.watching() as seen:
            for _ in range(3):
                asyncio.run_coroutine_threadsafe(get(), loop).result(20)
        assert of(seen) == by(account()) == (3, 3, 0)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


def test_blocks_in_blocks_count_each_their_own_and_the_outer_ones_all(origin: OriginProcess) -> None:
    url = f"{origin.ready.base_url}/1k"
    with clientprof.watching() as outer, requests.Session() as session:
        session.get(url)
        with clientprof.watching() as inner:
            session.get(url)
            session.get(url)
        session.get(url)
    assert (outer.requests, inner.requests) == (4, 2)
    assert (outer.connections_opened, inner.connections_opened) == (1, 0)


def test_blocks_of_several_threads_may_overlap(origin: OriginProcess) -> None:
    url = f"{origin.ready.base_url}/1k"
    opened, go_on = threading.Event(), threading.Event()
    found: list[clientprof.Seen] = []

    def other() -> None:
        with clientprof.watching() as seen:
            opened.set()
            assert go_on.wait(20)
            requests.get(url)
        found.append(seen)

    thread = threading.Thread(target=other)
    thread.start()
    assert opened.wait(20)
    with clientprof.watching() as seen:
        requests.get(url)
    go_on.set()
    thread.join(20)
    assert (seen.requests, found[0].requests) == (1, 2)


def test_a_client_that_is_imported_inside_the_block_is_counted(origin: OriginProcess) -> None:
    script = """
import sys, clientprof
with clientprof.watching() as seen:
    import asyncio, ssl, uvloop, aiohttp, requests
    requests.get(sys.argv[1])
    async def main():
        async with aiohttp.ClientSession() as session:
            (await session.get(sys.argv[1])).release()
    uvloop.run(main())
    asyncio.run(main())
print(seen.requests, seen.connections_opened, seen.notes)
assert not sys.meta_path[0].__class__.__module__.startswith("clientprof")
"""
    assert printed(script, f"{origin.ready.base_url}/1k") == "3 3 ()"


def printed(script: str, *words: str) -> str:
    import subprocess
    import sys

    ran = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_importing_clientprof_loads_nothing_and_a_block_only_the_standard_library() -> None:
    script = """
import sys, sysconfig
before = set(sys.modules)
import clientprof
assert {name for name in set(sys.modules) - before if name.startswith("clientprof")} == {"clientprof"}
with clientprof.watching() as seen:
    repr(seen)
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
# Of the standard library are more than those that it names: distributions add some.
library = sysconfig.get_path("stdlib")
own = {name for name in loaded if (getattr(sys.modules[name], "__file__", None) or library).startswith(library)}
foreign = {name for name in own if "site-packages" in (getattr(sys.modules[name], "__file__", None) or "")}
print(sorted(loaded - own | foreign))
"""
    assert printed(script) == "['clientprof']"


def test_a_redirect_and_an_inner_call_of_the_same_library_are_one_request(origin: OriginProcess) -> None:
    with clientprof.watching() as seen:
        httpx.get(f"{origin.ready.base_url}/1k")
    assert seen.requests == 1
