#!/usr/bin/env bash
# httpx 0.28.1: over ASGITransport no timeout ends a request, and a streamed answer comes whole, when the application is
# done.
#
# The transport calls the application and returns once that has sent everything. It reads none of the client's timeouts.
# So a test or benchmark of a streaming endpoint in the same process measures the time to the last byte as that to the
# first, an endless stream of events never answers at all, and code that handles a timeout is never reached. Over a
# socket the same client and application do both.
#
# Seen: an application that sends three pieces, 0.3 s each, timeout 0.1 s: ASGITransport: headers after 0.9 s, one
# piece, no error; uvicorn 0.54.0 over a socket: ReadTimeout after 0.1 s, and without a timeout headers at once and
# three pieces.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q httpx==0.28.1 uvicorn==0.54.0
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import socket
import time

import httpx
import uvicorn


async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(3):
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await asyncio.sleep(0.3)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def ask(base_url, transport, timeout):
    """Seconds until the headers, pieces of the body, and the name of the error."""
    began, headers_s, pieces = time.perf_counter(), None, 0
    async with httpx.AsyncClient(transport=transport, base_url=base_url, timeout=timeout) as client:
        try:
            async with client.stream("GET", "/") as response:
                headers_s = round(time.perf_counter() - began, 1)
                async for _ in response.aiter_raw():
                    pieces += 1
        except httpx.TimeoutException as error:
            return headers_s, pieces, type(error).__name__
    return headers_s, pieces, "no error"


async def main():
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    inside = await ask("http://inside", httpx.ASGITransport(application), 0.1)
    bounded = await ask(url, None, 0.1)
    unbounded = await ask(url, None, None)
    server.should_exit = True
    await serving
    print("ASGITransport, timeout 0.1:", *inside)
    print("socket, timeout 0.1:", *bounded)
    print("socket, no timeout:", *unbounded)
    assert inside[0] >= 0.9 and inside[1:] == (1, "no error")
    assert bounded[2] == "ReadTimeout"
    assert unbounded[0] < 0.5 and unbounded[1:] == (3, "no error")


asyncio.run(main())
EOF
