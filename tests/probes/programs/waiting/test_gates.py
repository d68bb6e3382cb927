"""Tasks that wait outside of requests are seen at the line of the program that waits, with what for; nothing else is."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import trio
import trio.testing

import clientprof
from clientprof.clients.programs import CLIENT_PACKAGES
from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.gates import Gates
from clientprof.probes.programs.waiting.pools import Pools
from waiting_tasks import once_they_wait

Seen = dict[tuple[str, str], int]


class Looking:
    """``Gates`` with a lane of its own, and what it wrote."""

    def __init__(self, folder: Path, clients: tuple[str, ...] = ()) -> None:
        self.names, self.failures = Names(), Failures()
        self.book = LaneBook(str(folder), self.names, self.failures.remove)
        self.lane = self.book.take("asyncio")
        sites = Sites(self.names, clients)
        self.gates = Gates(self.names, sites, self.failures, Pools(sites, dict))

    def at(self, now_ns: int = 1, tasks: Callable[[], Iterable[object]] = asyncio.all_tasks) -> tuple[int, Seen]:
        """A look: how many tasks there are, and how many wait by function and what for."""
        self.gates.look(self.lane, tasks, now_ns)
        (rows,) = [rows for rows in self.lane.kept if rows.group == "gate"]
        columns = rows.take()
        if not columns:
            return 0, {}
        keys = self.names.keys("gate")
        seen = dict(zip(columns["gate.gate"], columns["gate.tasks"], strict=True))
        total = seen.pop(-1)
        return total, {(keys[number][2].rpartition(".")[2], keys[number][3]): count for number, count in seen.items()}


def seen(looking: Looking, *tasks: Callable[[], Awaitable[object]]) -> tuple[int, Seen]:
    """What a look finds once these tasks wait; they are ended then."""
    return once_they_wait(lambda _: looking.at(), *tasks)


def test_tasks_at_a_lock_and_at_a_semaphore_are_counted_by_place(tmp_path: Path) -> None:
    lock, semaphore = asyncio.Lock(), asyncio.Semaphore(1)

    async def renews() -> None:
        async with lock:
            await asyncio.sleep(60)

    async def asks() -> None:
        await semaphore.acquire()
        await asyncio.sleep(60)

    total, found = seen(Looking(tmp_path), renews, renews, renews, asks, asks)
    assert total == 6  # and the one that looks
    assert found == {("renews", "asyncio.Lock"): 2, ("asks", "asyncio.Semaphore"): 1}


def test_tasks_that_wait_for_room_in_a_queue_are_counted(tmp_path: Path) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(1)

    async def hands_over() -> None:
        for number in range(3):
            await queue.put(number)

    assert seen(Looking(tmp_path), hands_over, hands_over)[1] == {("hands_over", "asyncio.Queue"): 2}


def test_a_task_that_makes_requests_counts_where_it_sleeps_between_two_of_them(tmp_path: Path) -> None:
    looking = Looking(tmp_path)

    async def naps() -> None:
        await asyncio.sleep(60)

    async def polls() -> None:
        looking.lane.askers.note(asyncio.get_running_loop())
        await naps()

    async def reports() -> None:
        await naps()

    assert seen(looking, polls, polls, reports)[1] == {("naps", "asyncio.sleep"): 2}


def test_tasks_that_have_ended_are_no_askers_any_more(tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    askers = looking.lane.askers

    async def main() -> tuple[list[bool], int]:
        async def asks() -> None:
            askers.note(asyncio.get_running_loop())

        tasks = [asyncio.ensure_future(asks()) for _ in range(3)]
        await asyncio.gather(*tasks)
        found = [askers.has(task) for task in tasks]
        looking.at()
        return found, len(askers._tasks)

    assert asyncio.run(main()) == ([True] * 3, 0)


def test_a_wrapper_of_our_own_is_no_client(tmp_path: Path) -> None:
    """A route of a framework stands below one, and waits for a thread."""
    source = "async def wrapped(awaited):\n    return await awaited\n"
    names: dict[str, Callable[[Awaitable[object]], Awaitable[object]]] = {}
    exec(compile(source, str(Path(clientprof.__file__).parent / "probes" / "wrapped.py"), "exec"), names)
    semaphore = asyncio.Semaphore(1)

    async def route() -> None:
        await names["wrapped"](semaphore.acquire())
        await asyncio.sleep(60)

    assert seen(Looking(tmp_path), route, route)[1] == {("route", "asyncio.Semaphore"): 1}


def test_what_waits_for_an_event_a_queue_or_the_time_waits_for_no_other_task(tmp_path: Path) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def sleeps() -> None:
        await asyncio.sleep(60)

    async def works() -> None:
        await queue.get()

    async def waits() -> None:
        await asyncio.Event().wait()

    assert seen(Looking(tmp_path), sleeps, works, waits) == (4, {})


@pytest.mark.parametrize("clients", [(), tuple(CLIENT_PACKAGES)], ids=["none", "known clients"])
def test_a_limiter_of_anyio_is_named_with_its_package(tmp_path: Path, clients: tuple[str, ...]) -> None:
    """Although anyio stands below clients, too."""
    anyio = pytest.importorskip("anyio")
    limiter: list[object] = []

    async def asks() -> None:
        if not limiter:
            limiter.append(anyio.CapacityLimiter(1))
        async with limiter[0]:  # type: ignore[attr-defined]
            await asyncio.sleep(60)

    assert seen(Looking(tmp_path, clients), asks, asks)[1] == {("asks", "anyio.CapacityLimiter"): 1}


def test_tasks_of_trio_are_seen_at_its_limiters_channels_and_sleeps(tmp_path: Path) -> None:
    """With the names of trio's classes; a channel without room hands over, which is no wait for whoever is slow."""
    looking = Looking(tmp_path, tuple(CLIENT_PACKAGES))

    async def main() -> None:
        gate, lock = trio.CapacityLimiter(1), trio.Lock()
        full, _taken = trio.open_memory_channel[int](1)
        hands_over, _taker = trio.open_memory_channel[int](0)

        async def passes() -> None:
            async with gate:
                await trio.sleep(60)

        async def renews() -> None:
            async with lock:
                await trio.sleep(60)

        async def sends() -> None:
            for number in range(3):
                await full.send(number)

        async def gives() -> None:
            await hands_over.send(1)

        async def polls() -> None:
            looking.lane.askers.note(None)
            await trio.sleep(60)

        async with trio.open_nursery() as nursery:
            for task in (passes, passes, renews, renews, renews, sends, gives, polls):
                nursery.start_soon(task)
            await trio.testing.wait_all_tasks_blocked()
            assert looking.at(tasks=lambda: nursery.child_tasks)[1] == {
                ("passes", "trio.CapacityLimiter"): 1, ("renews", "trio.Lock"): 2, ("sends", "trio.MemorySendChannel"): 1,
                ("polls", "trio.sleep"): 1,
            }  # fmt: skip
            nursery.cancel_scope.cancel()

    trio.run(main)


