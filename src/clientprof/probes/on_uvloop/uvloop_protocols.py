"""Protocols of connections on uvloop: when it calls them, and what they write.

uvloop calls a protocol from C. It looks the methods up on the protocol, so wrappers are put on the protocol's class, for the
methods that uvloop calls; an instance that is on no watched connection passes through. Transports are C and cannot be
wrapped in place: what the client gets instead is a stand-in that hands on everything and stamps writes. Connections that a
server accepted keep their transports, because answers are no requests.
"""

import functools
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from clientprof.model.run import StepOwner
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.on_uvloop.uvloop_callbacks import entry
from clientprof.probes.on_uvloop.uvloop_steps import Steps
from clientprof.probes.patches import Patches
from clientprof.probes.ports import Ports
from clientprof.recording.recorder import Recorder

_NAME = "protocols of uvloop"
_READ = ("data_received", "buffer_updated")
_OTHER = ("get_buffer", "pause_writing", "resume_writing", "datagram_received", "error_received")


class Link:
    """One connection. ``exchange`` is that of the last write, -1 before the first; ``connection`` its number, 0 for none.

    ``ended_by`` is for whoever asks which side ended it, 0 not known.
    """

    __slots__ = ("accepted", "connection", "ended_by", "exchange", "steps", "stream", "transport")

    def __init__(self, steps: Steps, *, accepted: bool, stream: bool) -> None:
        self.steps = steps
        self.accepted = accepted
        self.stream = stream
        self.connection = 0
        self.exchange = -1
        self.ended_by = 0
        self.transport: StampedTransport | None = None


# Asked for by clients with every request: kept with the stand-in, where they are found at once.
_ASKED = (
    "is_closing",
    "get_extra_info",
    "pause_reading",
    "resume_reading",
    "is_reading",
    "get_write_buffer_size",
    "close",
)


class StampedTransport:
    """Stands in for a transport of uvloop, whose writes it stamps; in all else it is that transport."""

    def __init__(self, transport: Any, link: Link, protocols: "Protocols") -> None:
        self._clientprof_transport = transport
        self._clientprof_link = link
        self._clientprof_protocols = protocols
        self.write = link.steps.writer(link, transport.write, transport.get_write_buffer_size)
        self.writelines = link.steps.writer(link, transport.writelines, transport.get_write_buffer_size)
        for name in _ASKED:
            setattr(self, name, getattr(transport, name))

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._clientprof_transport)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clientprof_transport, name)

    def __repr__(self) -> str:
        return repr(self._clientprof_transport)

    def set_protocol(self, protocol: Any) -> None:
        self._clientprof_protocols.follow(protocol, self._clientprof_link)
        self._clientprof_transport.set_protocol(protocol)


def plain_transport(transport: Any) -> Any:
    """uvloop's own transport."""
    return transport._clientprof_transport if type(transport) is StampedTransport else transport


