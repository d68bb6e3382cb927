"""What is read of client objects in a program: what stands in the place of a client's own transport."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import httpx
import pytest

from clientprof.clients.programs.aiohttp_calls import AIOHTTP
from clientprof.clients.programs.httpx_calls import HTTPX


class Logged(httpx.HTTPTransport):
    """A program's own, which passes everything on."""


class HTTPTransport(httpx.HTTPTransport):
    """Another one, whose author gave it the client's name for it."""


async def nothing(*_: Any) -> None:
    """An application that is never called."""


MODULE = __name__.partition(".")[0]


@pytest.mark.parametrize(
    ("build", "transport"),
    [
        (httpx.Client, None),
        (httpx.AsyncClient, None),
        (lambda: httpx.Client(http2=True, transport=httpx.HTTPTransport(retries=1)), None),
        (lambda: httpx.Client(mounts={"https://plain": None}), None),
        (lambda: httpx.AsyncClient(transport=httpx.ASGITransport(nothing)), "httpx.ASGITransport"),
        (lambda: httpx.Client(mounts={"all://": Logged()}), f"{MODULE}.Logged"),
        (lambda: httpx.Client(transport=HTTPTransport()), f"{MODULE}.HTTPTransport"),
    ],
)
def test_a_transport_that_is_not_the_client_s_own_is_named(build: Callable[[], Any], transport: str | None) -> None:
    client = build()
    observed = next(each for each in HTTPX if each.blocking is isinstance(client, httpx.Client))
    assert observed.settings(client).transport == transport


@pytest.mark.parametrize(
    ("connector", "transport"),
    [
        (lambda: None, None),
        (aiohttp.TCPConnector, None),
        (lambda: aiohttp.UnixConnector("app.sock"), "aiohttp.UnixConnector"),
    ],
)
def test_a_connector_of_another_kind_is_named(
    connector: Callable[[], aiohttp.BaseConnector | None], transport: str | None
) -> None:
    async def found() -> str | None:
        async with aiohttp.ClientSession(connector=connector()) as session:
            return AIOHTTP[0].settings(session).transport

    assert asyncio.run(found()) == transport