def test_a_wait_inside_a_client_is_the_clients(tmp_path: Path) -> None:
    synchronization = pytest.importorskip("httpcore._synchronization")
    locks: list[object] = []

    async def asks() -> None:
        if not locks:
            locks.append(synchronization.AsyncLock())
        async with locks[0]:  # type: ignore[attr-defined]
            await asyncio.sleep(60)

    assert seen(Looking(tmp_path, tuple(CLIENT_PACKAGES)), asks, asks)[1] == {}
    locks.clear()
    # The lock of httpcore is one of anyio's: below no client it is the program's own.
    assert seen(Looking(tmp_path / "own", ()), asks, asks)[1] == {("asks", "anyio.Lock"): 1}


def test_whatever_a_hook_waits_for_is_seen_inside_of_the_call_and_a_request_of_its_own_is_not(tmp_path: Path) -> None:
    """A client calls a hook, as one to await and as steps of an asynchronous generator; the program makes the call."""
    client: dict[str, Callable[..., Awaitable[object]]] = {}
    source = (
        "async def awaits(hook):\n    await hook()\n"
        "async def steps(flow):\n    async for _ in flow():\n        pass\n"
        "async def waits(event):\n    await event.wait()\n"
    )
    exec(compile(source, str(Path(pytest.importorskip("httpx").__file__).parent / "calls.py"), "exec"), client)
    lock, event = asyncio.Lock(), asyncio.Event()

    async def hook() -> None:
        async with lock:
            await event.wait()

    async def flow() -> AsyncIterator[int]:
        await lock.acquire()
        yield 1

    async def asks_itself() -> None:
        await client["waits"](event)

    async def naps() -> None:
        await asyncio.sleep(60)

    def calls(name: str, given: object) -> Callable[[], Awaitable[object]]:
        async def asks() -> None:
            await client[name](given)

        return asks

    looking = Looking(tmp_path, tuple(CLIENT_PACKAGES))
    tasks = [calls("awaits", hook), calls("awaits", hook), calls("steps", flow), calls("awaits", naps)]
    found = seen(looking, *tasks, calls("awaits", asks_itself), calls("waits", event))[1]
    assert found == {
        ("hook", "asyncio.Event"): 1, ("hook", "asyncio.Lock"): 1, ("flow", "asyncio.Lock"): 1, ("naps", "asyncio.sleep"): 1,
    }  # fmt: skip
    assert {(key[5], key[7].rpartition(".")[2]) for key in looking.names.keys("gate")} == {(True, "asks")}


