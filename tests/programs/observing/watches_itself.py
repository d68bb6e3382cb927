"""A program that watches itself: ``watches_itself.py URL`` prints what its block counted."""

import asyncio
import sys

import aiohttp
import httpx
import requests

import clientprof

URL = sys.argv[1]


async def asynchronous() -> None:
    async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
        await client.get(URL)
        async with clientprof.watching() as inner:
            await asyncio.gather(*(client.get(URL) for _ in range(3)))
            async with session.get(URL) as response:
                await response.read()
        print(inner.requests, inner.failures, inner.handshakes, inner.notes)


requests.get(URL)
with clientprof.watching() as seen:
    requests.get(URL)
    asyncio.run(asynchronous())
print(seen.requests, seen.connections_opened, seen.notes)
requests.get(URL)
