#!/usr/bin/env bash
# opentelemetry-instrumentation-httpx 0.66b1: calls of an SDK that moved to httpx2, and of httpx with another transport,
# make no span, and nothing says so.
#
# The instrumentation replaces methods of httpx's own two transports. openai 3.57.0 calls httpx2, another package with
# other classes, so an upgrade of the SDK takes its calls out of every trace. httpx.AsyncClient(transport=...) with any other
# transport, httpx-aiohttp 0.2.0 for one, is not seen either. "No span" then reads as "no call".
#
# Seen: httpx 1 span, httpx2 0, openai 0, httpx over httpx-aiohttp 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opentelemetry-instrumentation-httpx==0.66b1 opentelemetry-sdk==1.45.1 httpx==0.28.1 httpx2==2.16.2 openai==3.57.0 httpx-aiohttp==0.2.0
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import httpx
import httpx2
import openai
from httpx_aiohttp import AiohttpTransport
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
HTTPXClientInstrumentor().instrument(tracer_provider=provider)
ANSWER = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{"data":[]}'


async def serve(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


def taken():
    count = len(spans.get_finished_spans())
    spans.clear()
    return count


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = "http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]
    seen = {}
    async with httpx.AsyncClient() as client:
        await client.get(url)
    seen["httpx"] = taken()
    async with httpx2.AsyncClient() as client:
        await client.get(url)
    seen["httpx2"] = taken()
    async with openai.AsyncOpenAI(api_key="none", base_url=url) as sdk:
        await sdk.models.list()
    seen["openai"] = taken()
    async with httpx.AsyncClient(transport=AiohttpTransport()) as client:
        await client.get(url)
    seen["httpx over aiohttp"] = taken()
    print(seen)
    assert seen == {"httpx": 1, "httpx2": 0, "openai": 0, "httpx over aiohttp": 0}


asyncio.run(main())
EOF
