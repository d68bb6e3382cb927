#!/usr/bin/env bash
# elasticsearch 9.5.1 (elastic-transport 9.4.2, urllib3 2.8.0, aiohttp 3.14.5): `request_timeout` covers the wait for one of
# the client's connections in `AsyncElasticsearch`, and not in `Elasticsearch`.
#
# Both keep `connections_per_node` connections (10) and let further calls wait for one. The blocking client gives urllib3 the
# timeout of connecting and reading and none for its pool, so that a thread waits for as long as others have all
# connections; nothing says so, and no error comes of it. The other one gives aiohttp a total, which runs while a call waits:
# under the same load, calls fail with `ConnectionTimeout` that were never sent. Who goes from one to the other, or compares
# their latencies, meets both.
#
# Seen, one connection, a timeout of 1 s, a server that takes 0.6 s, five calls at once: the blocking client answers all,
# after 0.6, 1.3, 1.9, 2.6 and 3.2 s; the other one answers one, and four fail after 1.0 s.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install -q elasticsearch==9.5.1 elastic-transport==9.4.2 urllib3==2.8.0 aiohttp==3.14.5
cat > calls.py <<'EOF'
import asyncio
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from elasticsearch import AsyncElasticsearch, ConnectionTimeout, Elasticsearch

OPTIONS = {"connections_per_node": 1, "request_timeout": 1.0, "max_retries": 0}


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(0.6)
        self.send_response(200)
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def blocking(url):
    def call():
        began = time.monotonic()
        client.info()
        took.append(time.monotonic() - began)

    took, client = [], Elasticsearch(url, **OPTIONS)
    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(took)


async def asynchronous(url):
    async def call():
        began = time.monotonic()
        try:
            await client.info()
        except ConnectionTimeout:
            failed.append(time.monotonic() - began)
        else:
            took.append(time.monotonic() - began)

    took, failed = [], []
    async with AsyncElasticsearch(url, **OPTIONS) as client:
        await asyncio.gather(*(call() for _ in range(5)))
    return took, failed


server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
waited = blocking(address)
answered, failed = asyncio.run(asynchronous(address))
print("Elasticsearch answers after", ", ".join(f"{each:.1f}" for each in waited), "s")
print(
    "AsyncElasticsearch answers after", ", ".join(f"{each:.1f}" for each in answered), "s and fails after",
    ", ".join(f"{each:.1f}" for each in failed), "s",
)
assert len(waited) == 5 and waited[-1] > 2.9
assert len(answered) == 1 and len(failed) == 4 and max(failed) < 1.5
EOF
venv/bin/python calls.py
