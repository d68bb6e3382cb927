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
from clientprof.probes.on_uvloop.uvloop_callbacks import fast_calls, is_timer
from clientprof.probes.on_uvloop.uvloop_protocols import Protocols, plain_transport
from clientprof.probes.on_uvloop.uvloop_steps import Steps, running
from clientprof.recording.recorder import Recorder


def native_code() -> CodeType:
    """The code object that stands for uvloop's C code, in uvloop's module."""
    import uvloop.loop

    name = "C code between callbacks"
    return compile("", uvloop.loop.__file__, "exec").replace(co_name=name, co_qualname=name)


def stamped_uvloop(
    make_steps: Callable[[CodeType], Steps], protocols: Protocols, recorder: Recorder, failures: Failures
) -> type[Any]:
    """uvloop's loop, as a class whose loops each have ``steps`` of their own, made by ``make_steps`` of the native code.

    They write ``mark.*`` of name look-ups and connects too.
    """
    import uvloop

    base: Any = uvloop.Loop
    native = native_code()
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
            recorder.level("mark")

    class StampedUvloop(base):  # type: ignore[misc]  # its methods take whatever uvloop's take
        """uvloop that tells its ``steps``."""

        clientprof_own = True

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.take_steps()
            super().__init__(*args, **kwargs)

        def take_steps(self) -> None:
            self.steps = make_steps(native)

        def set_debug(self, enabled: Any) -> None:
            super().set_debug(enabled)
            self._plainly()
            if not enabled:
                self.call_fast()

        def call_fast(self) -> None:
            steps, own = self.steps, self.__dict__
            own["call_soon"], own["call_later"] = fast_calls(
                steps.run_soon, steps.run_timer, super().call_soon, super().call_later, steps
            )

        def close(self) -> None:
            self._plainly()
            super().close()

        def _plainly(self) -> None:
            self.__dict__.pop("call_soon", None)
            self.__dict__.pop("call_later", None)

        def run_forever(self) -> Any:
            return running(self, base.run_forever, self.steps)

        def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
            return super().call_soon(self.steps.soon(callback), *args, context=context)

        def call_later(self, delay: Any, callback: Any, *args: Any, context: Any = None) -> Any:
            wrap = self.steps.timer(delay, callback) if is_timer(delay) else self.steps.soon(callback)
            return super().call_later(delay, wrap, *args, context=context)

        def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:
            return super().call_soon_threadsafe(self.steps.from_thread(callback), *args, context=context)

        def add_reader(self, fileobj: Any, callback: Any, *args: Any) -> Any:
            return super().add_reader(fileobj, self.steps.ready(callback), *args)

        def add_writer(self, fileobj: Any, callback: Any, *args: Any) -> Any:
            return super().add_writer(fileobj, self.steps.ready(callback), *args)

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
                made.append(protocols.factory(protocol_factory, self.steps)())
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
            factory = protocols.factory(protocol_factory, self.steps, accepted=True)
            return await super().create_server(factory, *args, **kwargs)

        async def create_unix_server(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            factory = protocols.factory(protocol_factory, self.steps, accepted=True)
            return await super().create_unix_server(factory, *args, **kwargs)

        async def connect_accepted_socket(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            factory = protocols.factory(protocol_factory, self.steps, accepted=True)
            return await super().connect_accepted_socket(factory, *args, **kwargs)

        async def create_datagram_endpoint(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
            factory = protocols.factory(protocol_factory, self.steps, stream=False)
            return await super().create_datagram_endpoint(factory, *args, **kwargs)

        async def start_tls(self, transport: Any, protocol: Any, *args: Any, **kwargs: Any) -> Any:
            plain = plain_transport(transport)
            link = protocols.link(plain.get_protocol())
            secured = await super().start_tls(plain, protocol, *args, **kwargs)
            if link is None:
                return secured
            protocols.follow(protocol, link)
            return secured if link.transport is None else protocols.stand_in(secured, link)

    StampedUvloop.__name__, StampedUvloop.__qualname__, StampedUvloop.__module__ = "Loop", "Loop", "uvloop"
    return StampedUvloop
