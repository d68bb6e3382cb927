"""A writer of plain requests and a parser of plain responses in front of h11; whatever is not plain goes to h11 itself.

Plain: a request of HTTP/1.1 with one Host, first, and a body that is absent, chunked, or of a given length; a final
response of HTTP/1.1 to it that stays open, with a Content-Length or chunked. Header lines are checked by one expression for
all of them instead of one each; the grammar is that of RFC 9112, 2 to 7, in which h11 and this agree. A response is either
parsed here whole or, from its first byte on, by h11, which is told the request first.
"""

import importlib
import re
import types
from typing import Any, cast

import h11

_TOKEN = rb"[-!#$%&'*+.^_`|~0-9a-zA-Z]+"
_VALUE = rb"[^\x00\s](?:[^\x00\r\n\v\f]*[^\x00\s])?"
_RECEIVED = re.compile(rb"(?:" + _TOKEN + rb":[ \t]*(?:" + _VALUE + rb")?[ \t]*\r\n)*")
_ASKED = re.compile(rb"(?:" + _TOKEN + rb": (?:" + _VALUE + rb")?\r\n)+")
_REQUEST_LINE = re.compile(rb"(?:GET|POST|PUT|PATCH|DELETE|OPTIONS) [\x21-\x7e]+")
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: ([^\x00\r\n\v\f]*))?")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\x00\r\n]*)?")
_UNUSUAL_IN_REQUEST = (b"upgrade", b"expect", b"connection", b"trailer", b"te")
_BODYLESS = (204, 304)
_REPLAYED = 64 * 1024


def apply(root: str) -> None:
    """Raises: LookupError: the connections of ``root`` do not use h11."""
    http11 = importlib.import_module(f"{root}._async.http11")
    if getattr(http11, "h11", None) is not h11:
        raise LookupError(f"h11 in {root}")
    standin: Any = types.ModuleType("h11")
    standin.__dict__.update({name: value for name, value in vars(h11).items() if not name.startswith("__")})
    standin.Connection, standin.Request, standin.Data = _Connection, _Request, _Data
    standin.EndOfMessage, standin.Response, standin.InformationalResponse = _End, _Response, _Informational
    http11.h11 = standin  # type: ignore[attr-defined]


class _Request:
    """As it was asked for. What is not plain is checked by h11, which refuses it here or writes it later."""

    __slots__ = ("content_length", "headers", "method", "target", "written")

    def __init__(self, *, method: bytes, target: bytes, headers: Any) -> None:
        self.method, self.target, self.headers = method, target, headers
        self.content_length: int | None = 0
        self.written = self._plain()
        if self.written is None:
            self.real()

    def real(self) -> h11.Request:
        return h11.Request(method=self.method, target=self.target, headers=self.headers)

    def _plain(self) -> "bytes | None":
        """The bytes of a plain request, None for another."""
        line = self.method + b" " + self.target
        if _REQUEST_LINE.fullmatch(line) is None:
            return None
        block = b"".join([b"%b: %b\r\n" % pair for pair in self.headers])
        names = [name.lower() for name, _ in self.headers]
        # A line end in a value, or a colon in a name, would make other headers than were asked for.
        if _ASKED.fullmatch(block) is None or block.count(b"\n") != len(names) or b":" in b"".join(names):
            return None
        if names[0] != b"host" or names.count(b"host") != 1:
            return None
        for name, value in zip(names, [value for _, value in self.headers], strict=True):
            if name in _UNUSUAL_IN_REQUEST and not (name == b"connection" and value.lower() == b"keep-alive"):
                return None
            if name == b"content-length":
                if not value.isdigit() or names.count(name) != 1 or b"transfer-encoding" in names:
                    return None
                self.content_length = int(value)
            elif name == b"transfer-encoding":
                if value.lower() != b"chunked" or names.count(name) != 1:
                    return None
                self.content_length = None
        return line + b" HTTP/1.1\r\n" + block + b"\r\n"


class _Data:
    __slots__ = ("data",)

    def __init__(self, *, data: bytes) -> None:
        self.data = data


class _End:
    __slots__ = ()


class _Headers:
    __slots__ = ("_items",)

    def __init__(self, items: "list[tuple[bytes, bytes]]") -> None:
        self._items = items

    def raw_items(self) -> "list[tuple[bytes, bytes]]":
        return self._items


