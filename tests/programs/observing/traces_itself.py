"""A program that traces itself with OpenTelemetry: ``traces_itself.py URL``. Prints trace and span of each kept span, in
which it makes one request; one span more is not kept, and one request is made outside of all spans."""

import asyncio
import sys

import httpx
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

KEPT = 3


async def main(url: str) -> None:
    tracer = TracerProvider().get_tracer("app")
    async with httpx.AsyncClient() as client:
        for _ in range(KEPT):
            with tracer.start_as_current_span("handle") as span:
                context = span.get_span_context()
                print(trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id), flush=True)
                await client.get(url + "?q=secret")
        with TracerProvider(sampler=ALWAYS_OFF).get_tracer("app").start_as_current_span("dropped"):
            await client.get(url)
        await client.get(url)


asyncio.run(main(sys.argv[1]))
