#!/usr/bin/env bash
# opentelemetry-instrumentation-httpx and -aiohttp-client 0.66b1: a call that fails while its body is read is a span without
# an error. With -requests 0.66b1 the same call is an error.
#
# The first two replace what a client calls for an answer's headers, and end the span there. requests reads the body inside
# what is replaced. So one operation, `client.get(url)`, has a span of two lengths: an error rate or a 99th percentile
# falls when a service moves from requests to httpx, and bodies that break off or trickle are in no figure.
#
# Seen, for a server that sends half of the body 0.5 s after the headers and then closes: all three calls raise; requests
# 0.5 s and ERROR; httpx and aiohttp 0.0 s and UNSET, with status code 200.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opentelemetry-instrumentation-httpx==0.66b1 opentelemetry-instrumentation-aiohttp-client==0.66b1 \
  opentelemetry-instrumentation-requests==0.66b1 opentelemetry-sdk==1.45.1 httpx==0.28.1 aiohttp==3.14.5 requests==2.34.2
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import http.server
import threading
import time
import aiohttp
import httpx
import requests
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
for instrumentor in (HTTPXClientInstrumentor, AioHttpClientInstrumentor, RequestsInstrumentor):
    instrumentor().instrument(tracer_provider=provider)


class HalfABody(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.flush()
        time.sleep(0.5)
        self.wfile.write(b"ha")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HalfABody)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


def told(error):
    """What the call raised, and what the only span of it says."""
    (span,) = spans.get_finished_spans()
    spans.clear()
    code = span.attributes.get("http.status_code")
    return type(error).__name__, round((span.end_time - span.start_time) / 1e9, 1), span.status.status_code.name, code


def with_requests():
    try:
        requests.get(url)
    except requests.RequestException as error:
        return told(error)


async def with_httpx():
    async with httpx.AsyncClient() as client:
        try:
            await client.get(url)
        except httpx.HTTPError as error:
            return told(error)


async def with_aiohttp():
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(url) as answer:
                await answer.read()
        except aiohttp.ClientError as error:
            return told(error)


seen = {"requests": with_requests(), "httpx": asyncio.run(with_httpx()), "aiohttp": asyncio.run(with_aiohttp())}
print(seen)
assert seen["requests"][1:3] == (0.5, "ERROR")
assert seen["httpx"][2:] == ("UNSET", 200) and seen["httpx"][1] < 0.3
assert seen["aiohttp"][2:] == ("UNSET", 200) and seen["aiohttp"][1] < 0.3
EOF
