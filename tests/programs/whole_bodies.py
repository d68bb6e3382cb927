"""Answers whose bodies a client reads whole, before it returns: ``whole_bodies.py CLIENT URL``."""

import asyncio
import inspect
import sys

ANSWERS = 4


async def with_httpx(url: str) -> None:
    import httpx

    async with httpx.AsyncClient() as client:
        for _ in range(ANSWERS):
            await client.get(url)


async def with_aiohttp(url: str) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        for _ in range(ANSWERS):
            async with session.get(url) as response:
                await response.read()


def with_httpx_sync(url: str) -> None:
    import httpx

    with httpx.Client() as client:
        for _ in range(ANSWERS):
            client.get(url)


def with_requests(url: str) -> None:
    import requests

    with requests.Session() as session:
        for _ in range(ANSWERS):
            session.get(url)


def with_urllib3(url: str) -> None:
    import urllib3

    pool = urllib3.PoolManager()
    for _ in range(ANSWERS):
        pool.request("GET", url)


def with_urllib(url: str) -> None:
    import urllib.request

    for _ in range(ANSWERS):
        urllib.request.urlopen(url).read()


def with_niquests(url: str) -> None:
    import niquests

    with niquests.Session() as session:
        for _ in range(ANSWERS):
            session.get(url)


async def with_niquests_async(url: str) -> None:
    import niquests

    async with niquests.AsyncSession() as session:
        for _ in range(ANSWERS):
            await session.get(url)


if __name__ == "__main__":
    called = globals()[f"with_{sys.argv[1]}"](sys.argv[2])
    if inspect.iscoroutine(called):
        asyncio.run(called)
