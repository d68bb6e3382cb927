"""uvloop's loops in a program: each has a lane, those after each other one, and nothing is left when measuring is over."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clientprof.model.run import StepOwner
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.programs.loops import program_uvloop
from watched_process import WatchedProcess

uvloop: Any = pytest.importorskip("uvloop")
PLAIN = uvloop.Loop


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedProcess]:
    made = WatchedProcess(tmp_path, program_uvloop.install_program_uvloop)
    yield made
    made.patches.restore()
    assert not made.failures.notes


class Echo(asyncio.Protocol):
    """Answers whatever comes, and ends its connection if it is told to."""

    def __init__(self, *, ends: bool = False) -> None:
        self._ends = ends

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
        if self._ends:
            self.transport.close()


class Asker(asyncio.Protocol):
    """A client; ``lost`` is set when its connection is no more."""

    def __init__(self) -> None:
        self.got, self.lost = asyncio.Event(), asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, _data: bytes) -> None:
        self.got.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost.set()


async def asks(number: int, *, server_ends: bool = False) -> None:
    """One exchange of that number, over a connection of its own."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Echo(ends=server_ends), "127.0.0.1", 0)
    EXCHANGE.set(number)
    _, client = await loop.create_connection(Asker, *server.sockets[0].getsockname())
    client.transport.write(b"question")
    await client.got.wait()
    if not server_ends:
        client.transport.close()
    await client.lost.wait()
    server.close()


def methods(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if callable(value)}


def test_nothing_is_left_behind(watched: WatchedProcess) -> None:
    before = methods(Asker) | methods(Echo)
    watched.patches.restore()
    first = WatchedProcess(watched.folder, program_uvloop.install_program_uvloop)
    assert uvloop.Loop is not PLAIN
    uvloop.run(asks(1))
    assert methods(Asker)["data_received"] is not before["data_received"]
    first.patches.restore()
    assert uvloop.Loop is PLAIN
    assert methods(Asker) | methods(Echo) == before
    loop = uvloop.new_event_loop()
    assert type(loop) is PLAIN
    loop.close()


def test_a_loop_that_runs_on_after_measuring_works_as_before(watched: WatchedProcess) -> None:
    async def main() -> None:
        await asks(1)
        watched.patches.restore()
        watched.book.recording = False
        await asks(2)

    uvloop.run(main())
    assert watched.rows("kept", "connection.exchange") == []  # recording was over before anything was flushed
    uvloop.run(asks(3))
    assert [lane.loop for lane in watched.lanes] == ["uvloop"]


def test_loops_one_after_the_other_share_a_lane_in_which_time_and_numbers_go_on(watched: WatchedProcess) -> None:
    for number in range(1, 4):
        uvloop.run(asks(number))
    assert len({lane.number for lane in watched.lanes}) == 1
    assert watched.rows("kept", "connection.exchange") == [1, 2, 3]
    assert watched.rows("kept", "closing.connection") == [1, 2, 3]
    assert watched.rows("window", "write.connection") == [1, 2, 3]
    started, owner = (watched.rows("window", f"step.{name}") for name in ("started_ns", "owner"))
    assert started == sorted(started)
    # Between two loops nothing runs.
    assert owner.count(StepOwner.WAIT) >= 3
    assert {1, 2, 3} <= set(owner)


def at_once(count: int, work: Callable[[int], Any]) -> None:
    """Run the loops in threads, none of which ends before all have begun."""
    begun = threading.Barrier(count)

    async def main(number: int) -> None:
        begun.wait(10)
        await work(number)
        begun.wait(10)

    threads = [threading.Thread(target=lambda n=n: uvloop.run(main(n))) for n in range(1, count + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def test_loops_at_once_in_threads_have_a_lane_each_with_their_own_rows(watched: WatchedProcess) -> None:
    at_once(3, asks)
    lanes = {lane.number: lane for lane in watched.lanes}
    assert len(lanes) == 3
    assert not any(lane.main for lane in lanes.values())
    found = [watched.rows("kept", "connection.exchange", lane) for lane in lanes.values()]
    assert sorted(found) == [[1], [2], [3]]
    for lane, (exchange,) in zip(lanes.values(), found, strict=True):
        owners = set(watched.rows("window", "step.owner", lane))
        assert {owner for owner in owners if owner >= 0} == {exchange}
        assert watched.rows("window", "read.exchange", lane) == [exchange]


def test_a_loop_of_the_main_thread_and_one_of_another_do_not_share_a_lane(watched: WatchedProcess) -> None:
    uvloop.run(asks(1))
    at_once(1, asks)
    uvloop.run(asks(2))
    assert [lane.main for lane in watched.lanes] == [True, False, True]
    assert len({lane.number for lane in watched.lanes}) == 2


@pytest.mark.parametrize(("server_ends", "by"), [(True, 1), (False, 2)])
def test_who_ended_a_connection_stays_with_it(watched: WatchedProcess, server_ends: bool, by: int) -> None:
    uvloop.run(asks(1, server_ends=server_ends))
    assert watched.rows("kept", "closing.by") == [by]


def test_closing_a_connection_again_when_it_is_lost_says_nothing_of_the_next_one(watched: WatchedProcess) -> None:
    """It used to be kept by the identity of an object that was gone, and then of another one's."""

    class Again(Asker):
        def connection_lost(self, error: Exception | None) -> None:
            self.transport.close()
            super().connection_lost(error)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for ends in (False, True) * 5:
            server = await loop.create_server(lambda ends=ends: Echo(ends=ends), "127.0.0.1", 0)
            _, client = await loop.create_connection(Again, *server.sockets[0].getsockname())
            client.transport.write(b"question")
            await client.got.wait()
            if not ends:
                client.transport.close()
            await client.lost.wait()
            server.close()

    uvloop.run(main())
    assert watched.rows("kept", "closing.by") == [2, 1] * 5
