"""A program that asks again when the server says no: ``asks_again.py CLIENT BASE_URL STATUS EVERY``.

Each ``EVERY``-th answer has the status. Prints how many had it, and how many there were.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
import requests
import urllib3

CLIENT, BASE, STATUS, EVERY = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
REQUESTS = 120
answers: list[int] = []


def next_url() -> str:
    return f"{BASE}/status/{STATUS}" if len(answers) % EVERY == EVERY - 1 else f"{BASE}/1k"


def asks_in_a_thread(ask: Callable[[str], int]) -> None:
    while len(answers) < REQUESTS:
        answers.append(ask(next_url()))


async def asks_on_a_loop(ask: Callable[[str], Awaitable[int]]) -> None:
    while len(answers) < REQUESTS:
        answers.append(await ask(next_url()))


async def with_httpx() -> None:
    async with httpx.AsyncClient() as client:

        async def ask(url: str) -> int:
            return (await client.get(url)).status_code

        await asks_on_a_loop(ask)


async def with_aiohttp() -> None:
    async with aiohttp.ClientSession() as session:

        async def ask(url: str) -> int:
            async with session.get(url) as response:
                await response.read()
                return response.status

        await asks_on_a_loop(ask)


def with_requests() -> None:
    session = requests.Session()

    def ask(url: str) -> int:
        return session.get(url).status_code

    asks_in_a_thread(ask)


def with_urllib3() -> None:
    pool = urllib3.PoolManager()

    def ask(url: str) -> int:
        return pool.request("GET", url, retries=False).status

    asks_in_a_thread(ask)


if __name__ == "__main__":
    started = globals()[f"with_{CLIENT}"]()
    if started is not None:
        asyncio.run(started)
    print(sum(each == int(STATUS) for each in answers), len(answers))
