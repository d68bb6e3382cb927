"""Tasks that wait, for a look at them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")


def once_they_wait(look: Callable[[list[asyncio.Task[None]]], Found], *tasks: Callable[[], Awaitable[object]]) -> Found:
    """What the look finds at these tasks once they wait; they are ended then."""

    async def main() -> Found:
        made = [asyncio.create_task(_awaits(task)) for task in tasks]
        for _ in range(5):
            await asyncio.sleep(0)
        found = look(made)
        for task in made:
            task.cancel()
        await asyncio.gather(*made, return_exceptions=True)
        return found

    return asyncio.run(main())


async def _awaits(task: Callable[[], Awaitable[object]]) -> None:
    await task()
