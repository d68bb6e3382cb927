"""A program that sends bodies in pieces: ``uploads.py WHICH CLIENT LOOP URL``. Prints the CPU seconds of its thread."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import httpx

KB = b"x" * 1024
Body = Callable[[], AsyncIterator[bytes]]


async def pieces(count: int, pause_s: float = 0.0, piece: bytes = KB) -> AsyncIterator[bytes]:
    for _ in range(count):
        await asyncio.sleep(pause_s)
        yield piece


async def joined(some: AsyncIterator[bytes], least: int = 65_536) -> AsyncIterator[bytes]:
    buffer = bytearray()
    async for piece in some:
        buffer += piece
        if len(buffer) >= least:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


# Body, requests at once, how often each of them is made, and what the server is asked for besides.
KINDS: dict[str, tuple[Body, int, int, str]] = {
    "tiny": (lambda: pieces(2_048), 4, 5, ""),
    "large": (lambda: pieces(32, piece=64 * KB), 4, 5, ""),
    "joined": (lambda: joined(pieces(2_048)), 4, 5, ""),
    "small": (lambda: pieces(8), 8, 100, ""),
    # Nobody can join these: each is sent when it happens.
    "events": (lambda: pieces(150, 0.02), 60, 1, ""),
    # The loop mostly waits for the server.
    "seldom": (lambda: pieces(64), 2, 20, "?delay=200"),
}


async def with_httpx(url: str, body: Body, at_once: int, times: int) -> None:
    async with httpx.AsyncClient(timeout=60) as client:

        async def uploads() -> None:
            for _ in range(times):
                (await client.post(url, content=body())).raise_for_status()

        await asyncio.gather(*(uploads() for _ in range(at_once)))


async def with_aiohttp(url: str, body: Body, at_once: int, times: int) -> None:
    async with aiohttp.ClientSession() as session:

        async def uploads() -> None:
            for _ in range(times):
                async with session.post(url, data=body()) as response:
                    response.raise_for_status()
                    await response.read()

        await asyncio.gather(*(uploads() for _ in range(at_once)))


async def main(which: str, client: str, url: str) -> None:
    body, at_once, times, asked = KINDS[which]
    sends = with_httpx if client == "httpx" else with_aiohttp
    began_s = time.thread_time()
    await sends(f"{url}{asked}", body, at_once, times)
    print(time.thread_time() - began_s)


if __name__ == "__main__":
    kind, client_name, loop_name, address = sys.argv[1:]
    if loop_name == "uvloop":
        import uvloop

        uvloop.run(main(kind, client_name, address))
    else:
        asyncio.run(main(kind, client_name, address))
