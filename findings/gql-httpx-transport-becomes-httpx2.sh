#!/usr/bin/env bash
# gql 4.4.0 with httpx 0.28.1: `HTTPXAsyncTransport` takes another client once httpx2 (2.16.2) is installed too, and no
# longer what a program makes with httpx for it.
#
# `gql.transport.httpx` imports httpx2 where it can and httpx otherwise. Many packages bring httpx2 along, so an unrelated
# installation changes which client a program asks with, and the module that the causes of its errors are of: `except
# httpx.ConnectError` finds nothing in `__cause__` any more. What was made with httpx is refused or breaks late: an
# authentication raises `TypeError`, an `httpx.Timeout` is taken and fails in the first request as "connection failed", and
# only an `httpx.Limits` goes on as before. Pass plain numbers and pairs, or import the module's own `httpx` name.
#
# Seen: before, all of them work, and a refused connection is caused by httpx.ConnectError. After: TypeError for the
# authentication, TransportConnectionFailed (unsupported operand type(s) for +) for the timeout, httpx2.ConnectError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install -q gql==4.4.0 httpx==0.28.1
cat > asks.py <<'EOF'
import asyncio
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"data": {"user": self.headers["authorization"]}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def asked(url, **options):
    try:
        async with Client(transport=HTTPXAsyncTransport(url, **options)) as session:
            await session.execute(gql("{ user }"))
    except Exception as error:
        cause = "" if error.__cause__ is None else f" by {type(error.__cause__).__module__}.{type(error.__cause__).__name__}"
        return type(error).__name__ + cause
    return "works"


async def main():
    print("limits:", await asked(address, limits=httpx.Limits(max_connections=5)))
    print("auth:", await asked(address, auth=httpx.BasicAuth("user", "word")))
    print("timeout:", await asked(address, timeout=httpx.Timeout(5)))
    print("refused:", await asked(f"http://127.0.0.1:{nobody.getsockname()[1]}"))


server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
nobody = socket.socket()
nobody.bind(("127.0.0.1", 0))  # and does not listen
asyncio.run(main())
EOF
echo "httpx alone:"
venv/bin/python asks.py | tee alone.txt
venv/bin/pip install -q httpx2==2.16.2
echo "httpx2 beside it:"
venv/bin/python asks.py | tee beside.txt
diff alone.txt - <<'EOF'
limits: works
auth: works
timeout: works
refused: TransportConnectionFailed by httpx.ConnectError
EOF
diff beside.txt - <<'EOF'
limits: works
auth: TypeError
timeout: TransportConnectionFailed by builtins.TypeError
refused: TransportConnectionFailed by httpx2.ConnectError
EOF
