"""Requests that wait for a connection longer than the pool timeout (default: 5 s) fail without having been sent."""

import asyncio
import collections
import sys

import httpx

from origin import start_origin

N = 20  # requests at once
CONNECTIONS = 10
DELAY_S = 1.5  # of the server
POOL_TIMEOUT_S = 1.0  # shorter than the default, so that this ends soon


async def failures(pool_timeout_s):
    url = start_origin(DELAY_S)
    limits = httpx.Limits(max_connections=CONNECTIONS)
    timeout = httpx.Timeout(None, pool=pool_timeout_s)
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=timeout) as client:
        answers = await asyncio.gather(*(client.get(url) for _ in range(N)), return_exceptions=True)
    return collections.Counter(type(answer).__name__ for answer in answers)["PoolTimeout"]


if __name__ == "__main__":
    failed = asyncio.run(failures(POOL_TIMEOUT_S))
    patient = asyncio.run(failures(None))
    print(f"pool timeout {POOL_TIMEOUT_S} s: {failed} of {N} requests ended in PoolTimeout")
    print(f"no pool timeout:    {patient} of {N} requests ended in PoolTimeout")
    sys.exit(0 if failed > patient else 1)
