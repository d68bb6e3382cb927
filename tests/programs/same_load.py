"""The load of ``clientprof trace`` as a program: ``same_load.py CLIENT URL N ROUNDS``; N at once, round after round."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import httpx


async def rounds(fetch: Callable[[], Awaitable[Any]], count: int, number: int) -> None:
    for _ in range(number):
        await asyncio.gather(*(fetch() for _ in range(count)))


async def with_httpx(url: str, count: int, number: int) -> None:
    async with httpx.AsyncClient() as client:

        async def fetch() -> bytes:
            return (await client.get(url)).content

        await rounds(fetch, count, number)


async def with_aiohttp(url: str, count: int, number: int) -> None:
    async with aiohttp.ClientSession() as session:

        async def fetch() -> bytes:
            async with session.get(url) as response:
                return await response.read()

        await rounds(fetch, count, number)


if __name__ == "__main__":
    client, url, count, number = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    asyncio.run({"httpx": with_httpx, "aiohttp": with_aiohttp}[client](url, count, number))
