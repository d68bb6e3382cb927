"""One connection's manners: order, keep-alive, closing, and what cannot be understood."""

import time

import pytest

from clientprof.origin.process import OriginProcess
from origin_wire import Wire, eventually, settled


def test_pipelined_requests_are_answered_in_order(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(
            b"".join(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % t for t in (b"/delay/40/1", b"/2", b"/delay/5/3", b"/4"))
        )
        assert [len(wire.answer().body) for _ in range(4)] == [1, 2, 3, 4]


def test_more_pipelined_requests_than_the_queue_holds_are_all_answered(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(b"GET /delay/30/1 HTTP/1.1\r\nHost: a\r\n\r\n" + b"GET /7 HTTP/1.1\r\nHost: a\r\n\r\n" * 1000)
        assert sum(len(wire.answer().body) for _ in range(1001)) == 7001


def test_large_bodies_pipelined_to_a_slow_reader_arrive_whole_and_in_order(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(b"GET /5m HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        assert [len(wire.answer().body) for _ in range(6)] == [5 * 1024**2, 3] * 3


@pytest.mark.parametrize(
    "target", ["/1k?close=1", "/delay/1?close=1", "/2m?close=1", "/nope?close=1", "/fault/stall/1?close=1"]
)
def test_close_1_closes_after_the_response_and_says_so(origin: OriginProcess, target: str) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        assert wire.ask(target).header("connection") == "close"
        assert wire.rest() == b""
    assert eventually(lambda: origin.journal().since(before).closes == {"policy": 1})


def test_echo_with_close_1_echoes_and_closes(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(b"POST /echo?close=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        assert wire.answer().body == b"abc"
        assert wire.rest() == b""


def test_a_client_that_asks_to_close_is_closed(origin: OriginProcess) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        assert wire.ask("/1k", "Connection: close").status == 200
        assert wire.rest() == b""
    assert eventually(lambda: origin.journal().since(before).closes == {"client": 1})


def test_what_follows_a_response_that_closes_is_not_a_request(origin: OriginProcess) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        wire.send(b"GET /1?close=1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert wire.answer().body == b"{"
        assert wire.rest() == b""
    assert settled(origin).since(before).requests == 1


def test_a_client_that_pipelines_without_end_is_made_to_wait(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.get("/delay/800")  # a server that does not read does not see the client leave either
        wire.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.send(b"GET /0 HTTP/1.1\r\nHost: a\r\n\r\n" * 600_000)
    assert settled(origin).in_flight == 0


def test_http_1_0_is_kept_alive_only_when_asked(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.get("/1k", "Connection: keep-alive", version="1.0")
        assert wire.answer().header("connection") == "keep-alive"
        wire.get("/1k", version="1.0")
        assert wire.answer().header("connection") == "close"
        assert wire.rest() == b""


def test_a_malformed_request_gets_400_and_the_connection_closes(origin: OriginProcess) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        wire.send(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\nNOT HTTP\r\n\r\n")
        assert wire.answer().body == b'{"'
        assert wire.answer().status == 400
        assert wire.rest() == b""
    assert eventually(lambda: origin.journal().since(before).closes == {"error": 1})
    caused = origin.journal().since(before)
    assert (caused.requests, caused.malformed, caused.responses) == (2, 1, 2)


def test_expect_100_continue_is_answered_before_the_body(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert wire.answer().status == 100
        wire.send(b"hi")
        assert wire.answer().body == b"hi"


def test_a_connection_closes_after_its_limit_of_requests(strict_origin: OriginProcess) -> None:
    with Wire(strict_origin.ready.port) as wire:
        said = [wire.ask("/1k").header("connection") for _ in range(3)]
        assert said == [None, None, "close"]
        assert wire.rest() == b""


def test_an_idle_connection_is_closed_but_not_one_at_work(strict_origin: OriginProcess) -> None:
    before = settled(strict_origin)
    with Wire(strict_origin.ready.port) as wire:
        assert wire.ask("/delay/600").status == 200
        assert wire.rest() == b""
    assert eventually(lambda: strict_origin.journal().since(before).closes == {"idle": 1})


def test_accept_delay_holds_each_new_connection(strict_origin: OriginProcess) -> None:
    begun_s = time.monotonic()
    with Wire(strict_origin.ready.port) as wire:
        assert wire.ask("/1k").status == 200
        # uvloop's timers count whole milliseconds from when its loop woke up.
        assert time.monotonic() - begun_s > 0.1 - 0.001


def test_localhost_reaches_the_origin_on_every_address_it_names(origin: OriginProcess) -> None:
    for host in origin.ready.hosts:
        with Wire(origin.ready.port, host=host) as wire:
            assert wire.ask("/1k").status == 200
