"""Listening sockets on the loopback addresses, and what happens to a connection until its protocol has it."""

import asyncio
import errno
import socket
import sys

from clientprof.origin.certificates import Certificates
from clientprof.origin.entrance import protocols
from clientprof.origin.errors import OriginError
from clientprof.origin.network.private_network import OWN
from clientprof.origin.site import Site

_BACKLOG = 4096  # 2000 connects at once wait here; Linux caps it at net.core.somaxconn (4096 by default)
_ACCEPTS_PER_TURN = 64
_RETRY_S = 0.1
_PORT_TRIES = 10


def bind(port: int) -> list[socket.socket]:
    """Listen on 127.0.0.1 and, best effort, on ::1 with the same port, so that ``localhost`` works either way.

    Where there is no IPv6 only 127.0.0.1 listens. A port that somebody else has on ::1 counts as taken: clients that
    say ``localhost`` would reach them.

    Raises:
        OriginError: the port is in use or not allowed.
    """
    for attempt in range(_PORT_TRIES):
        first = _listen(socket.AF_INET, "127.0.0.1", port)
        chosen = first.getsockname()[1]
        try:
            return [first, _listen(socket.AF_INET6, "::1", chosen)]
        except OriginError:
            first.close()
            if port or attempt == _PORT_TRIES - 1:
                raise
        except OSError:  # no IPv6 on this machine
            return [first]
    raise AssertionError("unreachable")


def bind_linked(port: int) -> list[socket.socket]:
    """Listen where the link of a private network ends: one address, which all of its hosts' connections reach.

    Raises:
        OriginError: the port is in use or not allowed.
    """
    return [_listen(socket.AF_INET, OWN, port)]


def bind_more(port: int, hosts: int) -> list[socket.socket]:
    """Listen as ``hosts - 1`` further origins: on 127.0.0.2 and so on, or on free ports where those are missing.

    Linux has all of 127.0.0.0/8 on its loopback interface; macOS and the BSDs have 127.0.0.1 alone.

    Raises:
        OriginError: the port is in use on one of the addresses.
    """
    more: list[socket.socket] = []
    try:
        for number in range(2, hosts + 1):
            try:
                more.append(_listen(socket.AF_INET, address_of(number), port))
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
                more.append(_listen(socket.AF_INET, "127.0.0.1", 0))
    except BaseException:
        for sock in more:
            sock.close()
        raise
    return more


def address_of(number: int, network: str = "127.0") -> str:
    """The address of the origin of that number, from 1 on: 254 to each third part, none that ends in 0 or 255."""
    third, fourth = divmod(number - 1, 254)
    return f"{network}.{third}.{fourth + 1}"


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise OriginError(f"port {port} is in use on {host}; take another, or --port 0 for a free one") from None
        if error.errno == errno.EACCES:
            raise OriginError(f"port {port} is not allowed here; take one above 1023, or --port 0") from None
        raise
    return sock


class Listener:
    """Accepts, counts, delays and hands over.

    With ``accept_delay_ms`` the kernel completes each TCP connect at once, as ever; the server then leaves the
    connection alone for that long before the TLS handshake or the first read.
    """

    def __init__(self, site: Site, certificates: Certificates | None) -> None:
        self._new_protocol = protocols(site)
        self._site = site
        self._certificates = certificates
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, listening: socket.socket) -> None:
        """Accept from a listening socket from now on."""
        self._site.loop.add_reader(listening.fileno(), self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        loop = self._site.loop
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, _address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # out of files: the connection stays in the backlog, so try again
                print(f"cannot accept: {error}; raise the limit of open files (ulimit -n)", file=sys.stderr)
                loop.remove_reader(listening.fileno())
                loop.call_later(_RETRY_S, self.start, listening)
                return
            self._site.tally.accepts += 1
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._site.options.accept_delay_ms:
                loop.call_later(self._site.options.accept_delay_ms / 1_000, self._admit, sock)
            else:
                self._admit(sock)

    def _admit(self, sock: socket.socket) -> None:
        task = self._site.loop.create_task(self._hand_over(sock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand_over(self, sock: socket.socket) -> None:
        certificates = self._certificates
        tls = certificates is not None
        # Beyond a link, the address that the client has asked for is where its connection comes from.
        named = sock.getpeername if self._site.options.linked else sock.getsockname
        try:
            await self._site.loop.connect_accepted_socket(
                lambda: self._new_protocol(sock),
                sock,
                ssl=None if certificates is None else certificates.context_for(named()[0]),
                ssl_handshake_timeout=60.0 if tls else None,
                ssl_shutdown_timeout=2.0 if tls else None,  # many clients never answer close_notify
            )
        except OSError:  # ssl.SSLError and resets are OSErrors
            self._site.tally.handshakes_failed += tls
            sock.close()
