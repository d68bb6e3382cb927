"""The stamps: one clock for client and server, and text that is believed only when it is well-formed."""

import time

import pytest

from clientprof.origin.process import OriginProcess
from clientprof.origin.truth.stamps import Stamper
from clientprof.recording.clock import clock_identity, parse_stamps
from origin_wire import Answer, Wire


def stamps(answer: Answer) -> tuple[int, int]:
    header = answer.header("x-clientprof-ns")
    assert header is not None
    parsed = parse_stamps(header, clock_identity())
    assert parsed is not None
    return parsed


@pytest.mark.parametrize("target", ["/1k", "/2m", "/delay/5", "/chunked/2x10", "/gzip/1k", "/status/404", "/nope"])
def test_stamps_lie_in_order_inside_the_clients_own_interval(origin: OriginProcess, target: str) -> None:
    with Wire(origin.ready.port) as wire:
        before_ns = time.perf_counter_ns()
        received_ns, written_ns = stamps(wire.ask(target))
        assert before_ns < received_ns <= written_ns < time.perf_counter_ns()


def test_stamps_on_one_connection_never_go_back(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        flat = [stamp for _ in range(50) for stamp in stamps(wire.ask("/1k"))]
    assert flat == sorted(flat)


def test_received_is_when_the_whole_body_was_there(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx")
        time.sleep(0.03)
        sent_ns = time.perf_counter_ns()
        wire.send(b"y")
        assert stamps(wire.answer())[0] > sent_ns


def test_server_timing_is_the_difference_of_the_stamps(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        answer = wire.ask("/delay/12.5")
    received_ns, written_ns = stamps(answer)
    us = (written_ns - received_ns) // 1000
    assert answer.header("server-timing") == f"app;dur={us / 1000:.3f}"


def test_the_ready_line_names_the_clock_of_the_stamps(origin: OriginProcess) -> None:
    assert origin.ready.identity == clock_identity()


def test_stamp_lines_end_in_crlf_and_parse_again() -> None:
    lines = Stamper("abc").lines(5_000_000, 17_345_678).decode()
    assert lines.endswith("\r\n")
    first, second, third, _ = lines.split("\r\n")
    assert parse_stamps(first.partition(": ")[2], "abc") == (5_000_000, 17_345_678)
    assert second == "Server-Timing: app;dur=12.345"
    assert third.startswith("Date: ")


@pytest.mark.parametrize(
    "header",
    [
        *("", "1,2", "1,2,other", "1,2,abc,d", "a,2,abc", "2,1,abc", "-1,2,abc", "1.0,2,abc", " 1,2,abc", "1_0,20,abc"),
        "\u0661,\u0662,abc",
        "1" * 5000 + ",2,abc",
    ],
)
def test_a_malformed_or_foreign_header_gives_none(header: str) -> None:
    assert parse_stamps(header, "abc") is None


def test_the_identity_is_short_and_stable() -> None:
    assert len(clock_identity()) == 12
    assert clock_identity() == clock_identity()