class _Response:
    __slots__ = ("headers", "http_version", "reason", "status_code")

    def __init__(self, status_code: int, reason: bytes, http_version: bytes, headers: Any) -> None:
        self.status_code, self.reason, self.http_version, self.headers = status_code, reason, http_version, headers


class _Informational(_Response):
    __slots__ = ()


_END = _End()


class _Connection:
    """The part of ``h11.Connection`` that httpcore uses. ``_real`` is h11's own, once something was not plain."""

    def __init__(self, our_role: Any, max_incomplete_event_size: int) -> None:
        self._most = max_incomplete_event_size
        self._buffer = bytearray()
        self._real: h11.Connection | None = None
        self._start()

    def _start(self) -> None:
        self.our_state: Any = h11.IDLE
        self.their_state: Any = h11.SEND_RESPONSE
        self._request: Any = None
        self._sent_bytes = 0
        self._left_to_send: int | None = 0
        self._expected = 0
        self._left: int | None = None  # of the body, or of the chunk; None between chunks
        self._chunked = self._trailers = self._gone = False

    # -- sending ---------------------------------------------------------------------------------------------------

    def send(self, event: Any) -> "bytes | None":
        if self._real is None and not self._can_send(event):
            if self.their_state is not h11.SEND_RESPONSE:
                raise h11.LocalProtocolError("can't send more of a request that is being answered")
            self._fall_back()
        if self._real is not None:
            return self._send_by_h11(event)
        if type(event) is _Request:
            self.our_state = h11.SEND_BODY
            self._left_to_send = event.content_length
            self._request = event
            return event.written
        if type(event) is _Data:
            self._sent_bytes += len(event.data)
            if self._left_to_send is None:
                return b"%x\r\n%b\r\n" % (len(event.data), event.data) if event.data else b""
            self._left_to_send -= len(event.data)
            return bytes(event.data)
        self.our_state = h11.DONE
        return b"0\r\n\r\n" if self._left_to_send is None else b""

    def _can_send(self, event: Any) -> bool:
        if type(event) is _Request:
            return self.our_state is h11.IDLE and event.written is not None and not self._buffer
        if self.our_state is not h11.SEND_BODY:
            return False
        if type(event) is _Data:
            return self._left_to_send is None or len(event.data) <= self._left_to_send
        return type(event) is _End and not self._left_to_send

    def _send_by_h11(self, event: Any) -> "bytes | None":
        assert self._real is not None
        try:
            return cast("bytes | None", self._real.send(_real(event)))
        finally:
            self._copy_states()

    # -- receiving -------------------------------------------------------------------------------------------------

    def receive_data(self, data: bytes) -> None:
        if self._real is not None:
            self._real.receive_data(data)
        elif data:
            self._buffer += data
        else:
            self._gone = True

    @property
    def trailing_data(self) -> "tuple[bytes, bool]":
        return self._real.trailing_data if self._real is not None else (bytes(self._buffer), self._gone)

    def next_event(self) -> Any:
        if self._real is None and self.their_state is h11.SEND_RESPONSE:
            event = self._head()
            if event is not None:
                return event
        if self._real is not None:
            return self._from_h11()
        if self.their_state is h11.SEND_BODY:
            return self._body()
        return h11.PAUSED if self._buffer else h11.NEED_DATA

    def _head(self) -> Any:
        """The response's head, or a wish for more; None where h11 takes over."""
        end = _EMPTY_LINE.search(self._buffer)
        if end is None and not self._gone and len(self._buffer) <= self._most:
            return h11.NEED_DATA
        event = None
        if end is not None and self.our_state is not h11.IDLE:
            event = self._plain_head(bytes(self._buffer[: end.start() + 1]))
        if event is None or end is None:
            self._fall_back()
            return None
        del self._buffer[: end.end()]
        self.their_state = h11.SEND_BODY
        return event

    def _plain_head(self, head: bytes) -> "_Response | None":
        first, _, block = head.partition(b"\r\n")
        status = _STATUS_LINE.fullmatch(first)
        if status is None or _RECEIVED.fullmatch(block) is None or int(status[1]) in _BODYLESS:
            return None
        lines = [line.partition(b":") for line in block.split(b"\r\n")[:-1]]
        headers = [(name, value.strip(b" \t")) for name, _, value in lines]
        length: int | None = None
        chunked = False
        for name, value in headers:
            match name.lower():
                case b"content-length":
                    if length is not None or not value.isdigit() or len(value) > 15:
                        return None
                    length = int(value)
                case b"transfer-encoding":
                    if chunked or value.lower() != b"chunked":
                        return None
                    chunked = True
                case b"connection" | b"upgrade":
                    return None
        if (length is None) is not chunked:
            return None
        self._chunked, self._left, self._expected = chunked, length, length or 0
        return _Response(int(status[1]), status[2] or b"", b"1.1", _Headers(headers))

    def _body(self) -> Any:
        if self._chunked:
            return self._chunk()
        assert self._left is not None
        if not self._left:
            self.their_state = h11.DONE
            return _END
        if not self._buffer:
            return self._more(f"(received {self._expected - self._left} bytes, expected {self._expected})")
        data = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._left -= len(data)
        return _Data(data=data)

    def _chunk(self) -> Any:
        buffer = self._buffer
        if self._left is None:
            end = buffer.find(b"\r\n")
            if end < 0:
                return self._more("(incomplete chunked read)")
            if self._trailers:
                return self._trailer(end)
            size = _SIZE.fullmatch(bytes(buffer[:end]))
            if size is None:
                raise self._broken(f"illegal chunk header: {bytes(buffer[:end])!r}")
            del buffer[: end + 2]
            if not int(size[1], 16):
                self._trailers = True
                return self._chunk()
            self._left = int(size[1], 16)
        if not self._left:
            if len(buffer) < 2:
                return self._more("(incomplete chunked read)")
            if buffer[:2] != b"\r\n":
                raise self._broken(f"malformed chunk footer: {bytes(buffer[:2])!r}")
            del buffer[:2]
            self._left = None
            return self._chunk()
        if not buffer:
            return self._more("(incomplete chunked read)")
        data = bytes(buffer[: self._left])
        del buffer[: self._left]
        self._left -= len(data)
        return _Data(data=data)

    def _trailer(self, end: int) -> Any:
        line = bytes(self._buffer[: end + 2])
        if end and _RECEIVED.fullmatch(line) is None:
            raise self._broken("illegal header line")
        del self._buffer[: end + 2]
        if end:
            return self._chunk()
        self.their_state = h11.DONE
        return _END

    def _more(self, lacking: str) -> Any:
        if self._gone:
            raise self._broken(f"peer closed connection without sending complete message body {lacking}")
        if len(self._buffer) > self._most:
            raise self._broken("Receive buffer too long")
        return h11.NEED_DATA

    def _broken(self, text: str) -> h11.RemoteProtocolError:
        self.their_state = h11.ERROR
        return h11.RemoteProtocolError(text)

    # -- the way to h11 --------------------------------------------------------------------------------------------

    def _fall_back(self) -> None:
        """Let h11 go on from the request's beginning, and give it what came of the response."""
        self._real = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=self._most)
        if self._request is not None:
            self._real.send(self._request.real())
            # h11 counts what was sent, and looks at none of it.
            for start in range(0, self._sent_bytes, _REPLAYED):
                self._real.send(h11.Data(data=bytes(min(_REPLAYED, self._sent_bytes - start))))
            if self.our_state is h11.DONE:
                self._real.send(h11.EndOfMessage())
        if self._buffer:
            self._real.receive_data(bytes(self._buffer))
        if self._gone:
            self._real.receive_data(b"")
        self._buffer.clear()
        self._copy_states()

    def _from_h11(self) -> Any:
        assert self._real is not None
        try:
            event = self._real.next_event()
        finally:
            self._copy_states()
        match event:
            case h11.Data():
                return _Data(data=bytes(event.data))
            case h11.EndOfMessage():
                return _END
            case h11.Response():
                return _Response(event.status_code, event.reason, event.http_version, event.headers)
            case h11.InformationalResponse():
                return _Informational(event.status_code, event.reason, event.http_version, event.headers)
        return event

    def _copy_states(self) -> None:
        assert self._real is not None
        self.our_state, self.their_state = self._real.our_state, self._real.their_state

    def start_next_cycle(self) -> None:
        if self._real is not None:
            self._real.start_next_cycle()
            rest, gone = self._real.trailing_data
            self._real = None
            self._buffer += rest
            self._start()
            self._gone = gone
            return
        gone = self._gone
        self._start()
        self._gone = gone


def _real(event: Any) -> Any:
    """The event in h11's own types."""
    if type(event) is _Request:
        return event.real()
    return h11.Data(data=event.data) if type(event) is _Data else h11.EndOfMessage()
