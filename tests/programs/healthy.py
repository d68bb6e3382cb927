"""Programs without a fault: ``healthy.py WHICH URL``. No finding may be raised about any of them."""

import asyncio
import http.client
import inspect
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import aiohttp
import httpx
import requests
import urllib3


async def shares_an_aiohttp_session(url: str) -> None:
    async with aiohttp.ClientSession() as session:

        async def worker() -> None:
            for _ in range(25):
                async with session.get(url) as response:
                    await response.read()

        await asyncio.gather(*(worker() for _ in range(40)))


async def shares_an_httpx_client(url: str) -> None:
    """Modest: eight at once, and the server takes its time."""
    async with httpx.AsyncClient() as client:

        async def worker() -> None:
            for _ in range(15):
                response = await client.get(f"{url}?delay=20")
                response.raise_for_status()

        await asyncio.gather(*(worker() for _ in range(8)))


async def is_handed_names(url: str) -> None:
    """By host name, as everybody does."""
    url = url.replace("127.0.0.1", "localhost")
    async with httpx.AsyncClient() as client:
        await asyncio.gather(*(client.get(f"{url}?delay=20") for _ in range(10)))
        for _ in range(5):
            await asyncio.gather(*(client.get(f"{url}?delay=20") for _ in range(10)))


def threads_with_sessions_of_their_own(url: str) -> None:
    local = threading.local()

    def one(_: int) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        local.session.get(f"{url}?delay=20").raise_for_status()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(80)))


def threads_with_connections_of_their_own(url: str) -> None:
    """Few requests each: most connections had to be opened."""
    local, parts = threading.local(), urlsplit(url)

    def one(_: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(parts.netloc)
        local.connection.request("GET", f"{parts.path}?delay=20")
        with local.connection.getresponse() as response:
            response.read()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(24)))


def threads_with_one_pool(url: str) -> None:
    manager = urllib3.PoolManager(maxsize=8)

    def one(_: int) -> int:
        return len(manager.request("GET", f"{url}?delay=10").data)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(160)))


async def scrapes(url: str) -> None:
    """Pages of 64 KB from a site that takes its time, at most ten at once, each parsed for a little while."""
    pages = f"{url.replace('/1k', '/64k')}?delay=30"
    limit = asyncio.Semaphore(10)

    def parses(body: bytes) -> int:
        return sum(1 for piece in body.split(b"a") if piece)

    async with aiohttp.ClientSession() as session:

        async def page() -> int:
            async with limit, session.get(pages) as response:
                return parses(await response.read())

        await asyncio.gather(*(page() for _ in range(150)))


async def streams_and_closes(url: str) -> None:
    async with httpx.AsyncClient() as client:

        async def one() -> None:
            async with client.stream("GET", f"{url.replace('/1k', '/64k')}?chunks=8") as response:
                async for _ in response.aiter_bytes():
                    pass

        for _ in range(10):
            await asyncio.gather(*(one() for _ in range(4)))


async def follows_events(url: str) -> None:
    """Server-sent events: long answers of which nothing comes for most of the time."""
    base = url.rpartition("/")[0]
    async with httpx.AsyncClient(timeout=30) as client:

        async def one() -> int:
            events = 0
            async with client.stream("GET", f"{base}/64k?chunks=16&delay=300") as response:
                async for piece in response.aiter_bytes():
                    events += len(piece) > 0
            return events

        await asyncio.gather(*(one() for _ in range(5)))
        await asyncio.gather(*(one() for _ in range(5)))


async def tries_refused_ones_again(url: str) -> None:
    base = url.rpartition("/")[0]
    async with httpx.AsyncClient() as client:

        async def one(number: int) -> None:
            for attempt in range(3):
                asked = f"{base}/status/503" if attempt < number % 3 else url
                response = await client.get(f"{asked}?delay=50")  # the loop has time to spare
                if response.status_code == 200:
                    return
                await asyncio.sleep(0.02 * 2**attempt)

        for _ in range(3):
            await asyncio.gather(*(one(number) for number in range(12)))


async def polls(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(15):
            async with session.get(url) as response:
                json.dumps(len(await response.read()))
            await asyncio.sleep(0.1)


async def gives_blocking_work_to_threads(url: str) -> None:
    session = requests.Session()

    def fetches() -> int:
        return len(session.get(f"{url}?delay=20").content)

    for _ in range(20):
        await asyncio.gather(*(asyncio.to_thread(fetches) for _ in range(4)))


async def downloads_large_bodies(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(8):
            async with session.get(url.replace("/1k", "/8m")) as response:
                async for _ in response.content.iter_chunked(65536):
                    pass


async def gives_up_now_and_then(url: str) -> None:
    """The server is slower than one may wait: its own timeouts, no fault of the program."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:
        for number in range(12):
            try:
                async with session.get(f"{url}?delay={1000 if number % 4 == 0 else 10}") as response:
                    await response.read()
            except TimeoutError:
                pass


async def cancels_what_it_needs_no_more(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(8):
            asked = [asyncio.ensure_future(client.get(f"{url}?delay={delay}")) for delay in (20, 400)]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)


def one_call_and_done(url: str) -> None:
    print(requests.get(url).status_code)


def asks_nobody(_url: str) -> None:
    time.sleep(0.2)


def test_what_a_test_suite_does() -> None:
    """Collected by ``pytest healthy.py``: a client for each test, as fixtures make them."""
    for _ in range(5):
        with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
            assert client.get("http://nowhere/").status_code == 200


if __name__ == "__main__":
    which, url = sys.argv[1:3]
    what = globals()[which]
    if inspect.iscoroutinefunction(what):
        asyncio.run(what(url))
    else:
        what(url)
