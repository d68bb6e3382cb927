"""Programs that wait for something of their own: ``planted_waits.py FAULT URL [LOOP]``. Each is the function of that name.

What it waited for is printed in seconds, by the program's own clock.
"""

import asyncio
import contextlib
import inspect
import socket
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import httpx
import requests

LOOPS = {"asyncio": asyncio.run}
try:
    import uvloop

    LOOPS["uvloop"] = uvloop.run
except ImportError:
    pass

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def waits_for_a_lock(url: str) -> None:
    """A thread keeps a lock while the loop's thread waits for it."""
    lock, held_s = threading.Lock(), 0.0

    def keeps() -> None:
        with lock:
            time.sleep(0.03)

    def takes_the_lock() -> None:
        nonlocal held_s
        began = time.perf_counter()
        with lock:
            pass
        held_s += time.perf_counter() - began

    async with aiohttp.ClientSession() as session:
        for _ in range(20):
            async with session.get(url) as response:
                await response.read()
            other = threading.Thread(target=keeps)
            other.start()
            while not lock.locked():
                await asyncio.sleep(0)
            takes_the_lock()
            other.join()
    print(held_s)


async def looks_names_up_slowly(url: str) -> None:
    """Every look-up takes 50 ms, and every call makes one."""
    real, waited_s = socket.getaddrinfo, 0.0

    def slow(*args: object, **more: object) -> object:
        nonlocal waited_s
        began = time.perf_counter()
        time.sleep(0.05)
        found = real(*args, **more)  # type: ignore[arg-type]
        waited_s += time.perf_counter() - began
        return found

    socket.getaddrinfo = slow  # type: ignore[assignment]
    url = url.replace("127.0.0.1", "localhost")
    async with httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0)) as client:
        for _ in range(20):
            await client.get(url)
    print(waited_s)


def looks_names_up_slowly_in_threads(url: str) -> None:
    real, waits = socket.getaddrinfo, []

    def slow(*args: object, **more: object) -> object:
        began = time.perf_counter()
        time.sleep(0.05)
        found = real(*args, **more)  # type: ignore[arg-type]
        waits.append(time.perf_counter() - began)
        return found

    socket.getaddrinfo = slow  # type: ignore[assignment]
    url = url.replace("127.0.0.1", "localhost")

    def one(_: int) -> None:
        requests.get(url)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(24)))
    print(sum(waits))


async def handshakes_each_time(url: str) -> None:
    """TLS without keeping any connection; the URL is of a server whose certificate is not asked for."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, ssl=context)) as session:
        for _ in range(40):
            async with session.get(url) as response:
                await response.read()


def handshakes_each_time_in_threads(url: str) -> None:
    def one(_: int) -> None:
        requests.get(url, verify=False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(40)))


async def shakes_hands_with_nobody(_url: str) -> None:
    """A listener that accepts and says nothing: the clock runs out in the TLS handshake."""
    server = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(5), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(timeout=0.2, verify=False) as client:
        for _ in range(3):
            with contextlib.suppress(httpx.ConnectTimeout):
                await client.get(f"https://127.0.0.1:{port}/")
    server.close()


async def small_pool(url: str) -> None:
    """aiohttp's pool of five for fifty workers."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=5)) as session:

        async def worker() -> None:
            for _ in range(2):
                async with session.get(f"{url}?delay=50") as response:
                    await response.read()

        await asyncio.gather(*(worker() for _ in range(50)))


def small_pool_in_threads(url: str) -> None:
    with httpx.Client(limits=httpx.Limits(max_connections=5), timeout=30) as client:

        def worker(_: int) -> None:
            client.get(f"{url}?delay=50")

        with ThreadPoolExecutor(25) as pool:
            list(pool.map(worker, range(100)))


def slow_server_in_threads(url: str) -> None:
    local = threading.local()

    def one(_: int) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        local.session.get(f"{url}?delay=200")

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(one, range(25)))


async def relay_forgets_refused(url: str) -> None:
    """A relay that hands on what is well and forgets the rest: the pool has 20, eight are lost."""
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=20)) as client:
        lost = []

        async def relays(path: str) -> int:
            response = await client.send(client.build_request("GET", path), stream=True)
            if response.status_code != 200:
                lost.append(response)
                return 0
            size = len(await response.aread())
            await response.aclose()
            return size

        base = url.rpartition("/")[0]
        for number in range(80):
            await relays(f"{base}/status/503" if number % 10 == 9 else url)
        await asyncio.sleep(1.3)


if __name__ == "__main__":
    fault, url = sys.argv[1:3]
    what = globals()[fault]
    if inspect.iscoroutinefunction(what):
        LOOPS[sys.argv[3] if len(sys.argv) > 3 else "asyncio"](what(url))
    else:
        what(url)
