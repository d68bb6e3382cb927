"""What waits in a program's queues is counted where its tasks take from them; nothing is kept, and no proxy asked."""

import asyncio
import math
import weakref
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio
import trio.testing

from clientprof.clients.programs import CLIENT_PACKAGES
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.backlogs import backlogs
from waiting_tasks import once_they_wait

Seen = list[tuple[str, str, int, int]]
waiting: asyncio.Queue[int] = asyncio.Queue()


def seen(*tasks: Callable[[], Awaitable[object]]) -> Seen:
    """The function, what the queue is, how much is in it and how many of these tasks take from it."""

    return once_they_wait(looked, *tasks)


def looked(tasks: list[asyncio.Task[None]] | list[trio.lowlevel.Task]) -> Seen:
    found = backlogs(tasks, Sites(Names(), CLIENT_PACKAGES))
    return sorted((each.code.co_name, each.what, each.items, each.takers) for each in found)


def queue_of(items: int, kind: type[asyncio.Queue[int]] = asyncio.Queue) -> asyncio.Queue[int]:
    queue = kind()
    for number in range(items):
        queue.put_nowait(number)
    return queue


async def asks() -> None:
    """A request that takes long."""
    await asyncio.sleep(60)


@pytest.mark.parametrize("kind", [asyncio.Queue, asyncio.PriorityQueue])
def test_items_wait_for_the_tasks_that_have_the_queue_in_a_variable(kind: type[asyncio.Queue[int]]) -> None:
    async def works() -> None:
        queue = theirs
        while True:
            await queue.get()
            await asks()

    theirs = queue_of(10, kind)
    assert seen(works, works, works) == [("works", f"asyncio.{kind.__name__}", 7, 3)]


class Client:
    async def get(self) -> None:
        await asks()


class Crawler:
    """Its queue is an attribute. It puts into it what it finds."""

    def __init__(self) -> None:
        self.found = queue_of(6)
        self.client = Client()

    async def asks(self) -> None:
        await self.client.get()

    async def crawls(self) -> None:
        while True:
            number = await self.found.get()
            await self.asks()
            self.found.put_nowait(number + 1)
            self.found.task_done()


def test_the_queue_may_be_an_attribute_and_get_more_from_those_who_take() -> None:
    crawler = Crawler()
    assert seen(crawler.crawls, crawler.crawls) == [("crawls", "asyncio.Queue", 4, 2)]


def test_the_queue_may_stand_in_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    async def works() -> None:
        await waiting.get()
        await asks()

    monkeypatch.setitem(globals(), "waiting", queue_of(5))
    assert seen(works) == [("works", "asyncio.Queue", 4, 1)]


def test_who_puts_or_finds_the_queue_empty_or_only_hands_it_on_is_no_taker() -> None:
    async def produces() -> None:
        await client.get()
        await full.put(1)
        await asks()

    async def finds_it_empty() -> None:
        await empty.get()
        await asks()

    async def hands_it_on() -> None:
        await on(full)

    async def on(_: object) -> None:
        await asks()

    full, empty, client = queue_of(3), queue_of(1), queue_of(1)
    assert seen(produces, finds_it_empty, hands_it_on) == []


def test_what_waits_in_anyio_s_channel_is_counted_where_it_is_received() -> None:
    async def works() -> None:
        async for _ in receive:
            await asks()

    send, receive = anyio.create_memory_object_stream[int](math.inf)
    for number in range(9):
        send.send_nowait(number)
    assert seen(works, works) == [("works", "anyio.MemoryObjectReceiveStream", 7, 2)]
    send.close()
    receive.close()


def test_what_waits_in_trio_s_channel_is_counted_where_it_is_received() -> None:
    async def works(receive: trio.MemoryReceiveChannel[int]) -> None:
        async for _ in receive:
            await trio.sleep(60)

    async def main() -> Seen:
        send, receive = trio.open_memory_channel[int](math.inf)
        for number in range(9):
            send.send_nowait(number)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(works, receive)
            await trio.testing.wait_all_tasks_blocked()
            found = looked(list(nursery.child_tasks))
            nursery.cancel_scope.cancel()
        return found

    assert trio.run(main) == [("works", "trio.MemoryReceiveChannel", 8, 1)]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_tasks_may_be_those_of_a_group_of_anyio_s(backend: str) -> None:
    """Its wrapper of a task is code of a package that stands below clients."""

    async def works() -> None:
        async for _ in receive:
            await anyio.sleep(60)

    async def main() -> Seen:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(works)
            await anyio.wait_all_tasks_blocked()
            found = looked(tasks_of(backend))
            group.cancel_scope.cancel()
        return found

    send, receive = anyio.create_memory_object_stream[int](math.inf)
    for number in range(9):
        send.send_nowait(number)
    kind = "anyio.MemoryObjectReceiveStream"
    assert anyio.run(main, backend=backend) == [("works", kind, 6, 3)]
    send.close()
    receive.close()


def tasks_of(backend: str) -> list[Any]:
    """All tasks but the one that runs."""
    if backend == "asyncio":
        return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    mine = trio.lowlevel.current_task()
    return [child for nursery in mine.child_nurseries for child in nursery.child_tasks]


class Proxy:
    """Stands for what is made when it is first asked for anything, its class included."""

    def __getattribute__(self, name: str) -> object:
        raise AssertionError(name)


class Response:
    """What must go when its holder lets go."""


def test_no_code_of_the_program_s_objects_runs_and_nothing_is_kept() -> None:
    kept: list[weakref.ref[Response]] = []

    async def works() -> None:
        response, proxy = Response(), Proxy()
        kept.append(weakref.ref(response))
        await theirs.get()
        await on.wait()
        del response
        assert kept[0]() is None
        del proxy

    async def main() -> None:
        task = asyncio.create_task(works())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert looked([task]) == [("works", "asyncio.Queue", 1, 1)]
        on.set()
        await task

    theirs, on = queue_of(2), asyncio.Event()
    asyncio.run(main())


def test_the_file_and_first_line_of_the_function_are_told() -> None:
    async def works() -> None:
        await theirs.get()
        await asks()

    async def main() -> tuple[str, int, str]:
        task = asyncio.create_task(works())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        (found,) = backlogs([task], Sites(Names(), ()))
        task.cancel()
        return found.place

    theirs = queue_of(2)
    file, line, function = asyncio.run(main())
    assert Path(file).name == Path(__file__).name
    assert line == works.__code__.co_firstlineno
    assert function.endswith("works")
