"""What a function takes from queues is read out of its code; what is in a queue, without its methods."""

import asyncio
import queue
from collections import deque
from types import CodeType
from typing import Any

import pytest

from clientprof.probes.programs.waiting.queues import awaits_next_item, items_in, names_taken_from

todo: Any = None


def by_attribute(self: Any, session: Any) -> None:
    address = self.found.get(timeout=1)
    session.post(address)
    self.results.put(address)


def until_none(session: Any) -> None:
    for address in iter(todo.get, None):
        session.get(address)


def around(addresses: Any) -> Any:
    def takes(put: Any) -> None:
        put(addresses.get_nowait())

    return takes


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (by_attribute.__code__, {"found"}),
        (until_none.__code__, {"todo", "session"}),
        (around(None).__code__, {"addresses"}),
        (around.__code__, set()),
    ],
)
def test_names_whose_next_item_is_loaded(code: CodeType, names: set[str]) -> None:
    assert names_taken_from(code) == names


async def takes(items: Any, client: Any) -> None:
    item = await items.get()
    await client.get(item, timeout=1)


async def takes_at_once(items: Any) -> None:
    items.get_nowait()
    await asyncio.sleep(1)


async def only_asks(client: Any, items: Any) -> None:
    async with client.get("a") as response:
        items.put_nowait(response)
    await client.get("b", timeout=1)


async def reads_a_setting(settings: Any, client: Any) -> None:
    await client.send(settings.get("address"))


@pytest.mark.parametrize(
    ("function", "found"), [(takes, True), (takes_at_once, True), (only_asks, False), (reads_a_setting, False)]
)
def test_a_client_s_get_is_no_queue_s(function: Any, found: bool) -> None:
    assert awaits_next_item(function.__code__) is found


class Heaps(queue.PriorityQueue[int]):
    """Keeps what it has elsewhere."""

    def _init(self, maxsize: int) -> None:
        self.mine: list[int] = []

    def _qsize(self) -> int:
        raise AssertionError("a look may call no method of the program's")

    def _put(self, item: int) -> None:
        self.mine.append(item)


def test_what_is_in_queues_is_counted_without_their_methods() -> None:
    simple: queue.SimpleQueue[int] = queue.SimpleQueue()
    lifo, tasks = queue.LifoQueue[int](), asyncio.Queue[int]()
    for number in range(3):
        simple.put(number)
        lifo.put(number)
        tasks.put_nowait(number)
    found = [items_in(each) for each in (simple, lifo, tasks, Heaps(), deque([1]), None)]
    assert found == [
        ("queue.SimpleQueue", 3), ("queue.LifoQueue", 3), ("asyncio.Queue", 3), ("queue.Heaps", 0), None, None,
    ]  # fmt: skip
