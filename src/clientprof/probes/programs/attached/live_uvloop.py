"""uvloop's loops that run already: made watched ones, and uvloop's own again.

Theory of operation. The loop is a Python object: its class is replaced, in a callback of it. Its transports are C, and each
holds on to methods of its protocol. So the classes of protocols are patched, and each connection is given its protocol once
more, which makes uvloop look the methods up anew. What the program writes to on its own connections is replaced by our
stand-in wherever Python code keeps it. Servers make protocols by themselves: one that nobody knows when its connection is
made is of an accepted connection.
"""

import asyncio
import gc
import socket
import weakref
from asyncio import events
from collections.abc import Iterator
from types import CodeType
from typing import Any

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.on_uvloop.uvloop_callbacks import entry
from clientprof.probes.on_uvloop.uvloop_protocols import Link, StampedTransport
from clientprof.probes.patches import Patches
from clientprof.probes.programs.attached.references import swap_references
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.programs.loops.program_uvloop import ProgramProtocols, watched_uvloop

_OF_LOOP = ("setting", "steps", "ran_before", "call_soon", "call_later")
_NO_SERVERS = (asyncio.Protocol, asyncio.BufferedProtocol)


class LiveProtocols(ProgramProtocols):
    """The protocols of all loops, those made by servers that were there before too. ``over``: nobody is watched any more."""

    def __init__(self, setting: LoopSetting, patches: Patches) -> None:
        super().__init__(setting, patches)
        self.over = False

    def watch_kinds(self) -> None:
        """Watch every kind of protocol that the program has: a server may make one at any time."""
        for base in _NO_SERVERS:
            for kind in _kinds_below(base):
                if not kind.__module__.startswith(("asyncio.sslproto", "uvloop.")):
                    self._watch(kind)

    def follow(self, protocol: Any, link: Link) -> None:
        if not self.over:
            super().follow(protocol, link)

    def _made(self, original: Any) -> Any:
        wrapped = super()._made(original)

        def made(protocol: Any, transport: Any) -> Any:
            if id(protocol) not in self._links:
                steps = getattr(events._get_running_loop(), "steps", None)
                if steps is not None:
                    self.follow(protocol, Link(steps, accepted=True, stream=True))
            return wrapped(protocol, transport)

        return entry(made)

    def adopt(self, loop: Any) -> None:
        """Watch the connections that the loop has."""
        served = _served_places(loop)
        pairs: dict[int, tuple[Any, Any]] = {}
        for transport in _transports(loop):
            protocol = transport.get_protocol()
            link = Link(loop.steps, accepted=_local_place(transport) in served, stream=True)
            self.follow(protocol, link)
            transport.set_protocol(protocol)
            if not link.accepted:
                pairs[id(transport)] = (transport, self._numbered_later(transport, link))
        swap_references(pairs, but=(StampedTransport,))

    def _numbered_later(self, transport: Any, link: Link) -> StampedTransport:
        """A stand-in whose connection is numbered when it is first written to: nobody here opened it."""
        made = self.stand_in(transport, link)

        def first(name: str) -> Any:
            def write(data: Any) -> Any:
                lane = link.steps.lane  # type: ignore[attr-defined]
                lane.connections += 1
                link.connection, link.exchange = lane.connections, EXCHANGE.get(-1)
                lane.recorder.column("connection.opened_ns").append(self._setting.exchanges.adopts_since_ns)
                lane.recorder.column("connection.exchange").append(link.exchange)
                for each in ("write", "writelines"):
                    stamped = link.steps.writer(link, getattr(transport, each), transport.get_write_buffer_size)
                    setattr(made, each, stamped)
                return getattr(made, name)(data)

            return write

        made.write, made.writelines = first("write"), first("writelines")
        return made

    def release(self, loop: Any) -> None:
        """The connections of the loop are uvloop's alone; classes of protocols must have been put back before."""
        pairs: dict[int, tuple[Any, Any]] = {}
        for place, link in list(self._links.items()):
            if link.steps is loop.steps:
                del self._links[place]
                if link.transport is not None:
                    pairs[id(link.transport)] = (link.transport, link.transport._clientprof_transport)
        swap_references(pairs)
        for stand_in, transport in pairs.values():
            # For whoever still has it.
            for name in ("write", "writelines", "close", "abort"):
                setattr(stand_in, name, getattr(transport, name))
        for transport in _transports(loop):
            transport.set_protocol(transport.get_protocol())


def adopt(loop: Any, setting: LoopSetting, protocols: LiveProtocols, runs: CodeType | None) -> None:
    """Make it a watched one; if it runs, call this in a callback of it: ``runs`` is the code that called uvloop."""
    lane = setting.book.take("uvloop")
    try:
        loop.__class__ = watched_uvloop(lane, setting, protocols)
        loop.take_steps()
        if not loop.get_debug():
            loop.call_fast()
        protocols.adopt(loop)
        if loop.is_running():
            loop.ran_before = True
            loop.run_begins()
            loop.steps.enter()
            if runs is not None:
                loop.steps.runs = runs
    except Exception as error:
        setting.failures.remove("a uvloop that ran already", error)
        release(loop, protocols)


def release(loop: Any, protocols: LiveProtocols) -> None:
    """Make it uvloop's own again; if it runs, call this in a callback of it."""
    try:
        if loop.ran_before:
            loop.steps.leave()
        loop.end_earlier_run()
        protocols.release(loop)
    finally:
        loop.__class__ = plain_kind(type(loop))
        for name in _OF_LOOP:
            vars(loop).pop(name, None)


def plain_kind(kind: type[Any]) -> type[Any]:
    """The first class of a loop that is not ours."""
    return next(each for each in kind.__mro__ if not getattr(each, "clientprof_own", False))


def _kinds_below(base: type[Any]) -> Iterator[type[Any]]:
    for kind in type.__subclasses__(base):
        yield kind
        yield from _kinds_below(kind)


def _transports(loop: Any) -> list[Any]:
    """What the program has for transports on the loop: with TLS the one above it. uvloop lets nobody ask for them, but they
    are among what it refers to."""
    found: list[Any] = []
    for thing in gc.get_referents(loop):
        if type(thing) is weakref.WeakValueDictionary:
            found += [each for each in thing.values() if hasattr(each, "get_protocol")]
    return [_above_tls(each) for each in found if not each.is_closing()]


def _above_tls(transport: Any) -> Any:
    protocol = transport.get_protocol()
    if type(protocol).__module__.startswith("uvloop"):
        for thing in gc.get_referents(protocol):
            if hasattr(thing, "get_protocol") and thing is not transport:
                return thing
    return transport


def _served_places(loop: Any) -> set[Any]:
    """Where the loop's servers listen."""
    places: set[Any] = set()
    for thing in gc.get_referents(loop):
        for server in thing if type(thing) is set else ():
            for sock in getattr(server, "sockets", None) or ():
                places.add(_place(sock))
    return places


def _local_place(transport: Any) -> Any:
    sock = transport.get_extra_info("socket")
    return None if sock is None else _place(sock)


def _place(sock: Any) -> Any:
    """Port, or path of a Unix socket: a server listens on all addresses, a connection has one."""
    name = sock.getsockname()
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        return name[1]
    return name or None
