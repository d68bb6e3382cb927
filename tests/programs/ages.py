"""Programs whose cost per request grows with their age: ``ages.py FAULT URL [REQUESTS]``, the function of that name."""

import asyncio
import ssl
import sys

import aiohttp


async def scans_a_list(url: str, requests: int) -> None:
    """Whatever was seen is kept, and searched for at each request."""
    seen: list[int] = []

    def remembers(number: int) -> None:
        for each in range(number * 20, number * 20 + 20):
            if each not in seen:
                seen.append(each)

    async with aiohttp.ClientSession() as session:
        for number in range(requests):
            async with session.get(url) as response:
                await response.read()
            remembers(number % 10**6)


async def hands_shake_slower_each_time(url: str, requests: int) -> None:
    """The certificate store of a shared context gets another entry with each connection, and each handshake reads all."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    known: list[int] = []
    real = ssl.SSLObject.do_handshake

    def reads_the_store(self: ssl.SSLObject) -> None:
        known.extend([1] * 10_000)
        sum(known)
        real(self)

    ssl.SSLObject.do_handshake = reads_the_store  # type: ignore[method-assign]
    connector = aiohttp.TCPConnector(force_close=True, ssl=context)
    async with aiohttp.ClientSession(connector=connector) as session:
        for _ in range(requests):
            async with session.get(url) as response:
                await response.read()


async def keeps_a_kilobyte(url: str, requests: int) -> None:
    """Something of every answer is kept for good."""
    kept: list[bytes] = []

    def remembers_all(number: int) -> None:
        kept.append(bytes(1000) + number.to_bytes(4))

    async with aiohttp.ClientSession() as session:
        for number in range(requests):
            async with session.get(url) as response:
                await response.read()
            remembers_all(number)


async def stays_as_it_is(url: str, requests: int) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(requests):
            async with session.get(url) as response:
                await response.read()


async def has_other_work_later(url: str, requests: int) -> None:
    """Small answers first, then large ones: more work, but not because of its age."""
    async with aiohttp.ClientSession() as session:
        for number in range(requests):
            async with session.get(url if number < requests // 2 else url.replace("/1k", "/256k")) as response:
                await response.read()


if __name__ == "__main__":
    fault, url, requests = sys.argv[1], sys.argv[2], int(sys.argv[3])
    asyncio.run(globals()[fault](url, requests))
