"""The sending half of an HTTP/2 connection: requests in, HEADERS and DATA out, within the client's windows."""

from collections.abc import Callable
from functools import partial
from time import perf_counter_ns

from clientprof.origin.answers.draft import GARBAGE, FaultKind
from clientprof.origin.http2 import frames
from clientprof.origin.http2.frames import BrokenFrames, Code, Kind
from clientprof.origin.http2.header_blocks import Head, field
from clientprof.origin.http2.receiving import ReceivingHalf
from clientprof.origin.http2.replies import Http2Replies, Http2Reply, too_large
from clientprof.origin.http2.stream import Stream
from clientprof.origin.truth.stamps import RECEIVED_HEADER, STAMP_HEADER, received_value

_STAMP, _RECEIVED = STAMP_HEADER.encode(), RECEIVED_HEADER.encode()


class Responder:
    """Answers. ``streams``: those whose request is arriving or whose answer is not all sent, by number."""

    def __init__(self, connection: ReceivingHalf, replies: Http2Replies) -> None:
        self._connection = connection
        self._site = connection.site
        self._tally = connection.site.tally
        self._stamper = connection.site.stamper
        self._replies = replies
        self._limit = connection.site.options.max_requests_per_connection
        self._window = frames.DEFAULT_WINDOW
        self.initial_window = frames.DEFAULT_WINDOW
        self.streams: dict[int, Stream] = {}
        self.paused = False
        self.arrived = self.answered = 0
        self.idle_since_ns = perf_counter_ns()

    # -- requests ------------------------------------------------------------------------------------------------

    def serve(self, number: int, head: Head, received_ns: int) -> None:
        """Answer a request without a body; at once, and without a ``Stream``, where nothing stands against it."""
        reply = self._replies.reply(head.target)
        size_bytes = len(reply.body)
        if (
            reply.plain
            and self._connection.site.held is None
            and self._limit is None
            and size_bytes <= frames.MAX_PAYLOAD_BYTES
            and size_bytes <= self._window
            and size_bytes <= self.initial_window
            and not self.paused
        ):
            self._count()
            written_ns = perf_counter_ns()
            block = reply.block + self._stamps(received_ns, written_ns)
            if size_bytes == 0 or head.method == b"HEAD":
                self._connection.transport.write(frames.headers(number, block, end_stream=True))
            else:
                self._window -= size_bytes
                self._connection.transport.write(
                    frames.headers(number, block, end_stream=False)
                    + frames.frame(Kind.DATA, frames.END_STREAM, number, reply.body)
                )
            self._done(reply.status, received_ns, written_ns)
            return
        stream = Stream(number, head, self.initial_window)
        self.streams[number] = stream
        self.begin(stream, received_ns)

    def begin(self, stream: Stream, received_ns: int) -> None:
        """The stream's request is whole: answer it, after its delay."""
        self._count()
        stream.received_ns = received_ns
        reply = self._replies.reply(stream.head.target)
        body: bytes | memoryview | None = None
        if stream.intake is not None:
            stream.received = stream.intake.received()
            if stream.received is not None:
                self._tally.received_bytes += stream.received.size_bytes
            body = stream.intake.body() if reply.draft.echo else None
            stream.intake = None
        answer = partial(self._answer, stream, reply, body)
        if reply.draft.delay is None:
            self._when_released(stream, answer)
            return
        begun_ns = perf_counter_ns()

        def delayed() -> None:
            self._tally.delayed += 1
            self._tally.delay_ns += perf_counter_ns() - begun_ns
            self._when_released(stream, answer)

        self._at(stream, begun_ns + int(reply.draft.delay.next_ms() * 1e6), delayed)

    def _when_released(self, stream: Stream, answer: Callable[[], None]) -> None:
        """Answer now, or when the site holds answers no more; never a stream that has gone."""
        held = self._connection.site.held
        if held is None:
            answer()
        else:
            held.append(lambda: answer() if self.streams.get(stream.number) is stream else None)

    def refuse(self, stream: Stream, received_ns: int) -> None:
        """The stream's body is too large: say so, without reading on."""
        self._count()
        self._tally.malformed += 1
        stream.intake, stream.received_ns = None, received_ns
        self._answer(stream, too_large(), None)
        self._connection.reset(stream.number, Code.NO_ERROR)  # RFC 9113 8.1: the rest of the body is not wanted

    # -- answers -------------------------------------------------------------------------------------------------

    def _answer(self, stream: Stream, reply: Http2Reply, body: bytes | memoryview | None) -> None:
        draft, number, transport = reply.draft, stream.number, self._connection.transport
        fault = None if draft.fault is None else draft.fault.kind
        if fault is FaultKind.RESET:
            self._end_in_fault(stream, Code.INTERNAL_ERROR)
            return
        if fault is FaultKind.GARBAGE:
            transport.write(GARBAGE)
            self._end_in_fault(stream, None)
            self._connection.close("fault")
            return
        stream.begun_ns = perf_counter_ns()
        stream.status, stream.close = reply.status, draft.close
        content = memoryview(reply.body if body is None else body)
        block = reply.block + self._stamps(stream.received_ns, stream.begun_ns)
        if stream.received is not None:
            block += field(_RECEIVED, received_value(stream.received))
        if draft.echo:
            block += field(b"content-length", b"%d" % len(content))
        bare = len(content) == 0 or stream.head.method == b"HEAD"
        transport.write(frames.headers(number, block, end_stream=bare))
        if bare:
            self._finish(stream)
        elif fault is FaultKind.TRUNCATE:
            self._send_half(stream, content)
        elif draft.fault is not None:
            middle = len(content) // 2
            stream.pieces, stream.pace_ns = (content[:middle], content[middle:]), int(draft.fault.stall_ms * 1e6)
            self._advance(stream)
        elif draft.piece_bytes is not None:
            starts = range(0, len(content), draft.piece_bytes)
            stream.pieces = tuple(content[start : start + draft.piece_bytes] for start in starts)
            stream.pace_ns = int((draft.every_ms or 0) * 1e6)
            stream.in_time = draft.every_ms is not None
            self._advance(stream)
        else:
            stream.pieces = (content,)
            self._advance(stream)

    def _send_half(self, stream: Stream, content: memoryview) -> None:
        half = content[: min(len(content) // 2, frames.MAX_PAYLOAD_BYTES, stream.window, self._window)]
        self._window -= len(half)
        self._connection.transport.write(frames.frame(Kind.DATA, 0, stream.number, half))
        self._end_in_fault(stream, Code.INTERNAL_ERROR)

    def _advance(self, stream: Stream) -> None:
        """Send the pieces that are due, one in ``pace_ns`` and the first at once; lateness does not add up."""
        pieces, pace_ns = stream.pieces, stream.pace_ns
        due = len(pieces) if pace_ns == 0 else (perf_counter_ns() - stream.begun_ns) // pace_ns + 1
        stream.ready.extend(pieces[stream.taken : due])
        stream.taken = min(due, len(pieces))
        self._pump(stream)
        if stream.taken < len(pieces):
            self._at(stream, stream.begun_ns + stream.taken * pace_ns, partial(self._advance, stream))

    def _pump(self, stream: Stream) -> None:
        ready, transport = stream.ready, self._connection.transport
        while ready and not self.paused:
            piece = ready[0]
            size_bytes = min(len(piece), self._window, stream.window, frames.MAX_PAYLOAD_BYTES)
            if size_bytes <= 0:
                return
            whole = size_bytes == len(piece)
            if whole:
                ready.popleft()
            else:
                ready[0] = piece[size_bytes:]
            self._window -= size_bytes
            stream.window -= size_bytes
            ends = whole and not ready and stream.taken == len(stream.pieces)
            transport.write(
                frames.frame(Kind.DATA, frames.END_STREAM if ends else 0, stream.number, piece[:size_bytes])
            )
            if ends:
                self._finish(stream)
                return

    def pump_all(self) -> None:
        """Go on with every answer that the client's windows or the socket held up."""
        for stream in list(self.streams.values()):
            if self._window <= 0 or self.paused:
                return
            self._pump(stream)

    # -- windows -------------------------------------------------------------------------------------------------

    def widen(self, number: int, increment: int) -> None:
        """WINDOW_UPDATE, of the connection where ``number`` is 0.

        Raises:
            BrokenFrames: the connection's window became larger than one may be.
        """
        if number == 0:
            self._window += increment
            if self._window > frames.MAX_WINDOW:
                raise BrokenFrames(Code.FLOW_CONTROL_ERROR, "a window that is too large")
            self.pump_all()
        elif (stream := self.streams.get(number)) is not None:
            stream.window += increment
            self._pump(stream)

    def set_initial_window(self, value: int) -> None:
        """The client's setting; it moves the windows of open streams too (RFC 9113 6.9.2)."""
        change, self.initial_window = value - self.initial_window, value
        for stream in self.streams.values():
            stream.window += change
        self.pump_all()

    # -- ends ----------------------------------------------------------------------------------------------------

    def cancel(self, number: int) -> None:
        """The client wants no answer to this request any more."""
        stream = self.streams.pop(number, None)
        if stream is not None:
            self._drop(stream)
            self._after_one()

    def abandon(self) -> None:
        """The connection has ended: so have its streams."""
        for stream in self.streams.values():
            self._drop(stream)
        self.streams.clear()

    def _drop(self, stream: Stream) -> None:
        stream.stop()
        if stream.received_ns:  # its request had arrived
            self._tally.in_flight -= 1
            self._tally.dropped += 1

    def _end_in_fault(self, stream: Stream, code: Code | None) -> None:
        if code is not None:
            self._connection.reset(stream.number, code)
        stream.stop()
        del self.streams[stream.number]
        self._tally.in_flight -= 1
        self._tally.faulted += 1
        self._after_one()

    def _finish(self, stream: Stream) -> None:
        del self.streams[stream.number]
        if stream.in_time:
            self._tally.streamed += 1
            self._tally.stream_ns += perf_counter_ns() - stream.begun_ns
        assert stream.status is not None
        self._done(stream.status, stream.received_ns, stream.begun_ns)
        if stream.close or (self._limit is not None and self.arrived >= self._limit):
            self._connection.close_after_streams("policy")
        self._after_one()

    def _after_one(self) -> None:
        self.idle_since_ns = perf_counter_ns()
        if self._connection.closing and not self.streams:
            self._connection.transport.close()

    # -- counting, stamping, waiting -----------------------------------------------------------------------------

    def _count(self) -> None:
        tally = self._tally
        if not self.arrived:
            tally.connections_used += 1
        self.arrived += 1
        tally.requests += 1
        tally.http2_requests += 1
        tally.in_flight += 1
        if tally.in_flight > tally.max_in_flight:
            tally.max_in_flight = tally.in_flight

    def _done(self, status: int, received_ns: int, written_ns: int) -> None:
        tally = self._tally
        self._site.log.answered((self._connection.number, received_ns, written_ns))
        self.answered += 1
        tally.in_flight -= 1
        tally.by_status[status] += 1
        tally.server_time_ns += written_ns - received_ns

    def _stamps(self, received_ns: int, written_ns: int) -> bytes:
        stamp, timing, date = self._stamper.values(received_ns, written_ns)
        return field(_STAMP, stamp) + field(b"server-timing", timing) + field(b"date", date)

    def _at(self, stream: Stream, due_ns: int, callback: Callable[[], None]) -> None:
        left_ns = due_ns - perf_counter_ns()
        if left_ns <= 0:
            stream.timer = None
            callback()
        else:  # a timer may fire early; a delay is a promise
            delay_s = left_ns / 1e9 + self._site.engine.timer_slack_s
            stream.timer = self._site.loop.call_later(delay_s, self._at, stream, due_ns, callback)
