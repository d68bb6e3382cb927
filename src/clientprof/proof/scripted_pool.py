"""A first-come, first-served pool of things, whose hand-overs the truth knows: connections, and a lock as a pool of one."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from clientprof.proof.scripted_world import World

T = TypeVar("T")


class ScriptedPool(Generic[T]):
    """Things taken and given back by exchanges; whoever waits longest gets the next."""

    def __init__(self, world: World, things: Iterable[T]) -> None:
        self._world = world
        self._free: deque[T] = deque(things)
        self._waiting: deque[tuple[int, asyncio.Future[T]]] = deque()

    async def take(self, exchange: int) -> T:
        if self._free and not self._waiting:
            return self._free.popleft()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((exchange, future))
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.give(future.result())
            raise
        finally:
            self._world.truth.resumed(exchange, self._world.clock.now_ns)

    def give(self, thing: T) -> None:
        while self._waiting:
            exchange, future = self._waiting.popleft()
            if not future.done():
                future.set_result(thing)
                self._world.truth.woken(exchange, self._world.clock.now_ns)
                return
        self._free.append(thing)
