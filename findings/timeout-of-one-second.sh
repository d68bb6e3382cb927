#!/usr/bin/env bash
# timeout=1 in eight clients: four give up after a second, four read for as long as pieces keep coming, and one of the
# four says that it cannot decode.
#
# In requests 2.34.2, urllib3 2.8.0, httpx 0.28.1 and httpx2 2.16.2 the number is the longest silence: an answer that
# comes a byte at a time never runs into it. In aiohttp 3.14.5, curl_cffi 0.17.0, rnet 2.4.2 and pyreqwest 0.15.1 it
# bounds the whole. So a service that moves from one group to the other, by a number of the same name, either cuts off
# answers that were whole before or no longer has a bound. A pair, which requests takes as connecting and silence, is
# added up by curl_cffi: timeout=(1, 1) ends after 2 s. rnet reports the time that is over as DecodingError, so code
# that retries on timeouts does not.
#
# Seen, a body of 10 bytes, one each 0.3 s: requests, urllib3, httpx, httpx2: whole after 3 s; aiohttp TimeoutError
# after 1.0 s, curl_cffi Timeout after 1.0 s (a pair: 2.0 s), pyreqwest ReadTimeoutError and rnet DecodingError after
# 1.0 s.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2 httpx==0.28.1 httpx2==2.16.2 aiohttp==3.14.5 \
  curl_cffi==0.17.0 rnet==2.4.2 pyreqwest==0.15.1 urllib3==2.8.0
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import contextlib
import datetime
import socketserver
import threading
import time

import aiohttp
import curl_cffi
import httpx
import httpx2
import requests
import rnet
import urllib3
from pyreqwest.client import ClientBuilder


class Trickle(socketserver.BaseRequestHandler):
    def handle(self):
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += self.request.recv(65536)
        self.request.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(10):
                self.request.sendall(b"x")
                time.sleep(0.3)


server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickle)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}/"


async def by_aiohttp():
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(1)) as session, session.get(url) as response:
        return await response.read()


async def by_rnet():
    response = await rnet.Client(timeout=1).get(url)
    return await response.bytes()


async def by_pyreqwest():
    async with ClientBuilder().timeout(datetime.timedelta(seconds=1)).build() as client:
        response = await client.get(url).build().send()
        return await response.bytes()


ask = {
    "requests": lambda: requests.get(url, timeout=1).content,
    "urllib3": lambda: urllib3.request("GET", url, timeout=1, retries=False).data,
    "httpx": lambda: httpx.get(url, timeout=1).content,
    "httpx2": lambda: httpx2.get(url, timeout=1).content,
    "aiohttp": lambda: asyncio.run(by_aiohttp()),
    "curl_cffi": lambda: curl_cffi.requests.get(url, timeout=1).content,
    "curl_cffi, a pair": lambda: curl_cffi.requests.get(url, timeout=(1, 1)).content,
    "rnet": lambda: asyncio.run(by_rnet()),
    "pyreqwest": lambda: asyncio.run(by_pyreqwest()),
}
seen = {}
for name, get in ask.items():
    began = time.perf_counter()
    try:
        ended = f"whole, {len(get())} bytes"
    except Exception as error:
        ended = type(error).__name__
    took_s = time.perf_counter() - began
    print(f"{name}: {ended} after {took_s:.1f} s")
    seen[name] = ended, took_s
for name in ("requests", "urllib3", "httpx", "httpx2"):
    assert seen[name][0] == "whole, 10 bytes" and seen[name][1] > 2.5, name
given_up = {"aiohttp": "TimeoutError", "curl_cffi": "Timeout", "rnet": "DecodingError", "pyreqwest": "ReadTimeoutError"}
for name, ended in given_up.items():
    assert seen[name][0] == ended and seen[name][1] < 1.8, name
assert seen["curl_cffi, a pair"][0] == "Timeout" and 1.9 < seen["curl_cffi, a pair"][1] < 2.6
EOF