class Protocols:
    """The protocols of all watched connections; writes ``connection.*`` and ``closing.*``."""

    def __init__(self, patches: Patches, failures: Failures, recorder: Recorder) -> None:
        self._patches = patches
        self._failures = failures
        self._recorder = recorder
        self._links: dict[int, Link] = {}
        self._kinds: set[type] = set()
        self._connections = 0
        self._ports = Ports(recorder, failures)
        self._opened = recorder.column("connection.opened_ns").append
        self._opener = recorder.column("connection.exchange").append
        self._closed = recorder.column("closing.at_ns").append
        self._closed_connection = recorder.column("closing.connection").append

    def factory(
        self, original: Callable[[], Any], steps: Steps, *, accepted: bool = False, stream: bool = True
    ) -> Callable[[], Any]:
        """The factory, whose protocols are watched from the start; ``stream`` if they are of connections."""

        def make() -> Any:
            protocol = original()
            self.follow(protocol, Link(steps, accepted=accepted, stream=stream))
            return protocol

        return make

    def link(self, protocol: Any) -> Link | None:
        """The connection that the protocol serves."""
        return self._links.get(id(protocol))

    def follow(self, protocol: Any, link: Link) -> None:
        """Watch a protocol on its connection from now on."""
        if protocol is None or self._failures.removed(_NAME):
            return
        try:
            self._watch(type(protocol))
            self._links[id(protocol)] = link
        except Exception as error:
            self._remove(error)

    def forget(self, protocol: Any) -> None:
        """It serves no connection any more."""
        self._links.pop(id(protocol), None)

    def detach(self) -> None:
        """Watch nobody any more; what uvloop holds of the wrappers passes through."""
        self._links.clear()

    def _watch(self, kind: type) -> None:
        if kind in self._kinds:
            return
        self._kinds.add(kind)
        wrapped = [(name, self._read) for name in _READ] + [(name, self._other) for name in _OTHER]
        for name, wrap in (
            *wrapped,
            ("eof_received", self._ended),
            ("connection_made", self._made),
            ("connection_lost", self._lost),
        ):
            original = getattr(kind, name, None)
            if original is None:
                continue
            try:
                self._patches.set(kind, name, functools.update_wrapper(wrap(original), original))
            except (TypeError, AttributeError):
                return  # a class of C: what it does counts as uvloop's own

    def _read(self, original: Callable[..., Any]) -> Callable[..., Any]:
        link_of = self._links.get

        def read(protocol: Any, data: Any) -> Any:
            link = link_of(id(protocol))
            if link is None or link.steps.open:
                return original(protocol, data)
            return link.steps.run_read(link, original, protocol, data)

        return entry(read)  # type: ignore[no-any-return]

    def _ended(self, original: Callable[..., Any]) -> Callable[..., Any]:
        link_of = self._links.get

        def ended(protocol: Any) -> Any:
            link = link_of(id(protocol))
            if link is None or link.steps.open:
                return original(protocol)
            return link.steps.run_read(link, lambda protocol, _: original(protocol), protocol, b"")

        return entry(ended)  # type: ignore[no-any-return]

    def _other(self, original: Callable[..., Any]) -> Callable[..., Any]:
        link_of = self._links.get

        def other(protocol: Any, *args: Any) -> Any:
            link = link_of(id(protocol))
            if link is None or link.steps.open:
                return original(protocol, *args)
            return link.steps.run_other(original, protocol, *args)

        return entry(other)  # type: ignore[no-any-return]

    def _made(self, original: Callable[..., Any]) -> Callable[..., Any]:
        other = self._other(original)

        def made(protocol: Any, transport: Any) -> Any:
            link = self._links.get(id(protocol))
            if link is not None and link.stream and not link.connection:
                transport = self._opened_now(link, transport)
            return other(protocol, transport)

        return entry(made)  # type: ignore[no-any-return]

    def _opened_now(self, link: Link, transport: Any) -> Any:
        try:
            exchange = EXCHANGE.get(int(StepOwner.NOBODY))
            self._opened(perf_counter_ns())
            self._opener(exchange)
            self._connections += 1
            link.connection, link.exchange = self._connections, exchange
            self._ports.note(link.connection, transport.get_extra_info("sockname"))
            return transport if link.accepted else self.stand_in(transport, link)
        except Exception as error:
            self._remove(error)
            return transport

    def stand_in(self, transport: Any, link: Link) -> StampedTransport:
        """What the client gets for its transport."""
        link.transport = StampedTransport(transport, link, self)
        return link.transport

    def _lost(self, original: Callable[..., Any]) -> Callable[..., Any]:
        other = self._other(original)

        def lost(protocol: Any, *args: Any) -> Any:
            link = self._links.get(id(protocol))
            if link is not None and link.connection and not link.accepted:
                try:
                    self._note_closing(link)
                except Exception as error:
                    self._remove(error)
            try:
                return other(protocol, *args)
            finally:
                self.forget(protocol)

        return entry(lost)  # type: ignore[no-any-return]

    def _note_closing(self, link: Link) -> None:
        self._closed(perf_counter_ns())
        self._closed_connection(link.connection)

    def _remove(self, error: Exception) -> None:
        self._opened = self._opener = self._closed = self._closed_connection = ignore
        self.detach()
        self._failures.remove(_NAME, error)
        for group in ("connection", "closing"):
            self._recorder.level(group)
