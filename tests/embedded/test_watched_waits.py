"""Waits that ``watching()`` tells: for the pool, and of loops that stand still; failures by type; by call site."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import uvloop

import clientprof
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from clientprof.probes.sampling.run_delay import run_delay_ns

RUNNERS: dict[str, Callable[[Any], Any]] = {"asyncio": asyncio.run, "uvloop": uvloop.run}
SLEEP_S = 0.05
# A sleep lasts longer on a busy machine, never shorter; a stretch may begin a millisecond late.
LEAST_S = 0.9 * SLEEP_S


def not_standing_still_s() -> float:
    """What ``watching()`` takes for no standing still: waiting for a core, and what other threads of the tests compute."""
    return (run_delay_ns() or 0) / 1e9 + time.process_time() - time.thread_time()


async def sleeps() -> None:
    await asyncio.sleep(0)
    time.sleep(SLEEP_S)
    await asyncio.sleep(0)


async def locks() -> None:
    lock = threading.Lock()
    lock.acquire()
    timer = threading.Timer(2 * SLEEP_S, lock.release)
    timer.start()
    lock.acquire()
    timer.join()


async def computes() -> int:
    until_s = time.thread_time() + SLEEP_S
    count = 0
    while time.thread_time() < until_s:
        count += 1
    return count


async def waits(threads: ThreadPoolExecutor) -> None:
    await asyncio.sleep(SLEEP_S)
    await asyncio.get_running_loop().run_in_executor(threads, time.sleep, SLEEP_S)


@pytest.mark.parametrize("loop", RUNNERS)
@pytest.mark.parametrize("planted", [sleeps, locks])
def test_what_stands_still_on_a_loop_is_told(planted: Callable[[], Any], loop: str) -> None:
    before_s = not_standing_still_s()
    with clientprof.watching() as seen:
        RUNNERS[loop](planted())
    assert seen.blocked_s >= LEAST_S - (not_standing_still_s() - before_s)
    assert seen.requests == 0


@pytest.mark.parametrize("loop", RUNNERS)
def test_what_computes_does_not_stand_still(loop: str) -> None:
    with clientprof.watching() as seen:
        RUNNERS[loop](computes())
    assert seen.blocked_s == 0


@pytest.mark.parametrize("loop", RUNNERS)
def test_what_waits_as_it_should_does_not_stand_still(loop: str) -> None:
    with ThreadPoolExecutor(1) as threads:
        # Who starts a thread stands still until it has a core: the thread is there before.
        threads.submit(time.sleep, 0).result()
        with clientprof.watching() as seen:
            RUNNERS[loop](waits(threads))
    assert seen.blocked_s == 0


@pytest.mark.parametrize("loop", RUNNERS)
def test_a_block_inside_a_callback_has_its_own_part_of_it(loop: str) -> None:
    async def main() -> None:
        time.sleep(SLEEP_S)
        before_s = not_standing_still_s()
        async with clientprof.watching() as first:
            time.sleep(SLEEP_S)
            await asyncio.sleep(0)
            time.sleep(SLEEP_S)
        other_s = not_standing_still_s() - before_s
        async with clientprof.watching() as second:
            await asyncio.sleep(2 * SLEEP_S)
        assert first.blocked_s >= 2 * LEAST_S - other_s
        assert second.blocked_s == 0

    RUNNERS[loop](main())


def test_sleeping_in_a_thread_without_a_loop_blocks_nobody() -> None:
    with clientprof.watching() as seen:
        time.sleep(SLEEP_S)
    assert seen.blocked_s == 0


@pytest.mark.parametrize("loop", RUNNERS)
def test_a_blocking_client_on_the_loop_counts_whole_by_its_call_site(loop: str, origin: OriginProcess) -> None:
    async def main() -> None:
        for _ in range(3):
            requests.get(f"{origin.ready.base_url}/1k?delay=5")

    with clientprof.watching() as seen:
        RUNNERS[loop](main())
    (site,) = seen.call_sites
    assert (site.client, site.site and site.site.function) == ("requests", main.__qualname__)
    assert 0.015 <= site.costs.blocked_s <= seen.blocked_s


@pytest.mark.parametrize("client", ["httpx", "aiohttp"])
def test_the_wait_for_a_connection_is_that_of_those_who_wait(client: str, origin: OriginProcess) -> None:
    url, delay_s = f"{origin.ready.base_url}/1k?delay=40", 0.04

    async def main() -> None:
        if client == "httpx":
            async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as plain:
                await asyncio.gather(*(plain.get(url) for _ in range(3)))
            return

        async def get() -> None:
            async with session.get(url) as response:
                await response.read()

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
            await asyncio.gather(*(get() for _ in range(3)))

    with clientprof.watching() as seen:
        asyncio.run(main())
    # The second waits for the first, the third for both.
    assert seen.pool_wait_s >= 0.9 * 3 * delay_s
    assert sum(site.costs.pool_wait_s for site in seen.call_sites) == pytest.approx(seen.pool_wait_s)


def test_making_a_connection_is_no_wait_for_one() -> None:
    with OriginProcess(Options(accept_delay_ms=100, tls=True)) as slow:

        async def main() -> None:
            import ssl

            context = ssl.create_default_context(cafile=slow.ready.ca_file)
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
                (await session.get(f"{slow.ready.base_url}/1k")).release()

        with clientprof.watching() as seen:
            asyncio.run(main())
    assert seen.handshakes == 1
    assert seen.pool_wait_s == 0


class SlowNames(aiohttp.abc.AbstractResolver):
    """Every name is this machine's, after a while."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[Any]:
        await asyncio.sleep(0.1)
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self) -> None: ...


