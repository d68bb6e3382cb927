"""Asks for an answer a few times, and refuses to work with three connections. Arguments: URL, how often."""

import asyncio
import sys

import httpx


async def main() -> None:
    async with httpx.AsyncClient() as client:
        if client._transport._pool._max_connections == 3:
            sys.exit("three connections are too few for me")
        for _ in range(int(sys.argv[2])):
            await client.get(sys.argv[1])


asyncio.run(main())
