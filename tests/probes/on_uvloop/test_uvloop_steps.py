"""uvloop's time as steps: contiguous, each with its owner and since when it was ready; reads, writes and connections."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from clientprof.probes.awaits import AwaitProbe
from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder
from failing_recorder import FailingRecorder
from stamped_run import (
    LOOP,
    NATIVE,
    NOBODY,
    WAIT,
    as_exchange,
    owner_at,
    run_stamped_uvloop,
    stamped_uvloop_class,
    stamped_uvloop_loop,
    steps_of,
)

SLEEP_S = 0.02


class Collecting(asyncio.Protocol):
    """Keeps what it received; ``heard`` is set by each part of it."""

    def __init__(self) -> None:
        self.received = b""
        self.heard = asyncio.Event()
        self.lost = asyncio.Event()
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.heard.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


class Buffered(Collecting, asyncio.BufferedProtocol):
    """The same, into a buffer of its own."""

    def get_buffer(self, sizehint: int) -> bytearray:
        self.buffer = bytearray(100)
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self.buffer[:nbytes]))


async def connected(kind: type[Collecting] = Collecting) -> tuple[Any, Any, socket.socket]:
    """A client's transport and protocol, and the other end of its connection."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    transport, protocol = await asyncio.get_running_loop().create_unix_connection(kind, sock=ours)
    return transport, protocol, theirs


def columns_of(main: Callable[[], Awaitable[Any]], **probes: Any) -> tuple[Any, dict[str, list[int]]]:
    recorder = Recorder()
    result = run_stamped_uvloop(main, recorder, **probes)  # type: ignore[arg-type]
    return result, {name: list(values) for name, values in recorder.columns().items()}


