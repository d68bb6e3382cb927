"""What all connections of one server share."""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from clientprof.origin.answers.delays import DelayBook
from clientprof.origin.answers.draft import text_draft
from clientprof.origin.engine import Engine
from clientprof.origin.options import Options
from clientprof.origin.routing.routes import Router
from clientprof.origin.truth.connection_log import ConnectionLog, ConnectionRow
from clientprof.origin.truth.stamps import Stamper, clock_identity
from clientprof.origin.truth.tally import Tally
from clientprof.origin.wire.parser import Known
from clientprof.origin.wire.reply import Reply, lay_out

_CLIENT_LEFT = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError, TimeoutError)


class OpenConnection(Protocol):
    """What the site asks of a connection, whatever version of HTTP it speaks."""

    @property
    def idle_since_ns(self) -> int | None:
        """When the last response was sent (or the connection opened), None while a request is in work."""
        ...

    def row(self) -> ConnectionRow:
        """What became of it so far; None where no log is kept of it."""
        ...

    def close(self, reason: str, *, at_once: bool = False) -> None:
        """Close after what is written has left, or ``at_once``."""
        ...


@dataclass(slots=True)
class Site:
    """One server: its loop, options, counters, routes and open connections.

    ``held`` are answers that wait for ``release``, None while none has to.
    """

    loop: asyncio.AbstractEventLoop
    engine: Engine
    options: Options
    delays: DelayBook
    router: Router
    tally: Tally = field(default_factory=Tally)
    stamper: Stamper = field(default_factory=lambda: Stamper(clock_identity()))
    known_requests: Known = field(default_factory=dict)
    connections: set[OpenConnection] = field(default_factory=set)
    refusal: Reply | None = None
    until_refusal: int = 0
    log: ConnectionLog = field(default_factory=ConnectionLog)
    held: list[Callable[[], None]] | None = None

    def opened(self, connection: OpenConnection, transport: asyncio.BaseTransport) -> None:
        """A connection is ready for requests, its TLS handshake done if there is one."""
        session = transport.get_extra_info("ssl_object")
        if session is not None:
            self.tally.handshakes += 1
            self.tally.handshakes_resumed += bool(session.session_reused)
        self.tally.opened()
        self.connections.add(connection)

    def accounts(self) -> dict[str, object]:
        """The connections that ended and those that are open, with their latest answers, for ``json.dumps``."""
        return self.log.to_json(connection.row() for connection in self.connections)

    def mark(self) -> None:
        """Begin a new interval: maxima start over, and so do the delay sequences, so that every arm sees the same."""
        self.tally.mark()
        self.delays.restart()
        self.until_refusal = self.options.refuse_every

    def refused(self) -> bool:
        """Whether it is this request's turn to be refused."""
        self.until_refusal -= 1
        if self.until_refusal:
            return False
        self.until_refusal = self.options.refuse_every
        return True

    def hold(self) -> None:
        """Keep back every answer that is due from now on; connections and requests are taken as ever."""
        if self.held is None:
            self.held = []

    def release(self) -> int:
        """Give the answers that were kept back, the earliest first; returns how many. What is due later is not held."""
        held, self.held = self.held or [], None
        for answer in held:
            answer()
        return len(held)

    def sweep_idle(self, keepalive_s: float) -> None:
        """Close connections idle for longer than ``keepalive_s``, now and again while the loop runs."""
        # one sweep for all connections instead of a timer each, which every request would have to set again
        limit_ns = time.perf_counter_ns() - int(keepalive_s * 1e9)
        for connection in list(self.connections):
            if connection.idle_since_ns is not None and connection.idle_since_ns < limit_ns:
                connection.close("idle")
        self.loop.call_later(min(max(keepalive_s / 4, 0.01), 1.0), self.sweep_idle, keepalive_s)


def make_site(loop: asyncio.AbstractEventLoop, engine: Engine, options: Options) -> Site:
    """A server's shared state, nothing counted yet."""
    delays = DelayBook(options.seed)
    site = Site(loop, engine, options, delays, Router(delays))
    if options.refuse_every:
        draft = text_draft(503, "refused, as asked; try again later")
        site.refusal = lay_out(replace(draft, fields=(("Retry-After", str(options.retry_after_s)),)))
        site.until_refusal = options.refuse_every
    return site


def client_left(exc: Exception | None) -> bool:
    """Whether a connection's end only says that the client hung up, with or without the farewell that TLS asks for."""
    return (
        exc is None
        or isinstance(exc, (*_CLIENT_LEFT, ssl.SSLEOFError, ssl.SSLZeroReturnError))
        or (isinstance(exc, ssl.SSLError) and exc.reason == "APPLICATION_DATA_AFTER_CLOSE_NOTIFY")
    )
