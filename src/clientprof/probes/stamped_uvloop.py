"""uvloop, watched: a subclass of its loop that wraps whatever is handed to it.

Only methods of the public interface of event loops are overridden, and each hands on what it was given. A loop that has been
made by ``uvloop.new_event_loop`` while ``Patches`` hold ``uvloop.Loop`` is of this kind too.
"""

from collections.abc import Callable
from time import perf_counter_ns
from types import CodeType
from typing import Any

from clientprof.model.phases import Mark
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.uvloop_protocols import Protocols, plain_transport
from clientprof.probes.uvloop_turns import C_CODE, Turns, entry
from clientprof.recording.recorder import Recorder


def native_code() -> CodeType:
    """The code object that stands for uvloop's C code, in uvloop's module."""
    import uvloop.loop

    empty = compile("", uvloop.loop.__file__, "exec")
    return empty.replace(co_name=C_CODE, co_qualname=C_CODE)


def watched_uvloop(
    make_turns: Callable[[CodeType], Turns],
    protocols: Protocols,
    failures: Failures,
    recorder: Recorder | None = None,
) -> type[Any]:
    """uvloop's loop, as a class whose loops each have ``turns`` of their own, made by ``make_turns`` of the native code.

    With a recorder they write ``mark.*`` of name look-ups and connects.
    """
    import uvloop

    base: Any = uvloop.Loop
    native = native_code()
    soon, from_thread, later = base.call_soon, base.call_soon_threadsafe, base.call_later
    at: Callable[[int], None] = ignore
    exchange: Callable[[int], None] = ignore
    kind: Callable[[int], None] = ignore
    if recorder is not None:
        at, exchange, kind = (recorder.column(f"mark.{name}").append for name in ("at_ns", "exchange", "kind"))

    def mark(what: Mark) -> None:
        nonlocal at, exchange, kind
        try:
            at(perf_counter_ns())
            exchange(EXCHANGE.get(-1))
            kind(what)
        except Exception as error:
            at = exchange = kind = ignore
            failures.remove("marks of name lookup and connect", error)
            if recorder is not None:
                recorder.level("mark")

    class WatchedUvloop(base):  # type: ignore[misc]  # its methods take whatever uvloop's take
        """uvloop that tells its ``turns``."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.turns = make_turns(native)
            super().__init__(*args, **kwargs)

        def run_forever(self) -> Any:
            self.turns.enter()
            try:
                return base.run_forever(self)
            finally:
                self.turns.leave()

        def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
            return soon(self, self.turns.soon(callback), *args, context=context)

        def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:
            return from_thread(self, self.turns.from_thread(callback), *args, context=context)

        def call_later(self, delay: Any, callback: Any, *args: Any, context: Any = None) -> Any:
            # uvloop queues what is due in less than half a millisecond.
            milliseconds = round(min(max(delay, 0), 1e9) * 1000)
            turns = self.turns
            wrapped = turns.timer(milliseconds, callback) if milliseconds else turns.soon(callback)
            return later(self, delay, wrapped, *args, context=context)

        def add_reader(self, fileobj: Any, callback: Any, *args: Any) -> Any:
            return super().add_reader(fileobj, self.turns.ready(callback), *args)

        def add_writer(self, fileobj: Any, callback: Any, *args: Any) -> Any:
            return super().add_writer(fileobj, self.turns.ready(callback), *args)

        async def getaddrinfo(self, *args: Any, **kwargs: Any) -> Any:
            mark(Mark.DNS_START)
            try:
                return await super().getaddrinfo(*args, **kwargs)
            finally:
                mark(Mark.DNS_END)

        async def sock_connect(self, sock: Any, address: Any) -> Any:
            mark(Mark.TCP_START)
            try:
                return await super().sock_connect(sock, address)
            finally:
                mark(Mark.TCP_END)

        async def create_connection(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            # A socket that is passed has been connected; a TLS handshake stamps itself.
            connects = kwargs.get("sock") is None and not kwargs.get("ssl")
            if connects:
                mark(Mark.TCP_START)
            try:
                return await self._connected(super().create_connection, protocol_factory, *args, **kwargs)
            finally:
                if connects:
                    mark(Mark.TCP_END)

        async def create_unix_connection(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            return await self._connected(super().create_unix_connection, protocol_factory, *args, **kwargs)

        async def _connected(self, connect: Any, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            made: list[Any] = []

            def make() -> Any:
                made.append(protocols.factory(protocol_factory, self.turns)())
                return made[-1]

            try:
                transport, protocol = await connect(make, *args, **kwargs)
            except BaseException:
                for protocol in made:
                    protocols.forget(protocol)
                raise
            link = protocols.link(protocol)
            return transport if link is None or link.transport is None else link.transport, protocol

        async def create_server(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            factory = protocols.factory(protocol_factory, self.turns, accepted=True)
            return await super().create_server(factory, *args, **kwargs)

        async def create_unix_server(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            factory = protocols.factory(protocol_factory, self.turns, accepted=True)
            return await super().create_unix_server(factory, *args, **kwargs)

        async def connect_accepted_socket(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            factory = protocols.factory(protocol_factory, self.turns, accepted=True)
            return await super().connect_accepted_socket(factory, *args, **kwargs)

        async def create_datagram_endpoint(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            factory = protocols.factory(protocol_factory, self.turns, stream=False)
            return await super().create_datagram_endpoint(factory, *args, **kwargs)

        async def start_tls(self, transport: Any, protocol: Any, *args: Any, **kwargs: Any) -> Any:
            plain = plain_transport(transport)
            link = protocols.link(plain.get_protocol())
            secured = await super().start_tls(plain, protocol, *args, **kwargs)
            if link is None:
                return secured
            protocols.follow(protocol, link)
            return secured if link.transport is None else protocols.stand_in(secured, link)

    entry(WatchedUvloop.run_forever, loops=True)
    WatchedUvloop.__name__, WatchedUvloop.__qualname__, WatchedUvloop.__module__ = "Loop", "Loop", "uvloop"
    return WatchedUvloop
