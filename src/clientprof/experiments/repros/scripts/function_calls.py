"""Calls of one function per request, many in flight beside one after the other; resumed coroutines count again."""

import asyncio
import cProfile
import sys

from client import get, new_client
from origin import start_origin

N, REQUESTS, DELAY_S = 256, 256, 0.0  # in flight, in all, and seconds that the server takes
FUNCTION, FILE, CALLS = "AsyncHTTPConnection.is_idle", "httpcore/_async/connection.py", 1000.0  # per request


async def user(client, url, left):
    for _ in left:
        await get(client, url)


async def load(url, requests, at_once):
    async with new_client() as client:
        for profile in (cProfile.Profile(), cProfile.Profile()):  # the first time opens the connections
            left = iter(range(requests))
            with profile:
                await asyncio.gather(*(user(client, url, left) for _ in range(at_once)))
    named = [e for e in profile.getstats() if not isinstance(e.code, str) and e.code.co_qualname == FUNCTION]
    return sum(e.callcount for e in named if e.code.co_filename.replace("\\", "/").endswith(FILE)) / requests


if __name__ == "__main__":
    url = start_origin(DELAY_S)
    calls, alone = asyncio.run(load(url, REQUESTS, N)), asyncio.run(load(url, 50, 1))
    print(f"{FUNCTION}, {N} in flight: {calls:.1f} calls per request; the recording has {CALLS:.1f}")
    print(f"{FUNCTION}, one after the other: {alone:.1f} calls per request")
    sys.exit(0 if 0.75 <= calls / CALLS <= 4 / 3 else f"{calls:.1f} calls are not 0.75 to 1.33 times {CALLS:.1f}")
