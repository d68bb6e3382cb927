"""Bodies sent in time: as many pieces as asked, none before its time, many at once, and nothing left behind."""

import asyncio
import time

import aiohttp
import httpx
import pytest

from clientprof.origin.answers.bodies import body
from clientprof.origin.process import OriginProcess
from origin_wire import Wire, eventually, settled


def test_the_first_piece_comes_with_the_headers_and_each_other_in_its_time(origin: OriginProcess) -> None:
    with httpx.Client(trust_env=False) as client:
        begun_s = time.monotonic()
        with client.stream("GET", f"{origin.ready.base_url}/stream/5x1000/40") as response:
            pieces = [(piece, time.monotonic() - begun_s) for piece in response.iter_raw()]
    assert b"".join(piece for piece, _ in pieces) == body(5000)
    assert len(pieces) == 5
    assert pieces[0][1] < 0.04
    assert all(when >= 0.04 * n for n, (_, when) in enumerate(pieces))


def test_events_are_server_sent_events_of_the_size(origin: OriginProcess) -> None:
    response = httpx.get(f"{origin.ready.base_url}/sse/12x100/1", trust_env=False)
    assert response.headers["content-type"] == "text/event-stream"
    events = response.content.split(b"\n\n")
    assert events.pop() == b""
    assert [len(event) + 2 for event in events] == [100] * 12
    assert [event.split(b"\n")[0] for event in events] == [b"id: %d" % n for n in range(12)]
    assert all(event.split(b"\n")[1].startswith(b"data: ") and event.count(b"\n") == 1 for event in events)


def test_two_hundred_at_once_are_all_in_time_and_in_the_journal(origin: OriginProcess) -> None:
    async def main() -> list[bytes]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def fetch() -> bytes:
                async with session.get(f"{origin.ready.base_url}/stream/20x50/10") as response:
                    return await response.read()

            return await asyncio.gather(*(fetch() for _ in range(200)))

    before = settled(origin)
    answers = asyncio.run(main())
    assert set(answers) == {bytes(body(1000))}
    caused = origin.journal().since(before)
    assert caused.streamed == caused.responses == 200
    assert 190_000 <= (caused.mean_stream_us or 0) < 1_000_000


def test_a_pace_of_nothing_sends_all_at_once_and_a_pipelined_request_waits_its_turn(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        for target in ("/stream/3x10/0", "/stream/2x10/30", "/5", "/stream/1x10/1000"):
            wire.get(target)
        assert [len(wire.answer().body) for _ in range(4)] == [30, 20, 5, 10]


def test_many_pipelined_streams_do_not_nest(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(b"GET /stream/1x1/0 HTTP/1.1\r\nHost: a\r\n\r\n" * 2000)
        assert all(wire.answer().body == body(1) for _ in range(2000))


def test_head_of_a_stream_is_at_once_and_has_no_body(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(b"HEAD /stream/5x10/60000 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert wire.answer(head_only=True).header("transfer-encoding") == "chunked"
        assert wire.ask("/0").status == 200


def test_a_client_that_leaves_during_a_stream_is_dropped(origin: OriginProcess) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        wire.get("/stream/3x10/60000")
        assert wire.sock.recv(10)
    assert eventually(lambda: origin.journal().since(before).dropped == 1)
    assert origin.journal().since(before).streamed == 0
    origin.journal().self_check()


def test_without_a_stream_the_mean_is_unknown(origin: OriginProcess) -> None:
    before = origin.journal()
    assert origin.journal().since(before).mean_stream_us is None
    assert pytest.approx(0) == origin.journal().since(before).stream_ns
