"""Reads answers piece by piece: ``streams.py READER URL WORK_MS``; each reader is the function of that name. Its client
alone is imported.

Between two pieces it works for so many milliseconds, or not at all for 0. Printed are the seconds that it worked and those
that it had a response in its hands, by the program's own clock.
"""

import asyncio
import inspect
import shutil
import sys
import time

ANSWERS = 4


class Clock:
    """What it comes to."""

    def __init__(self, work_s: float) -> None:
        self._each_s = work_s
        self.worked_s = self.held_s = 0.0

    def works(self) -> None:
        if self._each_s:
            began = time.perf_counter()
            time.sleep(self._each_s)
            self.worked_s += time.perf_counter() - began

    async def stores(self) -> None:
        """As ``works``, in a database: the loop is free meanwhile."""
        if self._each_s:
            began = time.perf_counter()
            await asyncio.sleep(self._each_s)
            self.worked_s += time.perf_counter() - began


async def httpx_bytes(url: str, clock: Clock) -> None:
    import httpx

    async with httpx.AsyncClient() as client:
        for _ in range(ANSWERS):
            async with client.stream("GET", url) as response:
                began = time.perf_counter()
                async for _ in response.aiter_bytes():
                    await clock.stores()
            clock.held_s += time.perf_counter() - began


async def httpx_lines(url: str, clock: Clock) -> None:
    """As SDKs read events, each a line or two of the piece it comes in; what is yielded is worked on further up."""
    import httpx

    async def events(response: httpx.Response) -> object:
        async for line in response.aiter_lines():
            if line.startswith("data:"):
                yield line

    async with httpx.AsyncClient() as client:
        for _ in range(ANSWERS):
            async with client.stream("GET", url) as response:
                began = time.perf_counter()
                async for _ in events(response):
                    await clock.stores()
            clock.held_s += time.perf_counter() - began


async def aiohttp_chunks(url: str, clock: Clock) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        for _ in range(ANSWERS):
            async with session.get(url) as response:
                began = time.perf_counter()
                async for _ in response.content.iter_chunked(2048):
                    await clock.stores()
            clock.held_s += time.perf_counter() - began


async def aiohttp_reads(url: str, clock: Clock) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        for _ in range(ANSWERS):
            async with session.get(url) as response:
                began = time.perf_counter()
                while await response.content.read(2048):
                    await clock.stores()
            clock.held_s += time.perf_counter() - began


def httpx_sync(url: str, clock: Clock) -> None:
    import httpx

    with httpx.Client() as client:
        for _ in range(ANSWERS):
            with client.stream("GET", url) as response:
                began = time.perf_counter()
                for _ in response.iter_raw():
                    clock.works()
            clock.held_s += time.perf_counter() - began


def requests_content(url: str, clock: Clock) -> None:
    import requests

    session = requests.Session()
    for _ in range(ANSWERS):
        with session.get(url, stream=True) as response:
            began = time.perf_counter()
            for _ in response.iter_content(2048):
                clock.works()
        clock.held_s += time.perf_counter() - began


def requests_copied(url: str, clock: Clock) -> None:
    """A download as it is often written, into a file that takes its time."""
    import requests

    class File:
        def write(self, _piece: bytes) -> None:
            clock.works()

    session = requests.Session()
    for _ in range(ANSWERS):
        with session.get(url, stream=True) as response:
            began = time.perf_counter()
            shutil.copyfileobj(response.raw, File(), 2048)
        clock.held_s += time.perf_counter() - began


def urllib3_stream(url: str, clock: Clock) -> None:
    import urllib3

    pool = urllib3.PoolManager()
    for _ in range(ANSWERS):
        response = pool.request("GET", url, preload_content=False)
        began = time.perf_counter()
        for _ in response.stream(2048):
            clock.works()
        response.release_conn()
        clock.held_s += time.perf_counter() - began


def urllib_reads(url: str, clock: Clock) -> None:
    import urllib.request

    for _ in range(ANSWERS):
        with urllib.request.urlopen(url) as response:
            began = time.perf_counter()
            while response.read(2048):
                clock.works()
        clock.held_s += time.perf_counter() - began


def http_client_lines(url: str, clock: Clock) -> None:
    """As SDKs read events."""
    import http.client
    from urllib.parse import urlsplit

    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    for _ in range(ANSWERS):
        connection.request("GET", urlsplit(url).path)
        response = connection.getresponse()
        began = time.perf_counter()
        for line in response:
            if line.startswith(b"data:"):
                clock.works()
        clock.held_s += time.perf_counter() - began


def niquests_content(url: str, clock: Clock) -> None:
    import niquests

    session = niquests.Session()
    for _ in range(ANSWERS):
        response = session.get(url, stream=True)
        began = time.perf_counter()
        for _ in response.iter_content(2048):
            clock.works()
        response.close()
        clock.held_s += time.perf_counter() - began


async def niquests_async(url: str, clock: Clock) -> None:
    import niquests

    async with niquests.AsyncSession() as session:
        for _ in range(ANSWERS):
            response = await session.get(url, stream=True)
            began = time.perf_counter()
            async for _ in await response.iter_content(2048):
                await clock.stores()
            await response.close()
            clock.held_s += time.perf_counter() - began


def main(reader: str, url: str, work_ms: str) -> None:
    clock, read = Clock(float(work_ms) / 1e3), globals()[reader]
    if inspect.iscoroutinefunction(read):
        asyncio.run(read(url, clock))
    else:
        read(url, clock)
    print(clock.worked_s, clock.held_s)


main(*sys.argv[1:])
