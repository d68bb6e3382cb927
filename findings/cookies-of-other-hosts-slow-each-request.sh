#!/usr/bin/env bash
# requests 2.34.2 and httpx 0.28.1: each host that ever set a cookie makes every later request slower, to whatever
# host it goes, by 50 to 60 function calls. aiohttp 3.14.5 does not slow down.
#
# Both keep cookies in the standard library's http.cookiejar, which has no index: for a request it asks of each host
# that it knows whether its cookies belong there, and then looks for expired ones among all; requests copies the whole
# jar besides. A crawler, or a service that calls its customers' hooks, gets a cookie from most hosts, so its cost per
# request grows with its age. No header grows, the servers see nothing, and a benchmark against one host never shows
# it. aiohttp looks cookies up by host.
#
# Seen, functions called for a GET to a host without cookies, by a session with a cookie each of 1,000 other hosts,
# and by one with none: requests 59,600 and 1,600 (12 ms of CPU and 1), httpx 51,500 and 1,300 (10 and 1),
# aiohttp 850 and 830.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2 httpx==0.28.1 aiohttp==3.14.5
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import http.server
import sys
import threading
import time

import aiohttp
import httpx
import requests
from yarl import URL

HOSTS = 1000


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://localhost:{server.server_port}/"
calls = 0


def count(_frame, event, _argument):
    global calls
    calls += event in ("call", "c_call")


def counted(get):
    """Functions that this thread called for one GET, and its CPU in ms for another. A first GET connects."""
    global calls
    get()
    began = time.thread_time()
    get()
    cpu_ms = 1e3 * (time.thread_time() - began)
    calls = 0
    sys.setprofile(count)
    get()
    sys.setprofile(None)
    return calls, cpu_ms


def by_requests(hosts):
    with requests.Session() as session:
        session.trust_env = False
        for host in hosts:
            session.cookies.set("id", "x", domain=host, path="/")
        return counted(lambda: session.get(url))


def by_httpx(hosts):
    with httpx.Client(trust_env=False) as client:
        for host in hosts:
            client.cookies.set("id", "x", domain=host, path="/")
        return counted(lambda: client.get(url))


def by_aiohttp(hosts):
    with asyncio.Runner() as runner:

        async def ask(session):
            async with session.get(url) as response:
                await response.read()

        async def made():
            session = aiohttp.ClientSession()
            for host in hosts:
                session.cookie_jar.update_cookies({"id": "x"}, URL(f"http://{host}/"))
            return session

        session = runner.run(made())
        seen = counted(lambda: runner.run(ask(session)))
        runner.run(session.close())
        return seen


growth = {}
for ask in (by_requests, by_httpx, by_aiohttp):
    (none, quick_ms), (many, slow_ms) = (ask([f"h{number}.example" for number in range(hosts)]) for hosts in (0, HOSTS))
    growth[ask.__name__] = many / none
    print(f"{ask.__name__}: {none:,} calls, {quick_ms:.1f} ms of CPU; {HOSTS:,} hosts: {many:,}, {slow_ms:.1f} ms")
assert growth["by_requests"] > 15 and growth["by_httpx"] > 15 and growth["by_aiohttp"] < 1.5, growth
EOF
