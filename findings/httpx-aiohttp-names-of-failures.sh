#!/usr/bin/env bash
# httpx-aiohttp 0.2.0: two failures have other names than with httpx's own transport.
#
# A server that closes the connection without an answer is RemoteProtocolError in httpx 0.28.1. Over httpx-aiohttp it is
# ConnectTimeout, though nothing timed out and the connection stood. A request that waits too long for a free connection is
# PoolTimeout in httpx and ConnectTimeout over httpx-aiohttp. Code that retries on ConnectTimeout ("the request was not
# sent, so it is safe") then repeats requests that the server has received.
#
# Seen: own transport: RemoteProtocolError, PoolTimeout; httpx-aiohttp: ConnectTimeout, ConnectTimeout.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q httpx==0.28.1 httpx-aiohttp==0.2.0 aiohttp==3.14.5
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import httpx
from httpx_aiohttp import AiohttpTransport


async def drops(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def slow(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.5)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    await writer.drain()
    writer.close()


async def failures(transport, dropping, waiting):
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(transport=transport(limits=limits), timeout=httpx.Timeout(5, pool=0.1)) as client:
        results = await asyncio.gather(client.get(dropping), return_exceptions=True)
        results += await asyncio.gather(client.get(waiting), client.get(waiting), return_exceptions=True)
    return [type(result).__name__ for result in results if isinstance(result, Exception)]


async def main():
    urls = []
    for answer in (drops, slow):
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        urls.append("http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1])
    own = await failures(httpx.AsyncHTTPTransport, *urls)
    over_aiohttp = await failures(AiohttpTransport, *urls)
    print(f"own transport: {own}, httpx-aiohttp: {over_aiohttp}")
    assert own == ["RemoteProtocolError", "PoolTimeout"]
    assert over_aiohttp == ["ConnectTimeout", "ConnectTimeout"]


asyncio.run(main())
EOF
