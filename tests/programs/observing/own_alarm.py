"""A program with a timer of its own that computes between two requests. Arguments: a URL, and when it sets the timer:
``before`` its event loop runs, or ``inside``."""

import asyncio
import signal
import sys
import time

import httpx

URL, WHEN = sys.argv[1:3]
heard = []


def set_timer() -> None:
    signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)


def computes() -> None:
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass


async def main() -> None:
    async with httpx.AsyncClient() as client:
        await client.get(URL)
        if WHEN == "inside":
            set_timer()
        for _ in range(50):
            await client.get(URL)
            computes()


if WHEN == "before":
    set_timer()
asyncio.run(main())
signal.setitimer(signal.ITIMER_REAL, 0)
print("heard" if heard else "nothing heard")
