"""A program that keeps a WebSocket open beside its requests, with its server in the same process."""

import asyncio

import aiohttp
from aiohttp import web

MESSAGES = 40


async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await asyncio.sleep(0.01)
        await socket.send_str(message.data)
    return socket


async def answer(_request: web.Request) -> web.Response:
    return web.Response(text="fine")


async def main() -> None:
    app = web.Application()
    app.router.add_get("/echo", echo)
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}echo") as socket:
        for number in range(MESSAGES):
            await socket.send_str(str(number))
            await socket.receive()
            async with session.get(url) as response:
                await response.read()
    await runner.cleanup()


asyncio.run(main())
