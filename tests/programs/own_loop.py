"""``own_loop.py URL``: asks a few times on an event loop whose class is the program's own."""

import asyncio
import sys

import httpx


class OwnLoop(asyncio.SelectorEventLoop):
    """As a plug-in may put in place of asyncio's."""


async def main() -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(5):
            (await client.get(sys.argv[1])).raise_for_status()


with asyncio.Runner(loop_factory=OwnLoop) as runner:
    runner.run(main())
