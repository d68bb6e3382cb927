#!/usr/bin/env bash
# httpx-aiohttp 0.2.0: Limits(max_connections=None), which is "no limit" in httpx, means 100 connections.
#
# The transport hands a limit to aiohttp's connector only where there is one, and the connector's own default is 100. So
# whoever takes the limit away and changes the transport in one step has fewer connections than before.
#
# Seen: 150 requests at once to a server that waits: 150 connections with httpx 0.28.1, 100 over httpx-aiohttp.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q httpx==0.28.1 httpx-aiohttp==0.2.0 aiohttp==3.14.5
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import httpx
from httpx_aiohttp import AiohttpTransport

REQUESTS = 150


async def opened(transport):
    arrived, enough, answer = 0, asyncio.Event(), asyncio.Event()

    async def serve(reader, writer):
        nonlocal arrived
        await reader.readuntil(b"\r\n\r\n")
        arrived += 1
        if arrived == REQUESTS:
            enough.set()
        await answer.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    url = "http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(transport=transport(limits=limits), timeout=30) as client:
        requests = [asyncio.ensure_future(client.get(url)) for _ in range(REQUESTS)]
        try:
            await asyncio.wait_for(enough.wait(), 4)
        except TimeoutError:
            pass
        at_once = arrived
        answer.set()
        await asyncio.gather(*requests)
    return at_once


async def main():
    own, over_aiohttp = await opened(httpx.AsyncHTTPTransport), await opened(AiohttpTransport)
    print(f"{REQUESTS} requests, no limit: {own} connections with httpx, {over_aiohttp} over httpx-aiohttp")
    assert own == REQUESTS and over_aiohttp == 100


asyncio.run(main())
EOF
