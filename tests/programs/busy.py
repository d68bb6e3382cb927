"""Calls a server of its own for so many seconds, or until it has made so many calls, as fast as it can; prints how many it
made: ``busy.py SECONDS [CALLS]``."""

import asyncio
import sys
import time

import aiohttp

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER)


async def caller(session: aiohttp.ClientSession, url: str, until_s: float, most: int) -> int:
    calls = 0
    while time.monotonic() < until_s and calls < most:
        async with session.get(url) as response:
            await response.read()
        calls += 1
    return calls


async def main(seconds: float, most: int = 1 << 60) -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with aiohttp.ClientSession() as session:
        until_s = time.monotonic() + seconds
        print(sum(await asyncio.gather(*(caller(session, url, until_s, most // 8) for _ in range(8)))))
    server.close()


asyncio.run(main(float(sys.argv[1]), *map(int, sys.argv[2:])))
