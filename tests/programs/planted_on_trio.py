"""Programs on trio: ``planted_on_trio.py FAULT URL [anyio]``. Each is the function of that name.

What it held the loop for, or waited for, is printed in seconds, by the program's own clock.
"""

import sys
import threading
import time

import anyio
import httpx
import trio

from holding import Holding


async def stands_still(url: str) -> None:
    holding = Holding()
    async with httpx.AsyncClient() as client:
        for _ in range(20):
            await client.get(url)
            holding.waits_in_the_thread()
    print(holding.held_s)


async def computes(url: str) -> None:
    holding = Holding()
    async with httpx.AsyncClient() as client:
        for _ in range(20):
            holding.parses((await client.get(url)).content)
    print(holding.held_s)


async def waits_for_a_lock(url: str) -> None:
    """A thread keeps a lock while the loop's thread waits for it."""
    holding = Holding()
    async with httpx.AsyncClient() as client:
        for _ in range(20):
            await client.get(url)
            other = holding.keeps_the_lock()  # not joined afterwards, which blocks the loop as well
            while not holding.is_kept_by(other):
                await trio.lowlevel.checkpoint()
            holding.takes_the_lock()
    print(holding.held_s)


async def small_pool(url: str) -> None:
    """A pool of five for fifty workers; the loop has time to spare on a slow machine too."""
    took: list[float] = []
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=5), timeout=30) as client:

        async def worker() -> None:
            began = time.perf_counter()
            heard: list[str] = []

            async def hears(event: str, _info: object) -> None:
                if not heard:  # the first thing that is done with a connection
                    took.append(time.perf_counter() - began)
                heard.append(event)

            await client.get(f"{url}?delay=200", extensions={"trace": hears})

        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(worker)
    print(sum(took))


async def spawns_calls(url: str) -> None:
    """Tasks that are nothing but the client's call, one connection each; the last call fails."""
    async with httpx.AsyncClient() as client:
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(client.get, url)
        await client.get("http://127.0.0.1:1/")


async def waits_at_its_own_gates(url: str) -> None:
    """Twenty tasks of which a limiter lets two ask, five that hand things to a slow one, one that sleeps."""
    gate, end = trio.CapacityLimiter(2), trio.current_time() + 3
    into, out = trio.open_memory_channel[int](1)
    async with httpx.AsyncClient() as client, trio.open_nursery() as nursery:

        async def passes_the_gate() -> None:
            while trio.current_time() < end:
                async with gate:
                    await client.get(f"{url}?delay=20")

        async def hands_over() -> None:
            while trio.current_time() < end:
                await into.send(1)

        async def takes() -> None:
            while trio.current_time() < end:
                await client.get(f"{url}?delay=50")
                await out.receive()
            nursery.cancel_scope.cancel()

        async def polls() -> None:
            while trio.current_time() < end:
                await client.get(url)
                await trio.sleep(0.2)

        async def reports() -> None:
            await trio.sleep(60)

        for task, times in ((passes_the_gate, 20), (hands_over, 5), (takes, 1), (polls, 1), (reports, 1)):
            for _ in range(times):
                nursery.start_soon(task)


async def in_turns(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(5):
            await client.get(url)


def runs_again_and_in_threads(url: str) -> None:
    """Three runs, of which two one after the other, and two at once in threads."""
    for _ in range(2):
        trio.run(in_turns, url)
    threads = [threading.Thread(target=trio.run, args=(in_turns, url)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def is_asyncios_guest(url: str) -> None:
    """trio inside of asyncio's loop."""
    import asyncio

    async def host() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def over(outcome: object) -> None:
            outcome.unwrap()  # type: ignore[attr-defined]
            done.set()

        trio.lowlevel.start_guest_run(
            in_turns, url, run_sync_soon_threadsafe=loop.call_soon_threadsafe, done_callback=over
        )
        await done.wait()

    asyncio.run(host())


if __name__ == "__main__":
    fault, url = sys.argv[1:3]
    if fault in ("runs_again_and_in_threads", "is_asyncios_guest"):
        globals()[fault](url)
    elif sys.argv[3:] == ["anyio"]:
        anyio.run(globals()[fault], url, backend="trio")
    else:
        trio.run(globals()[fault], url)
