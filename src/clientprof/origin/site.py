"""What all connections of one server share."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clientprof.origin.delays import DelayBook
from clientprof.origin.engine import Engine
from clientprof.origin.options import Options
from clientprof.origin.parser import Known
from clientprof.origin.routes import Router
from clientprof.origin.stamps import Stamper, clock_identity
from clientprof.origin.tally import Tally

if TYPE_CHECKING:
    from clientprof.origin.protocol import Connection


@dataclass(slots=True)
class Site:
    """One server: its loop, options, counters, routes and open connections."""

    loop: asyncio.AbstractEventLoop
    engine: Engine
    options: Options
    delays: DelayBook
    router: Router
    tally: Tally = field(default_factory=Tally)
    stamper: Stamper = field(default_factory=lambda: Stamper(clock_identity()))
    known_requests: Known = field(default_factory=dict)
    connections: "set[Connection]" = field(default_factory=set)

    def mark(self) -> None:
        """Begin a new interval: maxima start over, and so do the delay sequences, so that every arm sees the same."""
        self.tally.mark()
        self.delays.restart()

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
    return Site(loop, engine, options, delays, Router(delays))
