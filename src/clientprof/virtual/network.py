"""Who listens where, which descriptors there are, and which of them are ready, in the order in which that came to be."""

import errno
import heapq
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from clientprof.virtual.ends import End, pair

if TYPE_CHECKING:
    from clientprof.virtual.sockets import MemorySocket

# Far from every descriptor of the system: one that reaches a real call by mistake fails there, and touches no file.
_FIRST_DESCRIPTOR = 1_000_000
_FIRST_PORT = 40_000
Accept = Callable[[End, tuple[str, int], tuple[str, int]], None]


class Network:
    """One for a process. A listener is told of each connection: its end, the client's address and its own."""

    def __init__(self) -> None:
        self._sockets: dict[int, MemorySocket] = {}
        self._free: list[int] = []
        self._next = _FIRST_DESCRIPTOR
        self._listeners: dict[tuple[str, int], Accept] = {}
        self._ports = _FIRST_PORT
        # Descriptors at which something has arrived, the earliest first, as the system's ready list has them.
        self.arrivals: dict[int, None] = {}

    def listen(self, address: tuple[str, int], accept: Accept) -> None:
        """Let connections to the address be made."""
        self._listeners[address] = accept

    def open(self, sock: "MemorySocket") -> int:
        """A descriptor for the socket, the lowest that is free."""
        if self._free:
            number = heapq.heappop(self._free)
        else:
            number, self._next = self._next, self._next + 1
        self._sockets[number] = sock
        return number

    def close(self, number: int) -> None:
        if self._sockets.pop(number, None) is not None:
            self.arrivals.pop(number, None)
            heapq.heappush(self._free, number)

    def socket_of(self, number: int) -> "MemorySocket | None":
        return self._sockets.get(number)

    def arrived(self, number: int) -> None:
        self.arrivals.setdefault(number)

    def connect(self, host: str, port: int) -> tuple[End, tuple[str, int]]:
        """The client's end of a new connection, and the client's address.

        Raises:
            ConnectionRefusedError: nobody listens there.
        """
        accept = self._listeners.get((host, port))
        if accept is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        self._ports += 1
        ours, theirs = pair()
        address = (host, self._ports)
        accept(theirs, address, (host, port))
        return ours, address

    def resolve(
        self, host: str | bytes | None, port: object, kind: int = 0, proto: int = 0
    ) -> list[tuple[object, ...]]:
        """What ``socket.getaddrinfo`` gives, without asking anybody: addresses as they are, ``localhost`` and empty hosts.

        Raises:
            socket.gaierror: another name; no name server is there.
        """
        text = host.decode("ascii") if isinstance(host, bytes) else host
        if text in (None, "", "localhost"):
            text = "127.0.0.1"
        assert text is not None
        try:
            socket.inet_pton(socket.AF_INET, text)
        except OSError:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
        number = int(port) if isinstance(port, (int, str, bytes)) and port else 0
        chosen = socket.SocketKind(kind) if kind else socket.SOCK_STREAM
        return [(socket.AF_INET, chosen, proto or socket.IPPROTO_TCP, "", (text, number))]
