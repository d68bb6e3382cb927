"""Calls that give the next piece of a body behave as they did; a program's own, for a detailed exchange, are asks."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest

from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import FoundSeam
from clientprof.workload.programs.piece_calls import PieceCalls

CURRENT: ContextVar[int] = ContextVar("current", default=-1)


class Lost(Exception):
    """The connection is."""


class Response:
    """Gives three pieces in every way there is. ``seen`` is who the code works for at each of them."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.seen: list[int] = []
        self.closed = False

    def _next(self) -> bytes:
        self.seen.append(CURRENT.get())
        if self.error is not None and len(self.seen) > 2:
            raise self.error
        return b"" if len(self.seen) > 3 else b"piece"

    def read(self) -> bytes:
        return self._next()

    async def aread(self) -> bytes:
        await asyncio.sleep(0)
        return self._next()

    def iter_raw(self) -> Iterator[bytes]:
        try:
            while piece := self._next():
                yield piece
        finally:
            self.closed = True

    def iter_bytes(self) -> Iterator[bytes]:
        yield from self.iter_raw()

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        try:
            while piece := await self._anext():
                yield piece
        finally:
            self.closed = True

    async def _anext(self) -> bytes:
        await asyncio.sleep(0)
        return self._next()


class Process:
    """The wrapped class, and an exchange whose body is to come."""

    def __init__(self, *, blocking: bool) -> None:
        self.rows: list[tuple[int, int, int]] = []
        self.owners: list[int] = [-1]
        self.splits: list[int] = []
        recorder = SimpleNamespace(column=lambda _name: self.owners)
        asks = SimpleNamespace(add=self.rows.append)
        lane = SimpleNamespace(
            window=1, recorder=recorder, asks=asks, split=lambda owner, _now_ns: self.splits.append(owner)
        )
        self.opened = SimpleNamespace(
            number=7, window=1, asking=False, asks=0, short_asks_ns=0, resumed_ns=0, lane=lane
        )
        self.exchanges: Any = SimpleNamespace(bodies={}, askable=(), current=CURRENT)
        self.failures = Failures()
        calls = PieceCalls(self.exchanges, self.failures, blocking=blocking)
        names = ("read", "aread", "iter_raw", "iter_bytes", "aiter_raw")
        wrapped = {name: calls.wrap(FoundSeam(name, Response, name, vars(Response)[name])) for name in names}
        again = {name: calls.wrap(FoundSeam(name, Response, name, wrapped[name])) for name in names}
        assert wrapped == again
        self.kind: Any = type("Response", (Response,), wrapped)

    def response(self, error: Exception | None = None) -> Any:
        response = self.kind(error)
        self.exchanges.bodies[id(response)] = self.opened
        return response


def test_reads_and_iterators_of_a_blocking_client_are_asks_and_the_loop_hears_nothing() -> None:
    process = Process(blocking=True)
    assert process.exchanges.askable == (Response,)
    response = process.response()
    while response.read():
        pass
    assert process.opened.asks == 4
    assert list(process.response().iter_raw()) == [b"piece"] * 3
    assert process.opened.asks == 8
    assert process.splits == []
    assert response.seen == [-1] * 4


def test_an_iterator_that_is_made_of_another_asks_once_for_a_piece() -> None:
    process = Process(blocking=True)
    assert list(process.response().iter_bytes()) == [b"piece"] * 3
    assert process.opened.asks == 4


def test_asks_of_a_client_on_a_loop_work_for_their_exchange_and_nothing_else_does() -> None:
    process = Process(blocking=False)

    async def reads() -> list[int]:
        response, between = process.response(), []
        between += [CURRENT.get() async for _ in response.aiter_raw()]
        while await response.aread():
            between.append(CURRENT.get())
        assert response.seen == [7] * 5
        return between

    assert asyncio.run(reads()) == [-1] * 3
    assert process.opened.asks == 5
    assert not process.opened.asking


def test_a_step_that_is_the_exchanges_ends_with_its_ask() -> None:
    process = Process(blocking=False)
    process.owners[:] = [7]

    async def reads() -> None:
        async for _ in process.response().aiter_raw():
            pass

    asyncio.run(reads())
    assert process.splits == [-1] * 4


@pytest.mark.parametrize("fault", ["resumed_ns", "window"])
def test_what_one_call_reads_to_the_end_and_what_nobody_details_are_no_asks(fault: str) -> None:
    process = Process(blocking=True)
    setattr(process.opened, fault, 0 if fault == "window" else 5)
    assert list(process.response().iter_raw()) == [b"piece"] * 3
    assert list(process.kind().iter_raw()) == [b"piece"] * 3  # a response of nobody
    assert process.opened.asks == 0


def test_errors_pass_with_the_traceback_that_they_would_have() -> None:
    process = Process(blocking=False)

    def of(error: BaseException) -> list[str]:
        return [frame.name for frame in traceback.extract_tb(error.__traceback__)]

    with pytest.raises(Lost) as found:
        list(process.response(Lost()).iter_raw())
    assert of(found.value)[1:] == ["iter_raw", "_next"]

    async def reads() -> None:
        async for _ in process.response(Lost()).aiter_raw():
            pass

    with pytest.raises(Lost) as found:
        asyncio.run(reads())
    assert of(found.value)[-4:] == ["reads", "aiter_raw", "_anext", "_next"]
    assert not process.opened.asking
    assert CURRENT.get() == -1


def test_an_iterator_that_is_left_early_closes_what_it_stands_on() -> None:
    process = Process(blocking=False)
    response = process.response()
    pieces = response.iter_raw()
    assert next(pieces) == b"piece"
    pieces.close()
    assert response.closed

    async def reads() -> None:
        late = process.response()
        coming = late.aiter_raw()
        assert await anext(coming) == b"piece"
        await coming.aclose()
        assert late.closed

    asyncio.run(reads())


def test_a_cancelled_ask_is_over() -> None:
    process = Process(blocking=False)

    async def reads() -> None:
        response = process.response()
        response._anext = lambda: asyncio.sleep(60)
        async for _ in response.aiter_raw():
            pass

    async def cancels() -> None:
        task = asyncio.create_task(reads())
        await asyncio.sleep(0)
        assert process.opened.asking
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancels())
    assert not process.opened.asking
    assert process.opened.asks == 1
