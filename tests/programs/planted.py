"""Programs with one fault each: ``planted.py FAULT URL``. What each does wrong is in the function of that name.

Those that hold the loop print for how many seconds they did, by their own clock.
"""

import asyncio
import contextlib
import inspect
import sys
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import httpx
import requests

from holding import Holding

LOOPS = {"asyncio": asyncio.run}
try:
    import uvloop

    LOOPS["uvloop"] = uvloop.run
except ImportError:
    pass


def runs(loop: str, main: Coroutine[object, object, None]) -> None:
    """Run it on that loop: ``asyncio`` or ``uvloop``, or either of them ``-in-a-thread``."""
    name, in_thread, _ = loop.partition("-in-a-thread")
    if not in_thread:
        LOOPS[name](main)
        return
    thread = threading.Thread(target=LOOPS[name], args=(main,))
    thread.start()
    thread.join()


async def stands_still(url: str) -> None:
    holding = Holding()
    async with aiohttp.ClientSession() as session:
        for _ in range(20):
            async with session.get(url) as response:
                await response.read()
            holding.waits_in_the_thread()
    print(holding.held_s)


async def stands_still_for_short(url: str) -> None:
    """Sixteen tasks that sleep in the thread for two milliseconds after each answer: no timer of ten can tell."""
    end = time.monotonic() + 3

    def backs_off() -> None:
        time.sleep(0.002)

    async with aiohttp.ClientSession() as session:

        async def asks() -> None:
            while time.monotonic() < end:
                async with session.get(url) as response:
                    await response.read()
                backs_off()

        await asyncio.gather(*(asks() for _ in range(16)))


async def computes(url: str) -> None:
    holding = Holding()
    async with aiohttp.ClientSession() as session:
        for _ in range(20):
            async with session.get(url) as response:
                holding.parses(await response.read())
    print(holding.held_s)


async def imports_in_vain(url: str) -> None:
    """Each request looks for a package that is not there, again and again, and finds it missing."""

    def looks_for_a_package() -> None:
        for _ in range(30):
            with contextlib.suppress(ImportError):
                import no_package_of_this_name  # type: ignore[import-not-found] # noqa: F401

    async with aiohttp.ClientSession() as session:

        async def user() -> None:
            for _ in range(25):
                looks_for_a_package()
                async with session.get(url) as response:
                    await response.read()

        await asyncio.gather(*(user() for _ in range(8)))


async def small_pool(url: str) -> None:
    """The server takes so long that the loop has time to spare on a slow machine too."""
    async with httpx.AsyncClient(
        limits=httpx.Limits(max_connections=5, max_keepalive_connections=5), timeout=30
    ) as client:

        async def worker() -> None:
            await client.get(f"{url}?delay=200")

        await asyncio.gather(*(worker() for _ in range(50)))


async def few_for_one_host(url: str) -> None:
    """Sixty requests want a connection at once, from two places; three are allowed to one host."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit_per_host=3)) as session:

        async def asks() -> None:
            async with session.get(f"{url}?delay=50") as response:
                await response.read()

        async def asks_too() -> None:
            async with session.get(f"{url}?delay=50") as response:
                await response.read()

        await asyncio.gather(*(one() for _ in range(30) for one in (asks, asks_too)))


async def waits_at_its_own_gate(url: str) -> None:
    """Twenty tasks of which a semaphore lets two ask, and a lock that is held while a request is made."""
    gate, token = asyncio.Semaphore(2), asyncio.Lock()
    end = time.monotonic() + 3
    async with aiohttp.ClientSession() as session:

        async def asks(path: str) -> None:
            async with session.get(f"{url}?delay={path}") as response:
                await response.read()

        async def passes_the_gate() -> None:
            while time.monotonic() < end:
                async with gate:
                    await asks("20")

        async def renews_the_token() -> None:
            while time.monotonic() < end:
                async with token:
                    await asks("50")

        await asyncio.gather(*(passes_the_gate() for _ in range(20)), *(renews_the_token() for _ in range(3)))


async def has_too_few_threads(url: str) -> None:
    """Twenty calls of a blocking client at once, and three threads for them."""
    with ThreadPoolExecutor(3) as pool:

        def fetches() -> None:
            requests.get(f"{url}?delay=20", timeout=30)

        async def asks() -> None:
            while time.monotonic() < end:
                await asyncio.get_running_loop().run_in_executor(pool, fetches)

        end = time.monotonic() + 2.5
        await asyncio.gather(*(asks() for _ in range(20)))


async def asks_again_at_once(url: str) -> None:
    """Twelve tasks that ask again and again want two connections: whoever has one keeps it."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=2)) as session:
        end = time.monotonic() + 2.5

        async def asks() -> None:
            while time.monotonic() < end:
                async with session.get(f"{url}?delay=10") as response:
                    await response.read()

        await asyncio.gather(*(asks() for _ in range(12)))