def hold(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def test_steps_are_contiguous_in_time_and_each_is_ready_before_it_begins() -> None:
    async def main() -> None:
        transport, protocol, other = await connected()
        for _ in range(5):
            protocol.heard.clear()
            transport.write(b"ping")
            await asyncio.to_thread(other.sendall, other.recv(4))
            await protocol.heard.wait()
            await asyncio.gather(*(asyncio.sleep(0.001 * part) for part in range(3)))
        transport.close()
        await protocol.lost.wait()
        other.close()

    _, columns = columns_of(main)
    started, enqueued, owner = (columns[f"step.{name}"] for name in ("started_ns", "enqueued_ns", "owner"))
    assert len(started) == len(enqueued) == len(owner) > 30
    assert started == sorted(started)
    assert {WAIT, NATIVE, NOBODY} <= set(owner)
    queued = [(since, at) for since, at, who in zip(enqueued, started, owner, strict=True) if who >= NOBODY]
    assert all(0 < since <= at for since, at in queued)
    assert set(columns["read.at_ns"]) <= set(started)


def test_a_task_owns_its_steps_and_stands_ready_while_another_holds_the_loop() -> None:
    async def holder() -> tuple[int, int]:
        began = time.perf_counter_ns()
        hold(SLEEP_S)
        return began, time.perf_counter_ns()

    async def victim() -> int:
        return time.perf_counter_ns()

    async def main() -> list[Any]:
        return await asyncio.gather(as_exchange(1, holder()), as_exchange(2, victim()))

    recorder = Recorder()
    (began, ended), ran = run_stamped_uvloop(main, recorder)
    steps = steps_of(recorder)
    assert owner_at(steps, (began + ended) // 2) == 1
    (step,) = [step for step in steps if step.owner == 2]
    assert step.started_ns <= ran < step.ended_ns
    assert step.enqueued_ns < began < ended <= step.started_ns


def test_a_wait_is_a_select_that_may_block_and_no_step_of_whoever_ran_before() -> None:
    recorder = Recorder()
    run_stamped_uvloop(lambda: asyncio.sleep(SLEEP_S), recorder)
    waits = [step for step in steps_of(recorder) if step.owner == WAIT]
    longest = max(step.ended_ns - step.started_ns for step in waits)
    assert longest > 0.8 * SLEEP_S * 1e9
    others = [step for step in steps_of(recorder) if step.owner != WAIT]
    assert max(step.ended_ns - step.started_ns for step in others) < 0.5 * longest


def test_a_sleep_inside_a_callback_is_no_wait_of_the_loop() -> None:
    async def main() -> tuple[int, int]:
        began = time.perf_counter_ns()
        time.sleep(SLEEP_S)
        return began, time.perf_counter_ns()

    async def started() -> tuple[int, int]:
        return await as_exchange(7, main())

    recorder = Recorder()
    began, ended = run_stamped_uvloop(started, recorder)
    assert owner_at(steps_of(recorder), (began + ended) // 2) == 7


def test_a_cancelled_callback_at_the_end_of_the_queue_does_not_hide_the_wait() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        loop.call_later(SLEEP_S, done.set_result, None)
        loop.call_soon(lambda: loop.call_soon(print).cancel())
        await done

    recorder = Recorder()
    run_stamped_uvloop(main, recorder)
    waited = sum(step.ended_ns - step.started_ns for step in steps_of(recorder) if step.owner == WAIT)
    assert waited > 0.8 * SLEEP_S * 1e9


def test_a_timer_is_ready_from_its_due_time_on() -> None:
    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        called = time.perf_counter_ns()
        loop.call_later(0.005, lambda: done.set_result(time.perf_counter_ns()))
        loop.call_soon(hold, SLEEP_S)
        return called, await done

    recorder = Recorder()
    called, ran = run_stamped_uvloop(main, recorder)
    (step,) = [step for step in steps_of(recorder) if step.started_ns <= ran < step.ended_ns]
    # libuv counts whole milliseconds of its own clock.
    assert 3_900_000 <= step.enqueued_ns - called <= 6_100_000
    assert step.started_ns - called >= SLEEP_S * 1e9


@pytest.mark.parametrize("kind", [Collecting, Buffered])
def test_a_read_belongs_to_the_exchange_that_wrote_last(kind: type[Collecting]) -> None:
    async def exchange(transport: Any, protocol: Any, other: socket.socket) -> None:
        protocol.heard.clear()
        transport.write(b"ping")
        other.sendall(other.recv(4))
        await protocol.heard.wait()

    async def main() -> bytes:
        transport, protocol, other = await as_exchange(5, connected(kind))
        await as_exchange(6, exchange(transport, protocol, other))
        await as_exchange(7, exchange(transport, protocol, other))
        transport.close()
        await protocol.lost.wait()
        other.close()
        return bytes(protocol.received)

    received, columns = columns_of(main)
    assert received == b"pingping"
    assert columns["connection.exchange"] == [5]
    assert columns["write.exchange"] == columns["read.exchange"] == [6, 7]
    assert columns["write.connection"] == columns["read.connection"] == [1, 1]
    assert columns["write.bytes"] == [4, 4]
    assert columns["closing.connection"] == [1]
    assert columns["write.started_ns"][0] < columns["write.ended_ns"][0] < columns["read.at_ns"][0]
    owners = dict(zip(columns["step.started_ns"], columns["step.owner"], strict=True))
    assert [owners[at] for at in columns["read.at_ns"]] == [6, 7]


def test_what_a_full_socket_holds_back_is_written_once_and_arrives_whole() -> None:
    size = 4_000_000

    async def main() -> int:
        transport, _protocol, other = await connected()
        transport.writelines([b"x" * (size // 2), bytearray(size // 2)])
        reading = asyncio.to_thread(lambda: sum(iter(lambda: len(other.recv(1 << 16)), 0)))
        transport.close()
        got = await reading
        other.close()
        return got

    got, columns = columns_of(main)
    assert got == size
    assert columns["write.bytes"] == [size]


def test_the_clients_transport_is_uvloops_in_all_that_a_client_may_ask() -> None:
    async def main() -> tuple[bool, Any, bool, str]:
        transport, protocol, other = await connected()
        asked = (
            isinstance(transport, uvloop.loop.UnixTransport),
            transport.get_extra_info("socket").family,
            transport.get_protocol() is protocol and protocol.transport is transport,
            repr(transport).partition(" ")[0],
        )
        transport.abort()
        await protocol.lost.wait()
        other.close()
        return asked

    asked, _ = columns_of(main)
    assert asked == (True, socket.AF_UNIX, True, "<UnixTransport")


def test_a_protocol_put_in_anothers_place_goes_on_being_read_for_the_connection() -> None:
    async def main() -> bytes:
        transport, _first, other = await connected()
        second = Buffered()
        transport.set_protocol(second)
        other.sendall(b"late")
        await second.heard.wait()
        transport.close()
        await second.lost.wait()
        other.close()
        return bytes(second.received)

    received, columns = columns_of(main)
    assert received == b"late"
    assert columns["read.connection"] == [1]


def test_classes_of_protocols_are_as_before_and_other_loops_never_notice() -> None:
    before = {kind: dict(vars(kind)) for kind in (Collecting, Buffered)}
    recorder, patches = Recorder(), Patches()
    loop = stamped_uvloop_loop(recorder, patches=patches)
    try:
        _, protocol, other = loop.run_until_complete(connected())
        assert vars(Collecting)["data_received"] is not before[Collecting]["data_received"]
        rows = len(recorder.column("read.at_ns"))
        elsewhere = Collecting()
        elsewhere.data_received(b"no loop")
        assert (elsewhere.received, len(recorder.column("read.at_ns"))) == (b"no loop", rows)
        protocol.transport.close()
        loop.run_until_complete(protocol.lost.wait())
        other.close()
    finally:
        loop.close()
        patches.restore()
    assert {kind: dict(vars(kind)) for kind in (Collecting, Buffered)} == before


def test_what_a_task_awaited_is_noted_when_it_is_woken() -> None:
    recorder = Recorder()
    awaits = AwaitProbe(recorder, 1, one_in=1)

    async def nap() -> None:
        await asyncio.sleep(0.001)

    async def main() -> None:
        awaits.begin()
        await as_exchange(3, nap())
        awaits.end()

    run_stamped_uvloop(main, recorder, awaits=awaits)
    awaits.finish(0)
    columns = recorder.columns()
    assert list(columns["await.exchange"]) == [3, 3]
    assert set(columns["await.at_ns"]) <= set(columns["step.started_ns"])
    assert {code.co_name for code in awaits.codes} == {"nap", "sleep"}


@pytest.mark.parametrize("column", ["step.owner", "read.at_ns", "write.ended_ns", "connection.opened_ns"])
def test_stamps_that_fail_are_removed_and_the_program_goes_on(column: str) -> None:
    async def main() -> bytes:
        transport, protocol, other = await connected()
        for _ in range(3):
            protocol.heard.clear()
            transport.write(b"ping")
            other.sendall(other.recv(4))
            await protocol.heard.wait()
        transport.close()
        await protocol.lost.wait()
        other.close()
        return bytes(protocol.received)

    recorder, failures = FailingRecorder(column, rows=0), Failures()
    assert run_stamped_uvloop(main, recorder, failures) == b"ping" * 3
    assert len(failures.notes) == 1
    columns = recorder.columns()
    for group in {name.partition(".")[0] for name in columns}:
        assert len({len(values) for name, values in columns.items() if name.partition(".")[0] == group}) == 1, group


def test_the_end_of_a_round_ends_the_step() -> None:
    recorder = Recorder()

    async def main() -> None:
        asyncio.get_running_loop().steps.close_step()  # type: ignore[attr-defined]
        assert recorder.column("step.owner")[-1] == LOOP

    run_stamped_uvloop(main, recorder)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_loops_that_a_program_makes_for_itself_are_stamped_while_uvloops_own_class_is_replaced() -> None:
    recorder, patches, kinds = Recorder(), Patches(), []

    async def main() -> None:
        kinds.append(type(asyncio.get_running_loop()))

    plain = uvloop.Loop
    patches.set(uvloop, "Loop", stamped_uvloop_class(recorder, patches=patches))
    try:
        stamped = uvloop.Loop
        uvloop.run(main())
        for factory in (uvloop.new_event_loop, uvloop.EventLoopPolicy().new_event_loop):
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(main())
    finally:
        patches.restore()
    assert kinds == [stamped] * 3
    assert uvloop.Loop is plain
    assert issubclass(stamped, plain)
    assert len(recorder.column("step.owner")) > 0
