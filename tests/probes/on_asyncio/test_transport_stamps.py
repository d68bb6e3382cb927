"""Connections, writes, reads and closings on a stamped loop, over real sockets, plain and encrypted."""

import asyncio
import ssl
from typing import Any

import pytest

from clientprof.model.phases import Mark
from clientprof.origin.process import OriginProcess
from clientprof.recording.recorder import Recorder
from stamped_run import as_exchange, owner_at, run_stamped, steps_of

REQUEST = b"GET /1k HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Asker(asyncio.Protocol):
    """Asks on demand, and is told of each answer."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.answered: asyncio.Future[None] | None = None
        self.received = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if self.received >= 1024 and self.answered is not None and not self.answered.done():
            self.answered.set_result(None)

    async def ask(self) -> None:
        self.received = 0
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(REQUEST)
        await self.answered


@pytest.fixture(params=["plain", "tls"])
def target(request: pytest.FixtureRequest, origin: OriginProcess, tls_origin: OriginProcess) -> dict[str, Any]:
    """What create_connection needs to reach an origin."""
    if request.param == "plain":
        return {"host": "127.0.0.1", "port": origin.ready.port}
    context = ssl.create_default_context(cafile=tls_origin.ready.ca_file)
    return {"host": "127.0.0.1", "port": tls_origin.ready.port, "ssl": context, "server_hostname": "localhost"}


def asked_by(exchanges: tuple[int, ...], target: dict[str, Any]) -> Recorder:
    """One connection, opened by the first exchange, asked once by each, then closed by nobody."""
    recorder = Recorder()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        connecting = loop.create_connection(Asker, **target)
        _, asker = await as_exchange(exchanges[0], connecting)
        for number in exchanges:
            await as_exchange(number, asker.ask())
        asker.transport.close()
        await asyncio.sleep(0.01)

    run_stamped(main, recorder)
    return recorder


def test_one_connection_is_one_row_opened_by_whoever_opened_it_and_closed_once(target: dict[str, Any]) -> None:
    columns = asked_by((1, 2, 3), target).columns()
    assert list(columns["connection.exchange"]) == [1]
    assert list(columns["closing.connection"]) == [1]
    assert set(columns["write.connection"]) == set(columns["read.connection"]) == {1}


def test_writes_belong_to_the_writer_and_reads_to_the_last_writer(target: dict[str, Any]) -> None:
    columns = asked_by((1, 2, 3), target).columns()
    writes = list(columns["write.exchange"])
    assert [number for number in dict.fromkeys(writes) if number > 0] == [1, 2, 3]
    reads = list(columns["read.exchange"])
    assert [number for number in dict.fromkeys(reads) if number > 0] == [1, 2, 3]


def test_a_read_is_stamped_with_the_start_of_its_step_which_the_reader_owns(target: dict[str, Any]) -> None:
    recorder = asked_by((1, 2, 3), target)
    columns, steps = recorder.columns(), steps_of(recorder)
    for at_ns, exchange in zip(columns["read.at_ns"], columns["read.exchange"], strict=True):
        assert at_ns in {step.started_ns for step in steps}
        assert owner_at(steps, at_ns) == exchange


def test_writes_end_after_they_start(target: dict[str, Any]) -> None:
    columns = asked_by((1, 2), target).columns()
    spans = list(zip(columns["write.started_ns"], columns["write.ended_ns"], strict=True))
    assert spans
    assert all(started <= ended for started, ended in spans)


def test_writes_tell_how_much_was_written(target: dict[str, Any]) -> None:
    columns = asked_by((1, 2), target).columns()
    sizes = [size for size, by in zip(columns["write.bytes"], columns["write.exchange"], strict=True) if by == 2]
    # TLS adds to each record, and tells the other side that it is the last.
    added = sizes[0] - len(REQUEST)
    assert 0 < added <= 29 if "ssl" in target else (added, len(sizes)) == (0, 1)


def test_connecting_is_marked_for_the_exchange_that_connects(target: dict[str, Any]) -> None:
    columns = asked_by((7,), target).columns()
    marks = dict(zip(columns["mark.kind"], columns["mark.exchange"], strict=True))
    assert marks[Mark.TCP_START] == marks[Mark.TCP_END] == 7


def test_a_refused_connection_has_an_end_and_no_row(origin: OriginProcess) -> None:
    recorder = Recorder()

    async def main() -> None:
        with pytest.raises(ConnectionRefusedError):
            await as_exchange(1, asyncio.get_running_loop().create_connection(Asker, "127.0.0.1", 1))

    run_stamped(main, recorder)
    columns = recorder.columns()
    assert [Mark(kind) for kind in columns["mark.kind"]][-2:] == [Mark.TCP_START, Mark.TCP_END]
    assert "connection.opened_ns" not in columns


def test_writing_several_pieces_at_once_is_one_write(origin: OriginProcess) -> None:
    recorder = Recorder()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        _, asker = await loop.create_connection(Asker, "127.0.0.1", origin.ready.port)
        asker.answered = loop.create_future()
        asker.transport.writelines([REQUEST[:10], bytearray(REQUEST[10:20]), memoryview(REQUEST[20:])])
        await asker.answered
        asker.transport.close()

    run_stamped(main, recorder)
    assert len(recorder.columns()["write.started_ns"]) == 1
