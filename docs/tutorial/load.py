"""Your users: 4,000 requests to the service, 64 in flight, from when it answers. Run: python load.py"""

import asyncio
import statistics
import time

import aiohttp

REQUESTS, IN_FLIGHT = 4000, 64


async def answering() -> None:
    """Wait until the service takes connections, for a minute at most."""
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", 9000)
        except OSError:
            await asyncio.sleep(0.2)
        else:
            writer.close()
            return


async def main() -> None:
    await answering()
    took: list[float] = []
    left = iter(range(REQUESTS))
    limits = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=limits) as session:

        async def user() -> None:
            for item in left:
                began = time.perf_counter()
                async with session.get(f"http://127.0.0.1:9000/price/{item}") as response:
                    response.raise_for_status()
                    await response.read()
                took.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(user() for _ in range(IN_FLIGHT)))
        seconds = time.perf_counter() - began
    took.sort()
    print(f"{len(took) / seconds:.0f} requests a second, p50 {statistics.median(took) * 1e3:.0f} ms, ", end="")
    print(f"p99 {took[len(took) * 99 // 100] * 1e3:.0f} ms")


asyncio.run(main())
