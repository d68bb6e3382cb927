"""The origin in memory: its own protocols, routes and faults, on transports that end in the client's sockets."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Sequence
from typing import Any, cast

from clientprof.origin.engine import choose
from clientprof.origin.entrance import protocols
from clientprof.origin.options import Options
from clientprof.origin.site import make_site
from clientprof.virtual.agenda import Agenda
from clientprof.virtual.clock import VirtualClock
from clientprof.virtual.ends import End
from clientprof.virtual.network import Network
from clientprof.virtual.serving_tls import TlsTransport

_HIGH_WATER_BYTES = 64 * 1024


class Timer:
    """What ``call_later`` returns."""

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class ServerTime:
    """What the origin asks of its event loop: to be called later. It has no turns that the client's loop would see."""

    def __init__(self, clock: VirtualClock, agenda: Agenda) -> None:
        self._clock, self._agenda = clock, agenda

    def call_later(self, delay: float, callback: Callable[..., object], *arguments: Any) -> Timer:
        timer = Timer()

        def happen(_: int) -> None:
            if not timer.cancelled:
                callback(*arguments)

        self._agenda.add(self._clock.now_ns + max(0, round(delay * 1e9)), happen)
        return timer

    def call_soon(self, callback: Callable[..., object], *arguments: Any) -> Timer:
        return self.call_later(0.0, callback, *arguments)


class ServerSocket:
    """What the origin's protocols ask of a connection's socket."""

    def __init__(self, here: tuple[str, int], there: tuple[str, int]) -> None:
        self._here, self._there = here, there
        self.resets = False

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        if (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER):
            self.resets = struct.unpack("ii", value)[1] == 0

    def getsockname(self) -> tuple[str, int]:
        return self._here

    def getpeername(self) -> tuple[str, int]:
        return self._there


class ServerTransport(asyncio.Transport):
    """The origin's side of one connection. What arrives is handed on at the client's next select."""

    def __init__(self, end: End, sock: ServerSocket, time: ServerTime) -> None:
        super().__init__({"socket": sock, "peername": sock.getpeername(), "sockname": sock.getsockname()})
        self._end, self._sock, self._time = end, sock, time
        self._protocol: Any = None
        self._left = bytearray()
        self._due = self._closing = self._lost = self._paused = False
        self._reads = True
        end.on_arrival = end.on_room = self._something

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return cast(asyncio.BaseProtocol, self._protocol)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._lost or self._end.other.gone:
            return
        if not self._left:
            data = memoryview(data)[self._end.send(data) :]
        self._left += data
        if len(self._left) > _HIGH_WATER_BYTES and not self._paused:
            self._paused = True
            self._protocol.pause_writing()

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            if not self._left:
                self._time.call_soon(self._end_it, None)

    def abort(self) -> None:
        self._closing = True
        self._left.clear()
        self._time.call_soon(self._end_it, None)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._reads = False

    def resume_reading(self) -> None:
        self._reads = True
        self._something()

    def is_reading(self) -> bool:
        return self._reads

    def get_write_buffer_size(self) -> int:
        return len(self._left)

    def _something(self) -> None:
        if not self._due and not self._lost:
            self._due = True
            self._time.call_soon(self._look)

    def _look(self) -> None:
        self._due = False
        if self._left:
            del self._left[: self._end.send(self._left)]
        if not self._left and self._paused:
            self._paused = False
            self._protocol.resume_writing()
        if not self._left and self._closing:
            self._end_it(None)
            return
        if self._reads and self._end.inbox and not self._closing:
            self._protocol.data_received(self._end.take(len(self._end.inbox)))
        if self._end.broken or (self._end.ended and not self._end.inbox):
            self._end_it(ConnectionResetError() if self._end.broken else None)

    def _end_it(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            self._end.leave(reset=self._sock.resets)
            self._protocol.connection_lost(error)


def serve(
    network: Network,
    clock: VirtualClock,
    agenda: Agenda,
    options: Options,
    addresses: Sequence[tuple[str, int]],
    context: ssl.SSLContext | None,
) -> None:
    """Let an origin with these options listen at the addresses, over TLS with ``context``.

    Raises:
        OriginError: HTTP/2 was asked for, and the package that it needs is not installed.
    """
    time = ServerTime(clock, agenda)
    site = make_site(cast(asyncio.AbstractEventLoop, time), choose("standard"), options)
    new_protocol = protocols(site)

    def admit(end: End, there: tuple[str, int], here: tuple[str, int]) -> None:
        sock = ServerSocket(here, there)
        transport = ServerTransport(end, sock, time)
        as_socket = cast(socket.socket, sock)
        if context is not None:
            TlsTransport(transport, context, lambda: new_protocol(as_socket))
            return
        protocol = new_protocol(as_socket)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        transport.resume_reading()

    def accept(end: End, there: tuple[str, int], here: tuple[str, int]) -> None:
        site.tally.accepts += 1
        time.call_later(options.accept_delay_ms / 1000, admit, end, there, here)

    for address in addresses:
        network.listen(address, accept)
    if options.keepalive_s is not None:
        site.sweep_idle(options.keepalive_s)
