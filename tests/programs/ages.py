"""Programs whose cost per request grows with their age: ``ages.py FAULT URL [REQUESTS]``, the function of that name.

What a list costs grows with the square of the requests made, so that no load of the machine hides it: were it their number,
the slope over the time would be 0.5 at most, and not far from what is no growth.
"""

import asyncio
import ssl
import sys

import aiohttp


async def scans_a_list(url: str, requests: int) -> None:
    """More is kept of each request, and searched at the next."""
    seen: list[int] = []

    def remembers(number: int) -> None:
        if not any(each in seen for each in range(-20, 0)):
            seen.extend(range(number // 20))

    async with aiohttp.ClientSession() as session:
        for number in range(requests):
            async with session.get(url) as response:
                await response.read()
            remembers(number)


async def hands_shake_slower_each_time(url: str, requests: int) -> None:
    """The store of a shared context gets more certificates with each connection, and each handshake reads all."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    known: list[int] = []
    read: list[int] = []
    real = ssl.SSLObject.do_handshake

    def reads_the_store(self: ssl.SSLObject) -> None:
        read.append(1)
        known.extend([1] * (40 * len(read)))
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
