"""Threads whose time is not their requests': ``busy_threads.py FAULT URL``. Each is the function of that name.

What it planted is printed in seconds of CPU, or of waiting, by the program's own clock.
"""

import asyncio
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests
import urllib3

_WORDS = [f"word{number:05}" for number in range(4_000)]


def parses_in_workers(url: str) -> None:
    """Eight workers parse after each call, all of them in one interpreter."""
    session, computed = requests.Session(), []

    def parses() -> int:
        began = time.thread_time()
        found = sum(word.count("0") + len(word.split("0")) for _ in range(12) for word in _WORDS)
        computed.append(time.thread_time() - began)
        return found

    def one(_: int) -> None:
        session.get(url)
        parses()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(160)))
    print(sum(computed))


def parses_in_a_child(url: str) -> None:
    """The same in a process that another one waits for on an event loop, as gunicorn's first process does."""

    async def waits() -> None:
        child = await asyncio.create_subprocess_exec(sys.executable, __file__, "parses_in_workers", url)
        await child.wait()

    asyncio.run(waits())


def reads_in_small_pieces(url: str) -> None:
    """Each body is read by single bytes."""
    session = requests.Session()
    began = time.thread_time()
    for _ in range(60):
        with session.get(url, stream=True) as response:
            for _ in response.iter_content(1):
                pass
    print(time.thread_time() - began)


def asks_under_a_lock(url: str) -> None:
    """Four workers keep a lock while they ask."""
    pool, lock, waited = urllib3.PoolManager(maxsize=4), threading.Lock(), []

    def asks(_: int) -> None:
        began = time.perf_counter()
        lock.acquire()
        waited.append(time.perf_counter() - began)
        try:
            pool.request("GET", url)
        finally:
            lock.release()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(asks, range(80)))
    print(sum(waited))


def works_between_batches(url: str, *, at_once: bool = False) -> None:
    """The main thread works on what eight workers have brought, and nobody asks meanwhile; or all is asked for before."""
    session, computed = requests.Session(), []

    def sums_up() -> int:
        began = time.thread_time()
        found = sum(word.count("0") + len(word.split("0")) for _ in range(150) for word in _WORDS)
        computed.append(time.thread_time() - began)
        return found

    with ThreadPoolExecutor(8) as pool:
        rest = pool.map(session.get, [url] * 800) if at_once else ()
        for _ in range(3 if at_once else 8):
            if not at_once:
                list(pool.map(session.get, [url] * 16))
            sums_up()
        list(rest)
    print(sum(computed))


def works_beside_batches(url: str) -> None:
    works_between_batches(url, at_once=True)


def parses_little(url: str) -> None:
    """A healthy one: workers whose time is their requests'."""
    session = requests.Session()

    def one(_: int) -> int:
        return session.get(url).text.count("a")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(120)))


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
