"""One way to call each watched client: so many requests at once through one client object, then some one by one."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

AT_ONCE, AFTER = 6, 3


def context_for(ca_file: str | None) -> ssl.SSLContext | None:
    return None if ca_file is None else ssl.create_default_context(cafile=ca_file)


async def httpx_calls(url: str, ca_file: str | None, library: Any) -> None:
    async with library.AsyncClient(verify=context_for(ca_file) or False) as client:
        await several(lambda: client.get(url))


async def httpx_client(url: str, ca_file: str | None) -> None:
    import httpx

    await httpx_calls(url, ca_file, httpx)


async def httpx2_client(url: str, ca_file: str | None) -> None:
    import httpx2

    await httpx_calls(url, ca_file, httpx2)


async def aiohttp_client(url: str, ca_file: str | None) -> None:
    import aiohttp

    async def get() -> None:
        async with session.get(url) as response:
            await response.read()

    connector = aiohttp.TCPConnector(ssl=context_for(ca_file) or False)
    async with aiohttp.ClientSession(connector=connector) as session:
        await several(get)


async def several(get: Callable[[], Awaitable[Any]]) -> None:
    await asyncio.gather(*(get() for _ in range(AT_ONCE)))
    for _ in range(AFTER):
        await get()


def requests_client(url: str, ca_file: str | None) -> None:
    import requests

    with requests.Session() as session:
        in_threads(lambda: session.get(url, verify=ca_file or False).content)


def urllib3_client(url: str, ca_file: str | None) -> None:
    import urllib3

    with urllib3.PoolManager(maxsize=AT_ONCE, ssl_context=context_for(ca_file)) as manager:
        in_threads(lambda: manager.request("GET", url).data)


def httpx_sync_client(url: str, ca_file: str | None) -> None:
    import httpx

    with httpx.Client(verify=context_for(ca_file) or False) as client:
        in_threads(lambda: client.get(url))


def http_client(url: str, ca_file: str | None) -> None:
    import http.client
    from urllib.parse import urlsplit

    def get() -> None:
        if ca_file is None:
            connection = http.client.HTTPConnection(urlsplit(url).netloc)
        else:
            connection = http.client.HTTPSConnection(urlsplit(url).netloc, context=context_for(ca_file))
        connection.request("GET", urlsplit(url).path)
        connection.getresponse().read()
        connection.close()

    in_threads(get)


def urllib_client(url: str, ca_file: str | None) -> None:
    import urllib.request

    in_threads(lambda: urllib.request.urlopen(url, context=context_for(ca_file)).read())


def httplib2_client(url: str, ca_file: str | None) -> None:
    import httplib2

    def get() -> None:
        client = httplib2.Http(ca_certs=ca_file)
        client.request(url)
        client.close()

    in_threads(get)


def in_threads(get: Callable[[], Any]) -> None:
    meet = threading.Barrier(AT_ONCE)

    def one(_number: int) -> None:
        meet.wait(20)
        get()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(AT_ONCE)))
    for _ in range(AFTER):
        get()


ASYNCHRONOUS = {"httpx": httpx_client, "httpx2": httpx2_client, "aiohttp": aiohttp_client}
BLOCKING = {
    "requests": requests_client, "urllib3": urllib3_client, "httpx-sync": httpx_sync_client, "http.client": http_client,
    "urllib.request": urllib_client, "httplib2": httplib2_client,
}  # fmt: skip
