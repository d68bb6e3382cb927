"""Patches of httpx2 that are wrong on purpose: what the checks of behaviour must find."""

import asyncio
import importlib
from typing import Any


def _module(name: str) -> Any:
    return importlib.import_module(name)


def cut_bodies(_: str) -> None:
    connection = _module("httpcore2._async.http11").AsyncHTTP11Connection
    body = connection._receive_response_body

    async def shorter(self: Any, request: Any) -> Any:
        async for chunk in body(self, request):
            yield chunk[:-1]

    connection._receive_response_body = shorter


def send_twice(_: str) -> None:
    transport = _module("httpx2._transports.default").AsyncHTTPTransport
    handle = transport.handle_async_request

    async def again(self: Any, request: Any) -> Any:
        first = await handle(self, request)
        await first.aread()
        return await handle(self, request)

    transport.handle_async_request = again


def one_connection_each(_: str) -> None:
    connection = _module("httpcore2._async.http11").AsyncHTTP11Connection
    connection.has_expired = lambda self: self.is_idle()


def swallow_timeouts(_: str) -> None:
    stream = _module("httpcore2._backends.anyio").AnyIOStream
    read = stream.read

    async def patient(self: Any, max_bytes: int, timeout: "float | None" = None) -> Any:
        return await read(self, max_bytes, timeout=None)

    stream.read = patient


def keep_cancelled(_: str) -> None:
    connection = _module("httpcore2._async.http11").AsyncHTTP11Connection
    closed = connection._response_closed

    async def forgotten(self: Any) -> None:
        task = asyncio.current_task()
        if task is None or not task.cancelling():
            await closed(self)

    connection._response_closed = forgotten
