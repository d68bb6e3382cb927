"""A program that calls one server in many ways: a pool that is too small, a blocking client, a response never closed.

Arguments: the server's URL, and how many rounds.
"""

import asyncio
import sys

import aiohttp
import httpx
import requests

URL = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5


async def through_small_pool(client: httpx.AsyncClient) -> int:
    return (await client.get(URL)).status_code


async def through_session(session: aiohttp.ClientSession) -> int:
    async with session.get(URL) as response:
        await response.read()
        return response.status


async def forgets_to_close(client: httpx.AsyncClient) -> None:
    await client.send(client.build_request("GET", URL), stream=True)


async def parses_slowly(client: httpx.AsyncClient) -> int:
    size = len((await client.get(URL)).text)
    return sum(number % 7 for number in range(200_000)) + size


def blocks_the_loop() -> int:
    return requests.get(URL, timeout=5).status_code


async def main() -> None:
    limits = httpx.Limits(max_connections=5)
    small, leaky = httpx.AsyncClient(limits=limits), httpx.AsyncClient()
    async with small, leaky, aiohttp.ClientSession() as session:
        for _ in range(ROUNDS):
            await asyncio.gather(*(through_small_pool(small) for _ in range(40)))
            await asyncio.gather(*(through_session(session) for _ in range(40)))
            await parses_slowly(small)
            blocks_the_loop()
            await forgets_to_close(leaky)


asyncio.run(main())
