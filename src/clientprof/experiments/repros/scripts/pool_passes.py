"""Passes over the pool and assignments per request, many in flight beside one after the other: 2 and 1 are enough."""

import asyncio
import sys

import httpcore

from client import get, new_client
from origin import start_origin

N, REQUESTS, DELAY_S, PASSES = 256, 512, 0.0, 0.0  # in flight, in all, seconds of the server, passes recorded
calls = []


def count(owner, name):
    original = getattr(owner, name)
    setattr(owner, name, lambda *args: (calls.append(name), original(*args))[1])


async def user(client, url, left):
    return [await get(client, url) for _ in left]


async def load(url, requests, at_once):
    async with new_client() as client:
        for left in (iter(range(requests)), iter(range(requests))):  # the first time opens the connections
            calls.clear()
            await asyncio.gather(*(user(client, url, left) for _ in range(at_once)))
        return [calls.count(name) / requests for name in sorted(set(calls))]


if __name__ == "__main__":
    count(httpcore.AsyncConnectionPool, "_assign_requests_to_connections")
    count(httpcore.AsyncHTTPConnection, "handle_async_request")
    many, alone = (asyncio.run(load(start_origin(DELAY_S), *each)) for each in ((REQUESTS, N), (50, 1)))
    print(f"{N} in flight: {many[0]:.2f} passes ({PASSES} recorded), {many[1]:.2f} assignments per request")
    print(f"one after the other: {alone[0]:.2f} passes, {alone[1]:.2f} assignments per request")
    sys.exit(0 if many[0] > 1.25 * alone[0] and 0.75 <= many[0] / (PASSES or many[0]) <= 4 / 3 else 1)