def test_looking_up_a_name_is_no_wait_for_a_connection(origin: OriginProcess) -> None:
    url = f"{origin.ready.base_url}/1k".replace("127.0.0.1", "slow.test")

    async def main() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=SlowNames())) as session:
            for response in await asyncio.gather(*(session.get(url) for _ in range(3))):
                response.release()

    with clientprof.watching() as seen:
        asyncio.run(main())
    assert seen.requests == 3
    assert seen.pool_wait_s == 0


def test_failures_are_counted_by_type_in_the_call_and_in_the_body(origin: OriginProcess) -> None:
    base = origin.ready.base_url

    async def main() -> None:
        async with aiohttp.ClientSession() as session, httpx.AsyncClient() as client:
            with pytest.raises(aiohttp.ClientOSError):
                await session.get(f"{base}/fault/reset")
            response = await session.get(f"{base}/fault/truncate/4k")
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"{base}/fault/truncate/4k")
            assert (await client.get(f"{base}/status/404")).status_code == 404

    with clientprof.watching() as seen:
        asyncio.run(main())
    assert (seen.requests, seen.failures) == (4, 3)
    assert {name.rpartition(".")[2]: count for name, count in seen.failure_types.items()} == {
        "ClientOSError": 1, "ClientPayloadError": 1, "RemoteProtocolError": 1,
    }  # fmt: skip
    assert sum(site.costs.failures for site in seen.call_sites) == 3


@pytest.mark.parametrize("loop", RUNNERS)
def test_calls_are_told_by_the_line_that_made_them_in_tasks_too(loop: str, origin: OriginProcess) -> None:
    url = f"{origin.ready.base_url}/1k"

    async def gathers(session: aiohttp.ClientSession, client: httpx.AsyncClient) -> None:
        for response in await asyncio.gather(*(session.get(url) for _ in range(2))):
            response.release()
        await asyncio.gather(*(client.get(url) for _ in range(3)))

    async def main() -> None:
        async with aiohttp.ClientSession() as session, httpx.AsyncClient() as client:
            await gathers(session, client)
            await client.get(url)

    with clientprof.watching() as seen:
        RUNNERS[loop](main())
    assert [
        (each.client, each.costs.requests, each.site and each.site.function.rpartition(".")[2])
        for each in seen.call_sites
    ] == [("httpx", 3, "gathers"), ("aiohttp", 2, "gathers"), ("httpx", 1, "main")]
