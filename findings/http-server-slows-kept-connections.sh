#!/usr/bin/env bash
# http.server of CPython on Linux: a client that keeps its connection waits 40 ms for each answer, one that opens a
# connection each time 1 ms.
#
# The server sends the headers and the body by two writes. While the first is not acknowledged, Nagle's algorithm keeps
# a small second one back; the client's system acknowledges only after 40 ms, in the hope of data to send it with. At
# the start of a connection it acknowledges at once. The default protocol, HTTP/1.0, hides it, since it closes each
# connection. With protocol_version = "HTTP/1.1", or `python -m http.server -p HTTP/1.1`, requests have it with any
# client, and the time that the handler takes does not show it. So a benchmark against such a server says that keeping
# connections is the slower way and that all clients that keep them are equally fast, and a profile of the client shows
# a slow server. disable_nagle_algorithm = True in the handler's class ends it.
#
# Seen (CPython 3.11.7), medians of 60 requests for a file of 6 bytes: requests 2.34.2, httpx 0.28.1 and aiohttp 3.14.5
# with one connection 44 ms each, the handler 0.3 ms; with "connection: close" 1 to 2 ms; with one connection and
# without Nagle's algorithm 0.8, 0.6 and 0.4 ms.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 aiohttp==3.14.5
mkdir "$folder/files"
echo small > "$folder/files/file"
"$folder/venv/bin/python" - "$folder/files" <<'EOF'
import asyncio
import functools
import http.server
import statistics
import sys
import threading
import time

import aiohttp
import httpx
import requests

handled = []


class Files(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        since = time.perf_counter()
        super().do_GET()
        handled.append(time.perf_counter() - since)

    def end_headers(self):
        # Said by the server too, or requests may still try the connection.
        if self.close_connection:
            self.send_header("connection", "close")
        super().end_headers()

    def log_message(self, *_):
        pass


class Undelayed(Files):
    disable_nagle_algorithm = True


def median_ms(times):
    return 1e3 * statistics.median(times)


def measure(client, url):
    times = []
    with client:
        for _ in range(60):
            since = time.perf_counter()
            client.get(url).content
            times.append(time.perf_counter() - since)
    return median_ms(times)


async def measure_aiohttp(url, headers):
    times = []
    async with aiohttp.ClientSession(headers=headers) as client:
        for _ in range(60):
            since = time.perf_counter()
            async with client.get(url) as response:
                await response.read()
            times.append(time.perf_counter() - since)
    return median_ms(times)


def measure_all(handler, headers):
    make = functools.partial(handler, directory=sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), make)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/file"
    handled.clear()
    session = requests.Session()
    session.headers.update(headers)
    medians = [
        measure(session, url),
        measure(httpx.Client(headers=headers), url),
        asyncio.run(measure_aiohttp(url, headers)),
    ]
    server.shutdown()
    return medians, median_ms(handled)


seen = {}
for name, handler, headers in (
    ("one connection", Files, {}),
    ("a connection each time", Files, {"connection": "close"}),
    ("one connection, no Nagle", Undelayed, {}),
):
    seen[name], server_ms = measure_all(handler, headers)
    medians = ", ".join(f"{ms:.1f}" for ms in seen[name])
    print(f"{name}: requests, httpx, aiohttp {medians} ms; handler {server_ms:.1f} ms")
    assert server_ms < 20
assert all(ms > 35 for ms in seen["one connection"])
assert all(ms < 20 for ms in seen["a connection each time"] + seen["one connection, no Nagle"])
EOF
