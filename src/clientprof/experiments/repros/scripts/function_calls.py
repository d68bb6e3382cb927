"""Calls of one function per request, many at once beside one after the other; resumed coroutines count again."""

import asyncio
import cProfile
import sys

from client import get, new_client
from origin import start_origin

N = 256  # requests at once
FUNCTION, FILE = "AsyncHTTPConnection.is_idle", "httpcore/_async/connection.py"
CALLS = 1000.0  # per request, as recorded


async def load(url, rounds, at_once):
    async with new_client() as client:
        await asyncio.gather(*(get(client, url) for _ in range(at_once)))  # opens the connections
        profile = cProfile.Profile()
        with profile:
            for _ in range(rounds):
                await asyncio.gather(*(get(client, url) for _ in range(at_once)))
    named = [e for e in profile.getstats() if not isinstance(e.code, str) and e.code.co_qualname == FUNCTION]
    mine = [entry.callcount for entry in named if entry.code.co_filename.replace("\\", "/").endswith(FILE)]
    return sum(mine) / (rounds * at_once)


if __name__ == "__main__":
    url = start_origin()
    calls = asyncio.run(load(url, 1, N))
    alone = asyncio.run(load(url, 50, 1))
    print(f"{FUNCTION}, {N} at once: {calls:.1f} calls per request ({CALLS:.1f} were recorded)")
    print(f"{FUNCTION}, one after the other: {alone:.1f} calls per request")
    sys.exit(0 if calls >= max(0.75 * CALLS, 0.5) else 1)
