"""A program that ends by itself: as a script it asks a server of its own; as an ASGI app it does so when it starts."""

import asyncio
import os
import signal
from typing import Any

import httpx

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(ANSWER)
    except asyncio.IncompleteReadError:
        writer.close()


async def asks() -> None:
    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient() as client:
        for _ in range(10):
            await asyncio.gather(*(client.get(f"http://127.0.0.1:{port}/") for _ in range(10)))
    server.close()


async def ends() -> None:
    await asks()
    os.kill(os.getpid(), signal.SIGINT)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "lifespan":
        return
    task = None
    while (await receive())["type"] == "lifespan.startup":
        task = asyncio.ensure_future(ends())
        await send({"type": "lifespan.startup.complete"})
    if task is not None:
        await task
    await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    asyncio.run(asks())
