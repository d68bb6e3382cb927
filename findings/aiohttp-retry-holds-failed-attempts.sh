#!/usr/bin/env bash
# aiohttp-retry 2.9.1 over aiohttp 3.14.5: an attempt that is retried is never released, so a long error page costs a connection
# for as long as the session lives.
#
# What decides to try again looks at the status alone, and lets go of the response without reading or closing it. aiohttp takes
# a connection back by itself once a body is whole in its buffer. A body that does not fit there stays on the wire, and its
# connection in the connector's set of those in use, from which the response can still be reached: it is no garbage, nothing
# warns, and it counts against the connector's limit. So whether retries share a connection or use the limit up depends on how
# long the error page is.
#
# Seen: three answers 503 and a 200. With error pages of 100 bytes: 1 connection, none in use at the end. With pages of
# 1,000,000 bytes: 4 connections, 3 of them in use after the request is over, and after gc.collect(). Where the callback that
# judges each answer reads it: 1 and none again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q aiohttp-retry==2.9.1 aiohttp==3.14.5
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import contextlib
import gc

import aiohttp
from aiohttp_retry import ListRetry, RetryClient

opened = tried = 0


async def serve(reader, writer):
    global opened, tried
    opened += 1
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.split()[1][1:])
            tried += 1
            status, body = (b"200 OK", b"fine") if tried == 4 else (b"503 Service Unavailable", b"x" * size)
            writer.write(b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body))
            await writer.drain()
    writer.close()


async def reads(response):
    await response.read()
    return response.status == 200


async def ask(port, size, callback=None):
    """Connections opened, and those in use once the answer is read: before and after a collection."""
    global opened, tried
    opened = tried = 0
    options = ListRetry([0.1] * 4, evaluate_response_callback=callback, retry_all_server_errors=callback is None)
    async with aiohttp.ClientSession() as session:
        client = RetryClient(session, retry_options=options)
        async with client.get(f"http://127.0.0.1:{port}/{size}") as response:
            assert (response.status, await response.read()) == (200, b"fine")
        before = len(session.connector._acquired)
        gc.collect()
        return opened, before, len(session.connector._acquired)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    seen = {"short": await ask(port, 100), "long": await ask(port, 1_000_000), "read": await ask(port, 1_000_000, reads)}
    print(seen)
    server.close()
    assert seen == {"short": (1, 0, 0), "long": (4, 3, 3), "read": (1, 0, 0)}, seen


asyncio.run(main())
EOF
