"""Work that is done beside every request: ``everywhere.py KIND URL LOOP [SECONDS]``. Prints its CPU seconds by the thread's
clock."""

import asyncio
import gc
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager

import aiohttp

SECONDS = float(sys.argv[4]) if len(sys.argv) > 4 else 3.0
TASKS = 16
spent_s = 0.0
began_s = 0.0


@contextmanager
def clocked() -> Iterator[None]:
    global spent_s
    began = time.thread_time()
    yield
    spent_s += time.thread_time() - began


async def asks(url: str, beside: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    async with aiohttp.ClientSession() as session:

        async def task() -> None:
            while time.monotonic() < end:
                async with session.get(url) as response:
                    await response.read()
                beside()

        await asyncio.gather(*(task() for _ in range(TASKS)))


async def logs(url: str) -> None:
    log = logging.getLogger("program")
    log.addHandler(logging.FileHandler(os.devnull))
    log.setLevel(logging.DEBUG)

    # So many that sixteen requests' records take several times the server's 5 ms, on a fast machine too.
    def tells() -> None:
        with clocked():
            for number in range(100):
                log.debug("step %d is done", number)

    await asks(url, tells)


async def logs_a_little(url: str) -> None:
    """One record, and twenty that nobody wants."""
    log = logging.getLogger("program")
    log.addHandler(logging.FileHandler(os.devnull))
    log.setLevel(logging.INFO)

    def tells() -> None:
        log.info("done")
        for number in range(20):
            log.debug("step %d is done", number)

    await asks(url, tells)


async def debugs(url: str) -> None:
    asyncio.get_running_loop().set_debug(True)
    await asks(url, lambda: None)


async def parses(url: str) -> None:
    # Several times the millisecond from which on parsing is told, on a fast machine too.
    text = json.dumps([[number, str(number)] for number in range(40_000)])

    def reads() -> None:
        with clocked():
            found = json.loads(text)
        del found  # which takes a quarter as long, and is no parsing

    gc.disable()
    await asks(url, reads)


async def collects(url: str) -> None:
    """Objects that stay, in such numbers that the collector looks at all of them again and again."""
    stay: list[dict[str, list[int]]] = []
    kept: list[dict[str, list[int]]] = []

    def collected(phase: str, _: object) -> None:
        global spent_s, began_s
        if phase == "start":
            began_s = time.thread_time()
        else:
            spent_s += time.thread_time() - began_s

    def remembers() -> None:
        if len(kept) > 2 * len(stay):
            kept.clear()
        kept.extend({"number": [number]} for number in range(4000))

    gc.callbacks.append(collected)
    stay.extend({"number": [number]} for number in range(200_000))
    await asks(url, remembers)


async def nothing(url: str) -> None:
    await asks(url, lambda: None)


def run(loop: str, main: Coroutine[object, object, None]) -> None:
    if loop == "uvloop":
        import uvloop

        uvloop.run(main)
    else:
        asyncio.run(main)


if __name__ == "__main__":
    run(sys.argv[3], globals()[sys.argv[1]](sys.argv[2]))
    print(spent_s)
