"""Programs that wait for something of their own: ``planted_waits.py FAULT URL [LOOP]``. Each is the function of that name.

What it waited for is printed in seconds, by the program's own clock.
"""

import _socket
import asyncio
import contextlib
import inspect
import socket
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

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

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def waits_for_a_lock(url: str) -> None:
    """A thread keeps a lock while the loop's thread waits for it."""
    holding = Holding()
    async with aiohttp.ClientSession() as session:
        for _ in range(20):
            async with session.get(url) as response:
                await response.read()
            other = holding.keeps_the_lock()  # not joined afterwards, which blocks the loop as well
            while not holding.is_kept_by(other):
                await asyncio.sleep(0)
            holding.takes_the_lock()
    print(holding.held_s)


def resolves_slowly() -> None:
    """From now on the resolver, which lies below the standard library's ``socket``, takes 50 ms."""
    real = _socket.getaddrinfo

    def slow(*words: object, **more: object) -> object:
        time.sleep(0.05)
        return real(*words, **more)

    _socket.getaddrinfo = slow


async def looks_names_up_slowly(url: str) -> None:
    """No connection is kept, so every call looks the name up."""
    resolves_slowly()
    loop, took = asyncio.get_running_loop(), []
    real = loop.getaddrinfo

    async def timed(*words: object, **more: object) -> object:
        """As whoever asked has it: with the wait for a thread, and for the loop to hear of its end."""
        began = time.perf_counter()
        try:
            return await real(*words, **more)
        finally:
            took.append(time.perf_counter() - began)

    loop.getaddrinfo = timed
    async with httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0)) as client:
        for _ in range(20):
            await client.get(url.replace("127.0.0.1", "localhost"))
    print(sum(took))


def looks_names_up_slowly_in_threads(url: str) -> None:
    resolves_slowly()
    real, took = socket.getaddrinfo, []

    def timed(*words: object, **more: object) -> object:
        """As whoever asked has it: with the wait for the interpreter's lock after it."""
        began = time.perf_counter()
        try:
            return real(*words, **more)
        finally:
            took.append(time.perf_counter() - began)

    socket.getaddrinfo = timed

    def one(_: int) -> None:
        requests.get(url.replace("127.0.0.1", "localhost"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(40)))
    print(sum(took))


