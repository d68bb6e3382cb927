#!/usr/bin/env bash
# requests 2.34.2 and httpx 0.28.1: response.elapsed has one name and measures two things.
#
# In requests it ends with the headers. In httpx it ends when the body has been read, and it begins before the request has
# a connection, so it holds the wait for the pool too. A dashboard that survives the move from one to the other shows a
# slow-down that is none. The wait for the pool, where the client keeps the request, counts as the server's.
#
# Seen, for a server that sends the body 0.5 s after the headers: requests 0.00 s, httpx 0.50 s; the second of two requests
# of an httpx client with one connection: 1.00 s.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2 httpx==0.28.1
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import http.server
import threading
import time
import httpx
import requests


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.flush()
        time.sleep(0.5)
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


async def two_with_one_connection():
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as client:
        return [answer.elapsed.total_seconds() for answer in await asyncio.gather(client.get(url), client.get(url))]


of_requests = requests.get(url).elapsed.total_seconds()
of_httpx = httpx.get(url).elapsed.total_seconds()
second = max(asyncio.run(two_with_one_connection()))
print(f"requests {of_requests:.2f} s, httpx {of_httpx:.2f} s, second of two in httpx's pool {second:.2f} s")
assert of_requests < 0.3 and 0.5 <= of_httpx < 0.9 and second >= 1.0
EOF