async def slow_server(url: str) -> None:
    async with aiohttp.ClientSession() as session:

        async def one() -> None:
            async with session.get(f"{url}?delay=200") as response:
                await response.read()

        for _ in range(3):
            await asyncio.gather(*(one() for _ in range(10)))


async def blocks(url: str) -> None:
    session = requests.Session()
    for _ in range(10):
        session.get(f"{url}?delay=20")
        await asyncio.sleep(0)


async def client_per_call(url: str) -> None:
    for _ in range(15):
        async with httpx.AsyncClient() as client:
            await client.get(url)


async def never_closes(url: str) -> None:
    kept = []
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=8), timeout=httpx.Timeout(5, pool=0.3)) as client:

        async def relays() -> None:
            request = client.build_request("GET", url)
            kept.append(await client.send(request, stream=True))

        for _ in range(8):
            await relays()
        await asyncio.sleep(1.2)
        for _ in range(3):
            with contextlib.suppress(httpx.PoolTimeout):
                await client.get(url)


async def runs_out_of_time(url: str) -> None:
    async with httpx.AsyncClient(timeout=httpx.Timeout(0.2)) as client:
        for _ in range(3):
            with contextlib.suppress(httpx.ReadTimeout):
                await client.get(f"{url}?delay=2000")


async def holds_the_loop_meanwhile(url: str) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:

        async def asks() -> None:
            with contextlib.suppress(TimeoutError):
                async with session.get(f"{url}?delay=20") as response:
                    await response.read()

        for _ in range(3):
            asked = asyncio.ensure_future(asks())
            await asyncio.sleep(0.01)
            time.sleep(0.5)
            await asked


async def scans_a_list(url: str) -> None:
    seen: list[int] = []

    def remembers(number: int) -> None:
        for _ in range(40):
            if number in seen:
                return
        seen.append(number)

    async with aiohttp.ClientSession() as session:
        for number in range(1500):
            async with session.get(url) as response:
                await response.read()
            for each in range(4):
                remembers(4 * number + each)


async def asks_through_another_client(url: str) -> None:
    """httpx whose transport calls aiohttp."""
    from httpx_aiohttp import HttpxAiohttpClient

    async with HttpxAiohttpClient() as client:

        async def user() -> None:
            for _ in range(10):
                await client.get(url)
                async with client.stream("GET", f"{url}?chunks=4") as response:
                    await response.aread()

        await asyncio.gather(*(user() for _ in range(4)))


def in_threads(url: str) -> None:
    session, local = requests.Session(), threading.local()

    def one(_: int) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        local.session.get(url)

    session.get(url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(80)))


async def shares_a_session(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        limit = asyncio.Semaphore(20)

        async def one() -> None:
            async with limit, session.get(url) as response:
                await response.read()

        await asyncio.gather(*(one() for _ in range(300)))


async def streams_and_closes(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(30):
            async with client.stream("GET", f"{url}?chunks=4") as response:
                async for _ in response.aiter_bytes():
                    pass


async def tries_again(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(10):
            for path in ("/status/503", "/1k"):
                response = await client.get(url.rpartition("/")[0] + path)
                if response.status_code == 200:
                    break
                await asyncio.sleep(0.01)


async def asks_nobody(_url: str) -> None:
    await asyncio.sleep(0.2)


if __name__ == "__main__":
    fault, url = sys.argv[1:3]
    what = globals()[fault]
    if inspect.iscoroutinefunction(what):
        runs(sys.argv[3] if len(sys.argv) > 3 else "asyncio", what(url))
    else:
        what(url)
