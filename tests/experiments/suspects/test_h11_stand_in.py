"""The parser of the h11 experiment gives what h11 gives: events, bytes, states and errors, however the bytes are cut."""

import importlib.util
from itertools import pairwise
from types import ModuleType
from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.experiments.suspects.suspect import PATCHES

HOST = (b"Host", b"example.org")
REQUESTS: list[tuple[bytes, bytes, list[tuple[bytes, bytes]], list[bytes]]] = [
    (b"GET", b"/a?b=c", [HOST, (b"Accept", b"*/*"), (b"Connection", b"keep-alive")], []),
    (b"GET", b"/", [HOST], [b""]),
    (b"POST", b"/", [HOST, (b"Content-Length", b"5")], [b"he", b"llo"]),
    (b"POST", b"/", [HOST, (b"Transfer-Encoding", b"chunked")], [b"he", b"", b"llo"]),
    (b"GET", b"/", [HOST, (b"Connection", b"close")], []),
    (b"HEAD", b"/", [HOST], []),
    (b"GET", b"/", [(b"Accept", b"*/*"), HOST], []),
]
RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 404 Not Found\r\nX-A:  b \r\ncontent-length:0\r\n\r\n",
    b"HTTP/1.1 200 \r\nContent-Length: 0\r\nX:\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nTrailer: a\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\n\nContent after the end of an HTTP/1.1 head with bare line feeds",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello",
    b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nbad header\r\nContent-Length: 0\r\n\r\n",
    b"not HTTP at all\r\n\r\n",
]


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("h11_parser_patch", PATCHES / "h11_parser.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PATCH = loaded()


def exchange(kind: Any, names: Any, asked: Any, pieces: list[bytes]) -> list[object]:
    """What a connection says to one request and these pieces of its answer, then the end; bodies joined."""
    method, target, headers, body = asked
    told: list[object] = []
    connection = kind(our_role=h11.CLIENT, max_incomplete_event_size=100 * 1024)
    try:
        told.append(b"".join(
            [connection.send(names["Request"](method=method, target=target, headers=headers))]
            + [connection.send(names["Data"](data=piece)) or b"" for piece in body]
            + [connection.send(names["EndOfMessage"]()) or b""]
        ))  # fmt: skip
    except h11.LocalProtocolError:
        return ["refused"]
    content = b""
    for piece in [*pieces, b""]:
        if piece or connection.their_state is not h11.DONE:
            connection.receive_data(piece)
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                return [*told, content, "broken"]
            if event is h11.NEED_DATA or event is h11.PAUSED:
                break
            if type(event).__name__.endswith("Data"):
                content += bytes(event.data)
            elif hasattr(event, "status_code"):
                raw = event.headers.raw_items()
                told.append((event.status_code, bytes(event.reason), event.http_version, [*map(tuple, raw)]))
            elif not isinstance(event, h11.ConnectionClosed):
                return [*told, content, str(connection.our_state), str(connection.their_state)]
            else:
                return [*told, content, "closed"]
    return [*told, content, "open"]


def cut(answer: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({place % (len(answer) + 1) for place in places} | {0, len(answer)})
    return [answer[start:end] for start, end in pairwise(marks) if end > start]


H11 = {name: getattr(h11, name) for name in ("Request", "Data", "EndOfMessage")}
OURS = {"Request": PATCH._Request, "Data": PATCH._Data, "EndOfMessage": PATCH._End}


@given(st.sampled_from(REQUESTS), st.sampled_from(RESPONSES), st.lists(st.integers(0, 200), max_size=6))
def test_it_says_what_h11_says(asked: Any, answer: bytes, places: list[int]) -> None:
    pieces = cut(answer, places)
    assert exchange(PATCH._Connection, OURS, asked, pieces) == exchange(h11.Connection, H11, asked, pieces)


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        (b"GET", b"/", []),
        (b"GET", b"/ x", [HOST]),
        (b"G T", b"/", [HOST]),
        (b"GET", b"/", [HOST, HOST]),
        (b"GET", b"/", [HOST, (b"A", b"b\r\nC: d")]),
        (b"GET", b"/", [HOST, (b"A: b", b"c")]),
        (b"GET", b"/", [HOST, (b"A", b" b")]),
        (b"POST", b"/", [HOST, (b"Content-Length", b"x")]),
    ],
)
def test_a_request_that_h11_refuses_is_refused(method: bytes, target: bytes, headers: Any) -> None:
    with pytest.raises(h11.LocalProtocolError):
        PATCH._Request(method=method, target=target, headers=headers)


def test_plain_responses_never_reach_h11_and_connections_are_used_again() -> None:
    connection = PATCH._Connection(our_role=h11.CLIENT, max_incomplete_event_size=1000)
    for _ in range(3):
        connection.send(PATCH._Request(method=b"GET", target=b"/", headers=[HOST]))
        connection.send(PATCH._End())
        connection.receive_data(RESPONSES[0])
        kinds = [type(connection.next_event()).__name__ for _ in range(3)]
        assert kinds == ["_Response", "_Data", "_End"]
        assert connection.our_state is connection.their_state is h11.DONE
        assert connection._real is None
        connection.start_next_cycle()
