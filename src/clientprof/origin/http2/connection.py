"""One HTTP/2 connection: frames in, whole requests to the responder. Source: RFC 9113.

The client may send as much as it likes (windows are as large as they get), so uploads never wait for this server's
permission; a request's body is hashed as it comes and not held.
"""

import asyncio
import socket
from time import perf_counter_ns
from typing import cast

from clientprof.origin.answers.request import Intake
from clientprof.origin.http2 import frames
from clientprof.origin.http2.frames import BrokenFrames, Code, Kind, Setting
from clientprof.origin.http2.header_blocks import MAX_HEADER_LIST_BYTES, Decoder
from clientprof.origin.http2.replies import Http2Replies
from clientprof.origin.http2.responder import Responder
from clientprof.origin.http2.stream import Stream
from clientprof.origin.site import Site, client_left
from clientprof.origin.truth.connection_log import ConnectionRow

_REFILL_BYTES = 2**20


class Http2Connection(asyncio.Protocol):
    """Reads frames. ``number`` is its own in the log.

    ``idle_since_ns``: when the last response was sent, None while a request is in work.
    """

    __slots__ = (
        "_block",
        "_closing_ns",
        "_decoder",
        "_greeted",
        "_last",
        "_last_received_ns",
        "_most_streams",
        "_opened_ns",
        "_port",
        "_reason",
        "_rest",
        "_taken_bytes",
        "number",
        "out",
        "site",
        "sock",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, site: Site, sock: socket.socket, replies: Http2Replies) -> None:
        self.site = site
        self.sock = sock
        self.out = Responder(self, replies)
        self._most_streams = site.options.http2_streams
        self._decoder = Decoder()
        self._rest = b""
        self._greeted = False  # the preface was read
        self._last = 0  # the highest stream that the client opened
        self._block: tuple[int, int, bytes] | None = None  # stream, flags and beginning of a header block
        self._taken_bytes = 0  # of bodies, since the connection's window was refilled
        self._reason: str | None = None  # why this side closes; None while open
        self.number = site.log.next_number()
        self._port = self._opened_ns = self._last_received_ns = self._closing_ns = 0

    @property
    def idle_since_ns(self) -> int | None:
        """When the last response was sent, or the connection opened; None while a stream is open."""
        return None if self.out.streams else self.out.idle_since_ns

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.site.opened(self, transport)
        peer = transport.get_extra_info("peername")
        self._port = peer[1] if peer else 0
        self._opened_ns = perf_counter_ns()
        self.site.tally.http2_connections += 1
        self.site.tally.http2_streams = self._most_streams
        self.transport.write(
            frames.settings(
                {Setting.MAX_CONCURRENT_STREAMS: self._most_streams, Setting.INITIAL_WINDOW_SIZE: frames.MAX_WINDOW}
            )
            + frames.frame(Kind.WINDOW_UPDATE, 0, 0, frames.word(frames.MAX_WINDOW - frames.DEFAULT_WINDOW))
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.site.connections.discard(self)
        self.out.abandon()
        reason = self._reason or ("client" if client_left(exc) else "error")
        self.site.tally.closed(reason, self.out.arrived)
        self.site.log.ended(self._row(reason, perf_counter_ns()))

    def data_received(self, data: bytes) -> None:
        self._last_received_ns = received_ns = perf_counter_ns()
        if self._reason is not None and not self.out.streams:
            return
        if self._rest:
            data = self._rest + data
        try:
            position = self._read(data, received_ns)
        except BrokenFrames as error:
            self.site.tally.malformed_connections += 1
            self.goodbye(error.code)
            self.close("error")
            return
        self._rest = data[position:]

    def pause_writing(self) -> None:
        self.out.paused = True

    def resume_writing(self) -> None:
        self.out.paused = False
        self.out.pump_all()

    # -- closing -------------------------------------------------------------------------------------------------

    def goodbye(self, code: Code = Code.NO_ERROR) -> None:
        """Say GOAWAY: no further streams, those up to the last are served."""
        self.transport.write(frames.frame(Kind.GOAWAY, 0, 0, frames.word(self._last) + frames.word(code)))

    def close_after_streams(self, reason: str) -> None:
        """Say GOAWAY and close once the open streams have ended."""
        if self._reason is None:
            self._reason = reason
            self._closing_ns = perf_counter_ns()
            self.goodbye()
        if not self.out.streams:
            self.transport.close()

    def row(self) -> ConnectionRow:
        return self._row("", 0)

    def _row(self, reason: str, closed_ns: int) -> ConnectionRow:
        return ConnectionRow(
            self.number,
            self._port,
            self._opened_ns,
            self._closing_ns or closed_ns,
            reason,
            self.out.arrived,
            self.out.answered,
            self._last_received_ns,
            multiplexed=1,
        )

    def close(self, reason: str, *, at_once: bool = False) -> None:
        """Close after what is written has left, or ``at_once``. The first reason counts."""
        if self._reason is None:
            self._reason = reason
            self._closing_ns = perf_counter_ns()
            if reason in ("idle", "stop"):
                self.goodbye()
        if at_once:
            self.transport.abort()
        else:
            self.transport.close()

    @property
    def closing(self) -> bool:
        """Whether this side has decided to close."""
        return self._reason is not None

    # -- frames --------------------------------------------------------------------------------------------------

    def _read(self, data: bytes, received_ns: int) -> int:
        position, end = 0, len(data)
        if not self._greeted:
            if end < len(frames.PREFACE) and frames.PREFACE.startswith(data):
                return 0
            if not data.startswith(frames.PREFACE):
                raise BrokenFrames(Code.PROTOCOL_ERROR, "not the preface of HTTP/2")
            self._greeted = True
            position = len(frames.PREFACE)
        while end - position >= frames.HEADER_BYTES:
            size, kind, flags, number = frames.header(data, position)
            if size > frames.MAX_PAYLOAD_BYTES:
                raise BrokenFrames(Code.FRAME_SIZE_ERROR, "a frame larger than was agreed")
            start = position + frames.HEADER_BYTES
            if end - start < size:
                break
            position = start + size
            self._take(kind, flags, number, data[start:position], received_ns)
        return position

    def _take(self, kind: int, flags: int, number: int, payload: bytes, received_ns: int) -> None:
        if self._block is not None and (kind != Kind.CONTINUATION or number != self._block[0]):
            raise BrokenFrames(Code.PROTOCOL_ERROR, "a header block is interrupted")
        if kind == Kind.HEADERS:
            block = frames.unpadded(flags, payload) if flags & (frames.PADDED | frames.PRIORITY_FIELDS) else payload
            self._headers(number, flags, block, received_ns)
        elif kind == Kind.DATA:
            self._data(number, flags, payload, received_ns)
        elif kind == Kind.WINDOW_UPDATE:
            self._window(number, payload)
        elif kind == Kind.SETTINGS:
            self._settings(flags, payload)
        elif kind == Kind.RST_STREAM:
            self.out.cancel(number)
        elif kind == Kind.PING:
            if not flags & frames.ACK:
                self.transport.write(frames.frame(Kind.PING, frames.ACK, 0, payload))
        elif kind == Kind.CONTINUATION:
            if self._block is None:
                raise BrokenFrames(Code.PROTOCOL_ERROR, "a CONTINUATION that continues nothing")
            _, first_flags, begun = self._block
            self._block = None
            both = (first_flags & ~frames.END_HEADERS) | (flags & frames.END_HEADERS)
            self._headers(number, both, begun + payload, received_ns)
        elif kind == Kind.PUSH_PROMISE:
            raise BrokenFrames(Code.PROTOCOL_ERROR, "a client does not push")

    def _headers(self, number: int, flags: int, block: bytes, received_ns: int) -> None:
        if not flags & frames.END_HEADERS:
            if len(block) > MAX_HEADER_LIST_BYTES:
                raise BrokenFrames(Code.PROTOCOL_ERROR, "a header block that does not end")
            self._block = (number, flags, block)
            return
        head = self._decoder.decode(block)  # in any case: the table must follow the client's
        ended = bool(flags & frames.END_STREAM)
        if number <= self._last:
            stream = self.out.streams.get(number)
            if stream is not None and stream.intake is not None and ended:  # a trailer
                self.out.begin(stream, received_ns)
            return
        if not number & 1:
            raise BrokenFrames(Code.PROTOCOL_ERROR, "a client's streams have odd numbers")
        if self._reason is not None:
            return  # after GOAWAY: the client knows that this one is not served
        self._last = number
        if head is None:
            self.reset(number, Code.PROTOCOL_ERROR)
        elif len(self.out.streams) >= self._most_streams:
            self.reset(number, Code.REFUSED_STREAM)
        elif ended:
            self.out.serve(number, head, received_ns)
        else:
            stream = Stream(number, head, self.out.initial_window)
            stream.intake = Intake(head.target)
            self.out.streams[number] = stream
            if head.expects_continue:
                self.transport.write(frames.headers(number, b"\x08\x03100", end_stream=False))

    def _data(self, number: int, flags: int, payload: bytes, received_ns: int) -> None:
        self._taken_bytes += len(payload)
        if self._taken_bytes >= _REFILL_BYTES:
            self.transport.write(frames.frame(Kind.WINDOW_UPDATE, 0, 0, frames.word(self._taken_bytes)))
            self._taken_bytes = 0
        stream = self.out.streams.get(number)
        if stream is None or stream.intake is None:
            if number > self._last:
                raise BrokenFrames(Code.PROTOCOL_ERROR, "DATA on a stream that was never opened")
            return  # of a stream that was reset or refused
        piece = frames.unpadded(flags & ~frames.PRIORITY_FIELDS, payload) if flags & frames.PADDED else payload
        if not stream.intake.add(piece):
            self.out.refuse(stream, received_ns)
        elif flags & frames.END_STREAM:
            self.out.begin(stream, received_ns)

    def _window(self, number: int, payload: bytes) -> None:
        if len(payload) != 4:
            raise BrokenFrames(Code.FRAME_SIZE_ERROR, "a WINDOW_UPDATE of a broken length")
        increment = int.from_bytes(payload, "big") & frames.MAX_WINDOW
        if increment == 0:
            raise BrokenFrames(Code.PROTOCOL_ERROR, "a WINDOW_UPDATE by nothing")
        self.out.widen(number, increment)

    def _settings(self, flags: int, payload: bytes) -> None:
        if flags & frames.ACK:
            return
        for name, value in frames.read_settings(payload):
            if name == Setting.INITIAL_WINDOW_SIZE:
                if value > frames.MAX_WINDOW:
                    raise BrokenFrames(Code.FLOW_CONTROL_ERROR, "an initial window that is too large")
                self.out.set_initial_window(value)
        self.transport.write(frames.frame(Kind.SETTINGS, frames.ACK, 0))

    def reset(self, number: int, code: Code) -> None:
        """End one stream without an answer."""
        self.transport.write(frames.frame(Kind.RST_STREAM, 0, number, frames.word(code)))
