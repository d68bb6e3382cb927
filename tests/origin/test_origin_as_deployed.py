"""Servers as they are: closing after some answers with or without a word, closing what is idle, refusing."""

import socket

import httpx
import pytest

from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess

GET = b"GET /0 HTTP/1.1\r\nHost: x\r\n\r\n"


def answers(origin: OriginProcess, count: int) -> list[bytes]:
    """The heads of the answers on one connection, until it is closed; ``count`` requests are tried."""
    heads: list[bytes] = []
    with socket.create_connection(("127.0.0.1", origin.ready.port), timeout=10) as sock, sock.makefile("rb") as reader:
        for _ in range(count):
            try:
                sock.sendall(GET)
                head = b"".join(iter(reader.readline, b"\r\n")) if reader.peek(1) else b""
            except ConnectionError:
                break
            if not head:
                break
            heads.append(head.lower())
    return heads


@pytest.mark.parametrize("silent", [False, True])
def test_a_connection_ends_after_so_many_answers_and_the_last_says_so_unless_it_is_silent(
    engine: str, silent: bool
) -> None:
    with OriginProcess(Options(engine=engine, max_requests_per_connection=3, silent_close=silent)) as origin:
        heads = answers(origin, 5)
        assert len(heads) == 3
        assert [b"connection: close" in head for head in heads] == [False, False, not silent]
        assert origin.journal().closes["policy"] == 1


def test_every_nth_request_is_refused_with_when_to_come_again(engine: str) -> None:
    with (
        OriginProcess(Options(engine=engine, refuse_every=3, retry_after_s=7)) as origin,
        httpx.Client(trust_env=False) as client,
    ):
        got = [client.get(f"{origin.ready.base_url}/10") for _ in range(7)]
        assert [answer.status_code for answer in got] == [200, 200, 503, 200, 200, 503, 200]
        assert {answer.headers.get("retry-after") for answer in got if answer.status_code == 503} == {"7"}
        # A new interval begins the count anew, so that every client sees the same.
        origin.mark()
        assert [client.get(f"{origin.ready.base_url}/10").status_code for _ in range(3)] == [200, 200, 503]
