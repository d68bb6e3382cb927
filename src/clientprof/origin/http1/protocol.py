"""One connection: requests in, responses out, in order, one at a time.

Of pipelined requests each waits for its turn: its delay begins when the answer before it has left, while its received
stamp is of its arrival.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter_ns
from typing import cast

from clientprof.origin.answers.bodies import WHOLE_BYTES
from clientprof.origin.answers.delays import Delay
from clientprof.origin.answers.draft import text_draft
from clientprof.origin.answers.request import Request
from clientprof.origin.http1.faults import commit
from clientprof.origin.http1.pacing import Paced
from clientprof.origin.site import Site, client_left
from clientprof.origin.truth.connection_log import ConnectionRow
from clientprof.origin.truth.stamps import received_line
from clientprof.origin.wire.reply import Reply, echo_reply, lay_out

_MAX_QUEUED = 256  # pipelined requests waiting for their turn, before the client is made to wait


class Connection(asyncio.Protocol):
    """``asyncio.Protocol`` of the origin. Its public methods beyond the protocol's are for the faults and the site.

    ``idle_since_ns``: when the last response was sent (or the connection opened), None while a request is in work.
    """

    __slots__ = (
        "_after_rest",
        "_answered",
        "_arrived",
        "_closing_ns",
        "_finished",
        "_last_received_ns",
        "_limit",
        "_number",
        "_opened_ns",
        "_parser",
        "_paused",
        "_port",
        "_queue",
        "_reason",
        "_rest",
        "_tally",
        "_timer",
        "_turn",
        "idle_since_ns",
        "site",
        "sock",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, site: Site, sock: socket.socket) -> None:
        self.site = site
        self.sock = sock
        self._tally = site.tally
        self._parser = site.engine.new_parser(site.known_requests)
        self._limit = site.options.max_requests_per_connection
        self._queue: deque[tuple[Request, int]] = deque()
        self._turn: Request | None = None  # the request in work, while it cannot be answered at once
        self._rest: memoryview | None = None  # of a large body, what is not yet written...
        self._after_rest: tuple[str | None, int, int] = (None, 0, 0)  # ...and what to finish with then
        self._timer: asyncio.TimerHandle | None = None
        self._reason: str | None = None  # why this side closes; None while open
        self._paused = False
        self._arrived = self._answered = self._finished = 0
        self._opened_ns = self._last_received_ns = self._closing_ns = 0
        self._number = site.log.next_number()
        self._port = 0
        self.idle_since_ns: int | None = None

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's transports are not subclasses of it
        self.site.opened(self, transport)
        peer = transport.get_extra_info("peername")
        self._port = peer[1] if peer else 0
        self.idle_since_ns = self._opened_ns = perf_counter_ns()

    def connection_lost(self, exc: Exception | None) -> None:
        self.site.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        unanswered = len(self._queue) + (self._turn is not None)
        self._tally.in_flight -= unanswered
        self._tally.dropped += unanswered
        self._queue.clear()
        self._turn = self._rest = None
        reason = self._reason or ("client" if client_left(exc) else "error")
        self._tally.closed(reason, self._arrived)
        self.site.log.ended(self._row(reason, perf_counter_ns()))

    def row(self) -> ConnectionRow:
        return self._row("", 0)

    def _row(self, reason: str, closed_ns: int) -> ConnectionRow:
        return ConnectionRow(
            self._number,
            self._port,
            self._opened_ns,
            self._closing_ns or closed_ns,
            reason,
            self._arrived,
            self._finished,
            self._last_received_ns,
        )

    def data_received(self, data: bytes) -> None:
        requests = self._parser.feed(data)
        received_ns = perf_counter_ns()
        for request in requests:
            self._arrive(request, received_ns)
        if self._parser.expects_continue and self._turn is None and not self._queue and self._reason is None:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._rest is not None:
            self._write_rest()
        self.take_next()

    # -- taking requests -----------------------------------------------------------------------------------------

    def _arrive(self, request: Request, received_ns: int) -> None:
        if self._reason is not None:
            return  # what follows a response that closes is not a request (RFC 9112 9.6)
        tally = self._tally
        if not self._arrived:
            tally.connections_used += 1
        self._last_received_ns = received_ns
        self._arrived += 1
        tally.requests += 1
        tally.in_flight += 1
        if tally.in_flight > tally.max_in_flight:
            tally.max_in_flight = tally.in_flight
        if self._turn is None and not self._paused:
            self._begin(request, received_ns)
        else:
            self._queue.append((request, received_ns))
            if len(self._queue) == _MAX_QUEUED:
                self.transport.pause_reading()

    def take_next(self) -> None:
        """Go on with the pipelined requests that waited for the one just finished."""
        while self._queue and self._turn is None and not self._paused and self._reason is None:
            if len(self._queue) == _MAX_QUEUED:
                self.transport.resume_reading()
            self._begin(*self._queue.popleft())

    def _begin(self, request: Request, received_ns: int) -> None:
        self.idle_since_ns = None
        if request.refusal is not None:
            self._tally.malformed += 1
            refusal = lay_out(text_draft(request.refusal.status, request.refusal.text))
            self._answer(refusal, request, received_ns, "error")
            return
        turned_away = self.site.refusal
        if turned_away is not None and self.site.refused():
            self._answer(turned_away, request, received_ns)
            return
        reply = self.site.router.reply(request.target)
        if request.received is not None:
            self._tally.received_bytes += request.received.size_bytes
            reply = replace(reply, head=reply.head + received_line(request.received))
        if not reply.plain:
            if reply.echo:
                reply = echo_reply(reply, request.body)
            if reply.delay is not None:
                self._turn = request
                self._postpone(reply, reply.delay, request, received_ns)
                return
        self._dispatch(reply, request, received_ns)

    def _dispatch(self, reply: Reply, request: Request, received_ns: int) -> None:
        if self.site.held is not None:
            self._turn = request
            self.site.held.append(partial(self._go_on, reply, request, received_ns))
            return
        if reply.fault is not None:
            self._turn = request
            commit(self, reply, request, received_ns)
        elif reply.pace_ns is not None and not request.head_only:
            self._turn = request
            Paced(self, reply, request, received_ns).start()
        else:
            self._answer(reply, request, received_ns)

    def _go_on(self, reply: Reply, request: Request, received_ns: int) -> None:
        """The answer was held, and is not any more."""
        if self._turn is request:  # else the client has left
            self._dispatch(reply, request, received_ns)
            self.take_next()

    def _postpone(self, reply: Reply, delay: Delay, request: Request, received_ns: int) -> None:
        begun_ns = perf_counter_ns()
        due_ns = begun_ns + int(delay.next_ms() * 1e6)

        def answer() -> None:
            now_ns = perf_counter_ns()
            if now_ns < due_ns:  # a timer may fire early; a delay is a promise
                self.after(due_ns - now_ns, answer)
                return
            self._tally.delayed += 1
            self._tally.delay_ns += now_ns - begun_ns
            self._dispatch(reply, request, received_ns)
            if now_ns > begun_ns:
                self.take_next()

        if due_ns <= begun_ns:
            answer()
        else:
            self.after(due_ns - begun_ns, answer)

    # -- answering -----------------------------------------------------------------------------------------------

    def _answer(self, reply: Reply, request: Request, received_ns: int, reason: str | None = None) -> None:
        reason = reason or self.reason_to_close(reply, request)
        body = b"" if request.head_only else reply.body
        written_ns = perf_counter_ns()
        head = self.head(reply, request, received_ns, written_ns, closing=reason is not None)
        if len(body) <= WHOLE_BYTES:
            self.transport.write(head + body)
            self.finish(reason, written_ns, reply.status, written_ns - received_ns)
        else:
            self._turn = request
            self._after_rest = (reason, reply.status, written_ns - received_ns)
            view = memoryview(body)
            self._rest = view[WHOLE_BYTES:]
            self.transport.write(head + view[:WHOLE_BYTES])
            self._write_rest()

    def _write_rest(self) -> None:
        while self._rest is not None and not self._paused:
            piece, rest = self._rest[:WHOLE_BYTES], self._rest[WHOLE_BYTES:]
            self._rest = rest if rest else None  # before writing, which may call resume_writing
            self.transport.write(piece)
            if not rest:
                reason, status, server_time_ns = self._after_rest
                self.finish(reason, perf_counter_ns(), status, server_time_ns)

    def reason_to_close(self, reply: Reply, request: Request) -> str | None:
        """Count one more answer; why the connection closes after it, None if it stays open."""
        self._answered += 1
        if reply.close or self._answered == self._limit:
            return "policy"
        return None if request.keep_alive else "client"

    def head(self, reply: Reply, request: Request, received_ns: int, written_ns: int, *, closing: bool) -> bytes:
        """The whole header section of a response, the empty line included."""
        stamps = self.site.stamper.lines(received_ns, written_ns)
        if closing and not self.site.options.silent_close:
            return b"%b%bConnection: close\r\n\r\n" % (reply.head, stamps)
        if request.http10:
            return b"%b%bConnection: keep-alive\r\n\r\n" % (reply.head, stamps)
        return b"%b%b\r\n" % (reply.head, stamps)

    def finish(self, reason: str | None, now_ns: int, status: int | None, server_time_ns: int) -> None:
        """The request in work has all of its answer; close for ``reason`` if there is one. ``status`` None: a fault."""
        self._turn = None
        tally = self._tally
        tally.in_flight -= 1
        if status is None:
            tally.faulted += 1
        else:
            tally.by_status[status] += 1
            tally.server_time_ns += server_time_ns
            self._finished += 1
            self.site.log.answered((self._number, now_ns - server_time_ns, now_ns))
        self.idle_since_ns = now_ns
        if reason is not None:
            self.close(reason)

    def count_stream(self, stream_ns: int) -> None:
        """A response was sent in time, and took so long from its first write to its last."""
        self._tally.streamed += 1
        self._tally.stream_ns += stream_ns

    def close(self, reason: str, *, at_once: bool = False) -> None:
        """Close after what is written has left, or ``at_once``. The first reason counts."""
        if self._reason is None:
            self._reason = reason
            self._closing_ns = perf_counter_ns()
        if at_once:
            self.transport.abort()
        else:
            self.transport.close()

    def after(self, delay_ns: int, callback: Callable[[], None]) -> None:
        """Call back not earlier than in ``delay_ns`` unless the connection ends first; one callback at a time."""
        self._timer = self.site.loop.call_later(delay_ns / 1e9 + self.site.engine.timer_slack_s, callback)
