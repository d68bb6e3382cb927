"""Many requests, some under way together: ``batches.py HOW URL [LOOP]``. Each way is the function of that name.

Every eighth answer takes ten times as long as the others. Printed is how long it all took, in seconds.
"""

import asyncio
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import requests

MANY = 160
TOGETHER = 16


def addresses(url: str) -> list[str]:
    return [f"{url}?delay={300 if number % 8 == 0 else 30}" for number in range(MANY)]


def cut(found: list[str]) -> Iterable[list[str]]:
    return (found[first : first + TOGETHER] for first in range(0, MANY, TOGETHER))


async def asks(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url) as response:
        await response.read()


async def in_batches(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for batch in cut(addresses(url)):
            await asyncio.gather(*(asks(session, each) for each in batch))


async def in_equal_batches(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for batch in cut([f"{url}?delay=60"] * MANY):
            await asyncio.gather(*(asks(session, each) for each in batch))


async def behind_a_semaphore(url: str) -> None:
    limit = asyncio.Semaphore(TOGETHER)
    async with aiohttp.ClientSession() as session:

        async def in_turn(each: str) -> None:
            async with limit:
                await asks(session, each)

        await asyncio.gather(*(in_turn(each) for each in addresses(url)))


async def one_by_one(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for each in addresses(url)[:40]:
            await asks(session, each)


def in_batches_of_threads(url: str) -> None:
    with requests.Session() as session, ThreadPoolExecutor(TOGETHER) as threads:
        for batch in cut(addresses(url)):
            list(threads.map(session.get, batch))


if __name__ == "__main__":
    how, url, loop = globals()[sys.argv[1]], sys.argv[2], (sys.argv[3:] or ["asyncio"])[0]
    began = time.perf_counter()
    if not asyncio.iscoroutinefunction(how):
        how(url)
    elif loop == "uvloop":
        import uvloop

        uvloop.run(how(url))
    else:
        asyncio.run(how(url))
    print(time.perf_counter() - began)