@pytest.mark.parametrize("pools", [1, 2])
def test_calls_that_no_thread_of_a_pool_has_taken_are_counted_at_what_its_threads_do(
    pools: int, tmp_path: Path
) -> None:
    begun, enough = threading.Barrier(2 * pools + 1), threading.Event()

    def computes(first: bool) -> None:
        if first:
            begun.wait(30)
        enough.wait(30)

    async def main() -> tuple[int, Seen]:
        loop = asyncio.get_running_loop()
        with ExitStack() as stack:
            made = [stack.enter_context(ThreadPoolExecutor(2)) for _ in range(pools)]
            calls = [loop.run_in_executor(pool, computes, number < 2) for pool in made for number in range(7)]
            begun.wait(30)
            found = looking.at()
            enough.set()
            await asyncio.gather(*calls)
        return found

    looking = Looking(tmp_path)
    assert asyncio.run(main()) == (1, {("computes", "a thread"): 5 * pools})
    assert [(key[2].rpartition(".")[2], key[4]) for key in looking.names.keys("gate")] == [("computes", 2)]


def test_a_pool_that_is_over_has_no_calls(tmp_path: Path) -> None:
    """Although somebody still has its threads."""
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(threading.current_thread).result()

    async def main() -> tuple[int, Seen]:
        return looking.at()

    looking = Looking(tmp_path)
    assert asyncio.run(main()) == (1, {})
    assert not ended.is_alive()


def test_a_look_costs_no_more_than_its_two_hundredth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looking = Looking(tmp_path)
    monkeypatch.setattr("clientprof.probes.programs.waiting.gates.perf_counter_ns", lambda: 1_000_010)

    async def main() -> list[int]:
        return [looking.at(now_ns)[0] for now_ns in (1_000_000, 1_001_999, 1_002_000)]

    assert asyncio.run(main()) == [1, 0, 1]


def test_tasks_that_cannot_be_read_end_the_looks_and_nothing_else(tmp_path: Path) -> None:
    looking = Looking(tmp_path)

    def refuses() -> list[object]:
        raise RuntimeError("no tasks here")

    looking.gates.look(looking.lane, refuses, 1)
    assert looking.failures.removed("tasks that wait outside of requests")

    async def main() -> int:
        looking.gates.look(looking.lane, asyncio.all_tasks, 1 << 61)
        return sum(rows.group == "gate" for rows in looking.lane.kept)

    assert asyncio.run(main()) == 0
