"""Passes over the pool and assignments per request, many at once beside one after the other: 2 and 1 are enough."""

import asyncio
import sys

import httpcore

from client import get, new_client
from origin import start_origin

N = 256  # requests at once
calls = []


def count(owner, name):
    original = getattr(owner, name)
    setattr(owner, name, lambda *args: (calls.append(name), original(*args))[1])


async def load(url, rounds, at_once):
    async with new_client() as client:
        await asyncio.gather(*(get(client, url) for _ in range(at_once)))  # opens the connections
        calls.clear()
        for _ in range(rounds):
            await asyncio.gather(*(get(client, url) for _ in range(at_once)))
        return [calls.count(name) / (rounds * at_once) for name in sorted(set(calls))]


if __name__ == "__main__":
    count(httpcore.AsyncConnectionPool, "_assign_requests_to_connections")
    count(httpcore.AsyncHTTPConnection, "handle_async_request")
    url = start_origin()
    passes, assigned = asyncio.run(load(url, 2, N))
    passes_alone, assigned_alone = asyncio.run(load(url, 50, 1))
    print(f"{N} at once:          {passes:5.2f} passes, {assigned:5.2f} assignments per request")
    print(f"one after the other:  {passes_alone:5.2f} passes, {assigned_alone:5.2f} assignments per request")
    sys.exit(0 if passes > 1.25 * passes_alone else 1)
