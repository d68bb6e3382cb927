"""One connection of the floor client: a protocol object that parses HTTP/1.1 by hand.

It looks for the end of the headers and for the few that decide how long the body is and whether the connection stays; no
other header is looked at unless asked for. The length of a body is found as RFC 9112, 6.3 says.
"""

import asyncio
import importlib
import sys
import zlib
from collections.abc import Callable
from typing import NamedTuple, cast

Address = tuple[str, int, bool]
"""Host, port, and whether TLS is spoken."""

MAX_HEAD_BYTES = 1024 * 1024
_VERSION = b"HTTP/1."
_UNTIL_CLOSED, _BY_CHUNKS = -1, -2


class FloorError(Exception):
    """The connection was lost or the response makes no sense."""


class FloorHeaders:
    """The header section as it came; ``get`` looks a name up when asked."""

    __slots__ = ("_head",)

    def __init__(self, head: bytes) -> None:
        self._head = head

    def get(self, name: str) -> str | None:
        """The first value under this name, None where there is none."""
        value = _value(self._head, self._head.lower(), b"\r\n" + name.lower().encode("ascii") + b":")
        return None if value is None else value.decode("latin-1")


class FloorResponse(NamedTuple):
    """A response with its body, decoded."""

    status: int
    headers: FloorHeaders
    body: bytes


class FloorConnection(asyncio.Protocol):
    """One connection, one request at a time. ``lost`` is done once it is closed; ``on_lost`` is called then."""

    def __init__(self, address: Address, on_lost: Callable[["FloorConnection"], None]) -> None:
        self.address = address
        self.reusable = True
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self._on_lost = on_lost
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[FloorResponse] | None = None
        self._data = b""  # received and not yet understood
        self._status = 0
        self._head = b""
        self._left: int | None = None  # of the body: bytes, or one of the two below; None before the headers
        self._pieces: list[bytes] = []

    def send(self, request: bytes) -> "asyncio.Future[FloorResponse]":
        """Write a request; the future is its response."""
        self._answer = answer = self._loop.create_future()
        self._transport.write(request)
        return answer

    def close(self) -> None:
        self.reusable = False
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.close()  # nobody asked
            return
        try:
            if self._left is None:
                body = self._read_head(self._data + data if self._data else data)
                if body is None:
                    return
                data = body
            if self._read_body(data):
                self._deliver()
        except ValueError as error:
            self._fail(f"the response cannot be read: {error}")

    def connection_lost(self, error: Exception | None) -> None:
        self.reusable = False
        if self._answer is not None:
            if self._left == _UNTIL_CLOSED and error is None:
                self._deliver()
            else:
                self._fail("the connection was lost before the response was whole")
        self._on_lost(self)
        if not self.lost.done():
            self.lost.set_result(None)

    def _read_head(self, data: bytes) -> bytes | None:
        """Understand the header section; what follows it, or None while it is not whole."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            if len(data) > MAX_HEAD_BYTES or not data.startswith(_VERSION[: len(data)]):
                raise ValueError("no HTTP/1 response")
            self._data = data
            return None
        self._data = b""
        self._head = head = data[: end + 2]
        if not head.startswith(_VERSION):
            raise ValueError("no HTTP/1 response")
        self._status = status = int(head[9:12])
        if status < 200:
            return self._read_head(data[end + 4 :])  # 100 Continue: the response follows
        low = head.lower()
        if status in (204, 304):
            self._left = 0
        elif _value(head, low, b"\r\ntransfer-encoding:") is not None:
            self._left = _BY_CHUNKS
        elif (length := _value(head, low, b"\r\ncontent-length:")) is not None:
            if not length.isdigit():
                raise ValueError("a length that is no number")
            self._left = int(length)
        else:
            self._left, self.reusable = _UNTIL_CLOSED, False
        if b"\r\nconnection: close" in low:
            self.reusable = False
        return data[end + 4 :]

    def _read_body(self, data: bytes) -> bool:
        """Take a piece of the body in; True once it is whole."""
        assert self._left is not None
        if self._left == _BY_CHUNKS:
            return self._read_chunks(self._data + data if self._data else data)
        self._pieces.append(data)
        if self._left == _UNTIL_CLOSED:
            return False
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("more bytes than its length says")
        return self._left == 0

    def _read_chunks(self, data: bytes) -> bool:
        position = 0
        while (line := data.find(b"\r\n", position)) >= 0:
            size = int(data[position:line].partition(b";")[0], 16)
            if size == 0:
                # Trailers, if there are any, end with an empty line.
                if data.find(b"\r\n\r\n", line) < 0:
                    break
                self._data = b""
                return True
            if size < 0:
                raise ValueError("a chunk of negative size")
            after = line + 2 + size
            if len(data) < after + 2:
                break
            self._pieces.append(data[line + 2 : after])
            position = after + 2
        self._data = data[position:]
        return False

    def _deliver(self) -> None:
        """Hand the response over; the connection is free from here on."""
        answer, self._answer = self._answer, None
        pieces, self._pieces, self._left = self._pieces, [], None
        if answer is None or answer.done():
            return
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        coding = _value(self._head, self._head.lower(), b"\r\ncontent-encoding:")
        if coding is not None:
            try:
                body = _decoded(body, coding)
            except Exception as error:
                answer.set_exception(FloorError(f"the body cannot be decoded: {error}"))
                return
        answer.set_result(FloorResponse(self._status, FloorHeaders(self._head), body))

    def _fail(self, text: str) -> None:
        answer, self._answer = self._answer, None
        self.close()
        if answer is not None and not answer.done():
            answer.set_exception(FloorError(text))


def _value(head: bytes, low: bytes, start: bytes) -> bytes | None:
    at = low.find(start)
    return None if at < 0 else head[at + len(start) : head.find(b"\r\n", at + len(start))].strip()


def _decoded(body: bytes, coding: bytes) -> bytes:
    match coding.lower():
        case b"identity":
            return body
        case b"gzip":
            return zlib.decompress(body, wbits=31)
        case b"deflate":
            return zlib.decompress(body)
        case b"br":
            # An extra, needed only by who asks for it.
            return cast(bytes, importlib.import_module("brotli").decompress(body))
        case b"zstd" if sys.version_info >= (3, 14):
            return cast(bytes, importlib.import_module("compression.zstd").decompress(body))
        case b"zstd":
            return cast(bytes, importlib.import_module("zstandard").ZstdDecompressor().decompressobj().decompress(body))
        case other:
            raise ValueError(f"content coding {other.decode('latin-1')!r}")
