"""The two request parsers, without a server: both must agree on where requests end."""

import pytest

from clientprof.origin.answers.request import Request
from clientprof.origin.engine import choose
from clientprof.origin.wire.parser import RequestParser

GET = b"GET /1k HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED_HEAD = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = CHUNKED_HEAD + b"3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n"
LENGTH = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def parser(engine: str) -> RequestParser:
    return choose(engine).new_parser({})


def feed(parser: RequestParser, *pieces: bytes) -> list[Request]:
    return [request for piece in pieces for request in parser.feed(piece)]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_requests_are_the_same_however_the_bytes_are_cut(parser: RequestParser, step: int) -> None:
    data = GET + CHUNKED + LENGTH + GET
    requests = feed(parser, *(data[start : start + step] for start in range(0, len(data), step)))
    assert [(r.method, r.target, r.body) for r in requests] == [
        (b"GET", b"/1k", b""),
        (b"POST", b"/echo", b"abc0123456789"),
        (b"POST", b"/echo", b"hello"),
        (b"GET", b"/1k", b""),
    ]


def test_a_request_seen_before_is_recognised_and_equal(parser: RequestParser) -> None:
    first, second = feed(parser, GET), feed(parser, GET)
    assert first == second
    assert first[0] is second[0]


def test_bytes_inside_a_body_are_never_taken_for_a_request_seen_before(parser: RequestParser) -> None:
    feed(parser, GET)
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(GET)
    requests = feed(parser, head, GET)
    assert [request.body for request in requests] == [GET]


@pytest.mark.parametrize(
    ("version", "connection", "keep_alive"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: x, Close\r\n", False),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: keep-alive\r\n", True),
    ],
)
def test_keep_alive_follows_version_and_connection_header(
    parser: RequestParser, version: bytes, connection: bytes, keep_alive: bool
) -> None:
    (request,) = feed(parser, b"GET / HTTP/%b\r\nHost: a\r\n%b\r\n" % (version, connection))
    assert request.keep_alive is keep_alive


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r\n\r\n",
        b"GET /1k\r\n\r\n",
        b"GET /1k HTTP/1.1\r\n\r\n",
        b"GET /1k HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /1k HTTP/3.7\r\nHost: a\r\n\r\n",
        b"GET /1k HTTP/1.1\r\nHost a\r\n\r\n",
        b"GET /1k HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"POST /1k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /1k HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /1k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /1k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /1k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n",
    ],
)
def test_what_is_not_a_request_is_refused_with_400(parser: RequestParser, data: bytes) -> None:
    requests = feed(parser, data)
    assert requests[-1].refusal is not None
    assert requests[-1].refusal.status == 400


def test_requests_before_a_broken_one_are_kept_and_nothing_follows_it(parser: RequestParser) -> None:
    requests = feed(parser, GET + GET + b"broken\r\n\r\n" + GET, GET)
    assert [request.refusal is None for request in requests] == [True, True, False]


def test_an_endless_head_is_refused_with_431(parser: RequestParser) -> None:
    requests = feed(parser, b"GET /1k HTTP/1.1\r\nHost: a\r\n", *([b"X: " + b"y" * 8000 + b"\r\n"] * 9))
    assert [request.refusal.status for request in requests if request.refusal] == [431]


def test_a_body_announced_too_large_is_refused_with_413(parser: RequestParser) -> None:
    (request,) = feed(parser, b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 67108865\r\n\r\n")
    assert request.refusal is not None
    assert request.refusal.status == 413


def test_an_offered_upgrade_is_ignored(parser: RequestParser) -> None:
    data = b"GET /1k HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    assert [request.target for request in feed(parser, data, GET)] == [b"/1k", b"/1k"]


def test_many_different_requests_do_not_grow_the_memory(engine: str) -> None:
    known: dict[bytes, tuple[Request]] = {}
    parser = choose(engine).new_parser(known)
    for n in range(9000):
        feed(parser, b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % n)
    assert len(known) <= 4096
