"""uvloop, as far as it lets itself be observed: name look-ups, connects, new connections.

Its callbacks, handles and transports are C and cannot be stamped: there are no steps, no writes and no reads.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from clientprof.model.phases import Mark
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.recording.recorder import Recorder


def stamping_uvloop(recorder: Recorder, failures: Failures) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes a uvloop that writes ``mark.*`` of look-ups and connects, and ``connection.*``."""
    import uvloop

    base: Any = uvloop.Loop
    at, exchange, kind = (recorder.column(f"mark.{name}").append for name in ("at_ns", "exchange", "kind"))
    opened, opener = (recorder.column(f"connection.{name}").append for name in ("opened_ns", "exchange"))

    def mark(what: Mark) -> None:
        nonlocal at, exchange, kind
        try:
            at(perf_counter_ns())
            exchange(EXCHANGE.get(-1))
            kind(what)
        except Exception as error:
            at = exchange = kind = ignore
            failures.remove("marks of name lookup and connect", error)
            recorder.level("mark")

    def connected() -> None:
        nonlocal opened, opener
        try:
            opened(perf_counter_ns())
            opener(EXCHANGE.get(-1))
        except Exception as error:
            opened = opener = ignore
            failures.remove("stamps of connections", error)
            recorder.level("connection")

    class StampingUvloop(base):  # type: ignore[misc]  # its methods take whatever uvloop's take
        """uvloop with stamps."""

        async def getaddrinfo(self, *args: Any, **kwargs: Any) -> Any:
            mark(Mark.DNS_START)
            try:
                return await super().getaddrinfo(*args, **kwargs)
            finally:
                mark(Mark.DNS_END)

        async def sock_connect(self, *args: Any, **kwargs: Any) -> Any:
            mark(Mark.TCP_START)
            try:
                return await super().sock_connect(*args, **kwargs)
            finally:
                mark(Mark.TCP_END)

        async def create_connection(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            # A socket that is passed has been connected; a TLS handshake stamps itself.
            connects = kwargs.get("sock") is None and not kwargs.get("ssl")
            if connects:
                mark(Mark.TCP_START)
            try:
                pair = await super().create_connection(protocol_factory, *args, **kwargs)
            finally:
                if connects:
                    mark(Mark.TCP_END)
            connected()
            return pair

    return StampingUvloop