async def asks_a_registry_for_addresses(url: str) -> None:
    """aiohttp with a resolver of the program's own, in pairs for one name: the second waits for the first one's answer."""
    looked_up = []

    class Registry(aiohttp.abc.AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
            began = time.perf_counter()
            await asyncio.sleep(0.05)
            looked_up.append(time.perf_counter() - began)
            found = {
                "hostname": host,
                "host": "127.0.0.1",
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            return [aiohttp.abc.ResolveResult(**found)]  # type: ignore[typeddict-item]

        async def close(self) -> None: ...

    async def one(session: aiohttp.ClientSession) -> None:
        async with session.get(url.replace("127.0.0.1", "registered")) as response:
            await response.read()

    connector = aiohttp.TCPConnector(resolver=Registry(), force_close=True, ttl_dns_cache=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        for _ in range(20):
            await asyncio.gather(one(session), one(session))
    print(2 * sum(looked_up))


async def handshakes_each_time(url: str) -> None:
    """TLS, and no connection is kept."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    took, tracing = [], aiohttp.TraceConfig()

    async def begins(_session: object, about: SimpleNamespace, _what: object) -> None:
        about.began = time.perf_counter()

    async def ends(_session: object, about: SimpleNamespace, _what: object) -> None:
        took.append(time.perf_counter() - about.began)

    tracing.on_connection_create_start.append(begins)
    tracing.on_connection_create_end.append(ends)
    connector = aiohttp.TCPConnector(force_close=True, ssl=context)
    async with aiohttp.ClientSession(connector=connector, trace_configs=[tracing]) as session:
        for _ in range(40):
            async with session.get(url) as response:
                await response.read()
    print(sum(took))


def handshakes_each_time_in_threads(url: str) -> None:
    took: list[float] = []

    def one(_: int) -> None:
        began: dict[str, float] = {}

        def hears(event: str, _info: object) -> None:
            name, _, what = event.rpartition(".")
            if name in ("connection.connect_tcp", "connection.start_tls"):
                if what == "started":
                    began[name] = time.perf_counter()
                else:
                    took.append(time.perf_counter() - began[name])

        client.get(url, extensions={"trace": hears})

    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(verify=False, limits=limits) as client, ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(60)))
    print(sum(took))


async def _says_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)
    writer.close()  # not before: a writer that nobody holds any more closes its connection


async def shakes_hands_with_nobody(_url: str) -> None:
    """A listener that accepts and says nothing: the clock runs out in the TLS handshake."""
    server = await asyncio.start_server(_says_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(timeout=0.2, verify=False) as client:
        for _ in range(3):
            with contextlib.suppress(httpx.ConnectTimeout):
                await client.get(f"https://127.0.0.1:{port}/")
    server.close()


async def shakes_hands_with_nobody_in_aiohttp(_url: str) -> None:
    """The same, and the clock is that of the whole call: its error does not say what it ran out on."""
    server = await asyncio.start_server(_says_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as session:
        for _ in range(3):
            with contextlib.suppress(TimeoutError):
                async with session.get(f"https://127.0.0.1:{port}/"):
                    pass
    server.close()


async def small_pool(url: str) -> None:
    """aiohttp's pool of five for fifty workers."""
    took, tracing = [], aiohttp.TraceConfig()

    async def begins(_session: object, about: SimpleNamespace, _what: object) -> None:
        about.began = time.perf_counter()

    async def ends(_session: object, about: SimpleNamespace, _what: object) -> None:
        took.append(time.perf_counter() - about.began)

    tracing.on_connection_queued_start.append(begins)
    tracing.on_connection_queued_end.append(ends)
    connector = aiohttp.TCPConnector(limit=5)
    async with aiohttp.ClientSession(connector=connector, trace_configs=[tracing]) as session:

        async def worker() -> None:
            for _ in range(2):
                async with session.get(f"{url}?delay=50") as response:
                    await response.read()

        await asyncio.gather(*(worker() for _ in range(50)))
    print(sum(took))


def small_pool_in_threads(url: str) -> None:
    took: list[float] = []
    with httpx.Client(limits=httpx.Limits(max_connections=5), timeout=30) as client:

        def worker(_: int) -> None:
            began = time.perf_counter()
            heard: list[str] = []

            def hears(event: str, _info: object) -> None:
                if not heard:  # the first thing that is done with a connection
                    took.append(time.perf_counter() - began)
                heard.append(event)

            client.get(f"{url}?delay=50", extensions={"trace": hears})

        with ThreadPoolExecutor(50) as pool:
            list(pool.map(worker, range(100)))
    print(sum(took))


def naps_in_workers(url: str) -> None:
    """Four workers call, then stand still."""
    local, slept = threading.local(), []

    def naps(seconds: float) -> None:
        began = time.perf_counter()
        time.sleep(seconds)
        slept.append(time.perf_counter() - began)

    def one(_: int) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        local.session.get(url)
        naps(0.04)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(80)))
    print(sum(slept))


def workers_share_a_lock(url: str) -> None:
    """Four workers call, then do one after the other what takes a while."""
    local, lock, waited = threading.local(), threading.Lock(), []

    def works_alone() -> None:
        time.sleep(0.03)

    def takes_turns() -> None:
        began = time.perf_counter()
        lock.acquire()
        waited.append(time.perf_counter() - began)
        try:
            works_alone()
        finally:
            lock.release()

    def one(_: int) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        local.session.get(url)
        takes_turns()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(60)))
    print(sum(waited))


async def few_take_from_a_queue(url: str) -> None:
    """Ninety requests of 50 ms, of which three are made at once."""

    async def works(session: aiohttp.ClientSession) -> None:
        while True:
            await addresses.get()
            async with session.get(f"{url}?delay=50") as response:
                await response.read()
            addresses.task_done()

    addresses: asyncio.Queue[int] = asyncio.Queue()
    for number in range(90):
        addresses.put_nowait(number)
    async with aiohttp.ClientSession() as session:
        workers = [asyncio.create_task(works(session)) for _ in range(3)]
        await addresses.join()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


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
