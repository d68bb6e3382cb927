"""``socket.socket`` in memory: what clients and asyncio ask of a stream socket, without a descriptor of the system.

A connection is made at once, as the loopback makes it; what is sent arrives before the next select.
"""

import errno
import os
import socket
from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn

from clientprof.virtual.ends import End, pair
from clientprof.virtual.network import Network

_SOCKET = socket.socket
_KINDS = (socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_UNIX", socket.AF_INET))


def _refuse(number: int) -> NoReturn:
    raise OSError(number, os.strerror(number))


class MemorySocket(_SOCKET):
    """A stream socket on ``network``. It never blocks: what would block raises, whatever timeout is set."""

    network: ClassVar[Network]

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:  # noqa: A002
        family = socket.AF_INET if family == -1 else family
        kind = socket.SOCK_STREAM if type == -1 else type
        if fileno is not None or family not in _KINDS or not kind & socket.SOCK_STREAM:
            _refuse(errno.EAFNOSUPPORT)
        self._end: End | None = None
        self._timeout: float | None = None
        self._options: dict[tuple[int, int], Any] = {}
        self._here: Any = ("0.0.0.0", 0)
        self._there: Any = None
        self._number = self.network.open(self)
        # The base wants a descriptor of the system, for a moment.
        super().__init__(family, kind, max(proto, 0))
        os.close(super().detach())

    def fileno(self) -> int:
        return self._number

    def attach(self, end: End, here: Any, there: Any) -> None:
        """This is the socket of that end."""
        number, network = self._number, self.network
        self._end, self._here, self._there = end, here, there
        end.on_arrival = lambda: network.arrived(number)

    # -- connecting ----------------------------------------------------------------------------------------------

    def connect(self, address: Any) -> None:
        end, here = self.network.connect(*address[:2])
        self.attach(end, here, tuple(address))

    def connect_ex(self, address: Any) -> int:
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or errno.ECONNREFUSED
        return 0

    def bind(self, address: Any) -> None:
        self._here = tuple(address)

    def listen(self, backlog: int = 0) -> None:
        _refuse(errno.EOPNOTSUPP)

    def accept(self) -> NoReturn:
        _refuse(errno.EOPNOTSUPP)

    # -- bytes ---------------------------------------------------------------------------------------------------

    def send(self, data: Any, flags: int = 0) -> int:
        end = self._connected()
        if end.broken:
            _refuse(errno.ECONNRESET)
        if end.other.gone:
            _refuse(errno.EPIPE)
        view = memoryview(data).cast("B")
        taken = end.send(view)
        if not taken and len(view):
            _refuse(errno.EAGAIN)
        return taken

    def sendall(self, data: Any, flags: int = 0) -> None:
        if self.send(data) < memoryview(data).nbytes:
            _refuse(errno.EAGAIN)

    def sendmsg(self, buffers: Iterable[Any], *rest: Any) -> int:
        return self.send(b"".join(buffers))

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        end = self._connected()
        if end.inbox:
            return bytes(end.inbox[:bufsize]) if flags & socket.MSG_PEEK else end.take(bufsize)
        if end.broken:
            end.broken, end.ended = False, True
            _refuse(errno.ECONNRESET)
        if not end.ended:
            _refuse(errno.EAGAIN)
        return b""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    @property
    def readable(self) -> bool:
        return self._end is not None and self._end.readable

    @property
    def writable(self) -> bool:
        return self._end is None or self._end.broken or self._end.other.gone or self._end.room > 0

    # -- closing -------------------------------------------------------------------------------------------------

    def shutdown(self, how: int) -> None:
        end = self._connected()
        if how in (socket.SHUT_WR, socket.SHUT_RDWR):
            end.finish()

    def close(self) -> None:
        if self._number >= 0:
            if self._end is not None:
                self._end.leave()
            self.network.close(self._number)
            self._number = -1

    def detach(self) -> int:
        self.close()
        return -1

    def __exit__(self, *_: object) -> None:
        self.close()

    def dup(self) -> NoReturn:
        _refuse(errno.EOPNOTSUPP)

    # -- what is said of it --------------------------------------------------------------------------------------

    def getpeername(self) -> Any:
        return self._there if self._there is not None else _refuse(errno.ENOTCONN)

    def getsockname(self) -> Any:
        return self._here

    def setsockopt(self, level: int, option: int, value: Any = 0, *_: Any) -> None:
        self._options[level, option] = value

    def getsockopt(self, level: int, option: int, length: int = 0) -> Any:
        return self._options.get((level, option), 0)

    def settimeout(self, value: float | None) -> None:
        self._timeout = value

    def gettimeout(self) -> float | None:
        return self._timeout

    def setblocking(self, flag: bool) -> None:
        self._timeout = None if flag else 0.0

    def getblocking(self) -> bool:
        return self._timeout != 0.0

    def get_inheritable(self) -> bool:
        return False

    def set_inheritable(self, inheritable: bool) -> None:
        """Nothing inherits it."""

    def _connected(self) -> End:
        if self._number < 0:
            _refuse(errno.EBADF)
        if self._end is None:
            _refuse(errno.ENOTCONN)
        return self._end


def memory_pair(*_: object, **__: object) -> tuple[MemorySocket, MemorySocket]:
    """``socket.socketpair``; an event loop wakes itself by one."""
    one, two = MemorySocket(), MemorySocket()
    for sock, end in zip((one, two), pair(), strict=True):
        sock.attach(end, "", "")
    return one, two
