"""Calls a URL so many times a second for so many seconds, then prints its memory in bytes: ``steady.py URL CLIENT RATE
SECONDS``."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

MOST_AT_ONCE = 64


async def caller(stack: AsyncExitStack, client: str, url: str) -> Callable[[], Awaitable[None]]:
    if client == "httpx":
        import httpx

        shared = await stack.enter_async_context(httpx.AsyncClient())

        async def call() -> None:
            await shared.get(url)

    else:
        import aiohttp

        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def call() -> None:
            async with session.get(url) as response:
                await response.read()

    return call


async def main(url: str, client: str, per_s: float, seconds: float) -> None:
    calls: set[asyncio.Task[None]] = set()
    async with AsyncExitStack() as stack:
        call = await caller(stack, client, url)
        began_s = time.monotonic()
        for number in range(int(per_s * seconds)):
            early_s = began_s + number / per_s - time.monotonic()
            if early_s > 0:
                await asyncio.sleep(early_s)
            if len(calls) >= MOST_AT_ONCE:
                # A machine that cannot keep up must not pile them up.
                await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.ensure_future(call())
            calls.add(task)
            task.add_done_callback(calls.discard)
        await asyncio.gather(*calls)
        with open("/proc/self/statm", encoding="ascii") as file:
            print(int(file.read().split()[1]) * 4096, flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))
