"""The link as a relay of byte streams: what remains where the system lets nobody carry packets.

Theory of operation. Clients connect to the relay, which the kernel completes at once; the relay connects on to the server
half a round trip later, and reads nothing of the client's before a whole one is over. So a connection costs the same time as
on a network, but its round trip is in the first bytes that the client sends (a handshake, a request) and not in connecting.
Slow start is not imitated: TCP ends at the relay on both sides. Bytes, ends and resets go through the link in their order,
and a side is read only while there is room: in the wire's queue, in the memory of the line, in the connection's window.
"""

import contextlib
import errno
import select
import selectors
import socket
import struct
import sys
import time
from collections import deque

from clientprof.model.network import LinkAccount, Network
from clientprof.origin.errors import OriginError
from clientprof.origin.network.delay_line import DelayLine, Lateness

MOST_CONNECTIONS = 20_000
_WINDOW_BYTES = 1024 * 1024
_READ_BYTES = 64 * 1024
_BACKLOG = 4096
_ACCEPTS_PER_TURN = 64
_RESET = struct.pack("ii", 1, 0)
# The relay's end towards the server has the client's port, so that the server's log names it; Linux has all of 127.0.0.0/8.
_FROM = "127.83.0.1"
_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK)
# What goes through a line besides bytes.
_OPEN, _END, _BROKEN = "open", "end", "broken"


class _Side:
    """One direction of a connection: from ``source`` through ``line`` to ``target``, which is the source of the other one.

    It is ``started`` when the source may be read, ``ended`` when nothing more comes from it, ``done`` when the target knows.
    ``held`` bytes are on their way, ``unsent`` has left the line and waits for the target. ``mask`` is what the selector
    waits for at the source.
    """

    __slots__ = ("done", "ended", "held", "line", "mask", "paused", "source", "started", "target", "unsent")

    def __init__(self, line: "DelayLine[_Piece]", source: socket.socket, target: socket.socket) -> None:
        self.line, self.source, self.target = line, source, target
        self.unsent: deque[memoryview | str] = deque()
        self.held = self.mask = 0
        self.started = self.ended = self.done = self.paused = False


class _Relayed:
    """One connection: both directions, and the server's end that it is to reach. It is ``connecting`` to that, or was."""

    __slots__ = ("closed", "connecting", "down", "end", "up")

    def __init__(self, up: _Side, down: _Side, end: tuple[str, int]) -> None:
        self.up, self.down, self.end = up, down, end
        self.connecting = self.closed = False


_Piece = tuple[_Relayed, _Side, memoryview | str]


class StreamLink:
    """Relays connections to the server's ends."""

    def __init__(self, network: Network, *, seed: int) -> None:
        now_ns = time.perf_counter_ns()
        self._up = DelayLine[_Piece](network, seed=2 * seed, epoch_ns=now_ns)
        self._down = DelayLine[_Piece](network, seed=2 * seed + 1, epoch_ns=now_ns)
        self._rtt_ns = int(network.rtt_ms * 1e6)
        self._selector = selectors.DefaultSelector()
        self._waiting_on: int = self._selector.fileno()  # of epoll, kqueue and /dev/poll
        self._unread: deque[tuple[int, _Relayed]] = deque()  # connecting still, as on a network
        self._paused: list[tuple[_Relayed, _Side]] = []
        self._late = Lateness()
        self._open: set[_Relayed] = set()
        self._started_ns, self._started_cpu_ns = now_ns, time.process_time_ns()
        self._bytes = self._connections = self._refused = 0
        _raise_file_limit()

    def serve(self, ends: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Listen beside each of the server's ends, on the same address."""
        found: list[tuple[str, int]] = []
        port = 0
        for host, its_port in ends:
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                # One port for all where they differ by address: an origin is told by either.
                listening.bind((host, port if len({each for _, each in ends}) == 1 else 0))
                listening.listen(_BACKLOG)
            except OSError as error:
                raise OriginError(f"the link cannot listen on {host}: {error.strerror}") from None
            listening.setblocking(False)
            self._selector.register(listening, selectors.EVENT_READ, (host, its_port))
            port = listening.getsockname()[1]
            found.append((host, port))
        return found

    def turn(self, commands: int) -> bool:
        """Carry what is due, wait for more, take it in; whether there is something to read from ``commands``."""
        self._pass_on()
        due = [at for line in (self._up, self._down) if (at := line.next_ns()) is not None]
        due += [self._unread[0][0]] if self._unread else []
        timeout = max(0, min(due) - time.perf_counter_ns()) / 1e9 if due else None
        # A selector's own timeout counts whole milliseconds; that of select does not.
        readable, _, _ = select.select((self._waiting_on, commands), (), (), timeout)
        for key, mask in self._selector.select(0):
            if not isinstance(key.data[0], _Relayed):
                self._accept(key.fileobj, key.data)  # type: ignore[arg-type]
                continue
            relayed, side = key.data
            if mask & selectors.EVENT_WRITE and not relayed.closed:
                self._writable(relayed, side)
            if mask & selectors.EVENT_READ and not relayed.closed:
                self._read(relayed, side)
        return commands in readable

    def account(self) -> LinkAccount:
        """What was carried so far."""
        mean, p99, most = self._late.microseconds()
        return LinkAccount(
            self._late.count, self._bytes, 0, self._connections, self._refused, mean, p99, most,
            time.process_time_ns() - self._started_cpu_ns, time.perf_counter_ns() - self._started_ns,
        )  # fmt: skip

    # -- connections ---------------------------------------------------------------------------------------------

    def _accept(self, listening: socket.socket, end: tuple[str, int]) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                client, address = listening.accept()
            except OSError:  # none left, gone again, or out of files: the next turn tries again
                return
            now_ns = time.perf_counter_ns()
            if len(self._open) >= MOST_CONNECTIONS:
                self._refused += 1
                _reset(client)
                continue
            self._connections += 1
            server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            for sock in (client, server):
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(OSError):
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                server.bind((_FROM, address[1]))
            relayed = _Relayed(_Side(self._up, client, server), _Side(self._down, server, client), end)
            self._open.add(relayed)
            self._send_through(relayed, relayed.up, _OPEN, 0)
            self._unread.append((now_ns + self._rtt_ns, relayed))

    def _close(self, relayed: _Relayed, *, broken: bool = False) -> None:
        relayed.closed = True
        self._open.discard(relayed)
        for side in (relayed.up, relayed.down):
            if side.mask:
                self._selector.unregister(side.source)
            if broken:
                _reset(side.source)
            side.source.close()

    def _break(self, relayed: _Relayed, side: _Side) -> None:
        """The side's source is gone, without an end: so will the target be, when it hears of it."""
        if not side.ended:
            side.ended = True
            self._watch(relayed)
            self._send_through(relayed, side, _BROKEN, 0)

    def _watch(self, relayed: _Relayed) -> None:
        """Tell the selector what both sockets are to be waited for."""
        for side, other in ((relayed.up, relayed.down), (relayed.down, relayed.up)):
            mask = selectors.EVENT_READ if side.started and not (side.ended or side.paused) else 0
            if (side.started and other.unsent) or (relayed.connecting and side is relayed.down):
                mask |= selectors.EVENT_WRITE
            if mask == side.mask:
                continue
            if not side.mask:
                self._selector.register(side.source, mask, (relayed, side))
            elif mask:
                self._selector.modify(side.source, mask, (relayed, side))
            else:
                self._selector.unregister(side.source)
            side.mask = mask

    # -- into the line -------------------------------------------------------------------------------------------

    def _read(self, relayed: _Relayed, side: _Side) -> None:
        if side.held >= _WINDOW_BYTES or not side.line.room(_READ_BYTES, time.perf_counter_ns()):
            side.paused = True
            self._paused.append((relayed, side))
            self._watch(relayed)
            return
        try:
            data = side.source.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._break(relayed, side)
            return
        if data:
            side.held += len(data)
            self._send_through(relayed, side, memoryview(data), len(data))
        else:
            side.ended = True
            self._watch(relayed)
            self._send_through(relayed, side, _END, 0)

    def _send_through(self, relayed: _Relayed, side: _Side, what: memoryview | str, size: int) -> None:
        side.line.enter((relayed, side, what), size, time.perf_counter_ns(), side)

    # -- out of the line -----------------------------------------------------------------------------------------

    def _pass_on(self) -> None:
        now_ns = time.perf_counter_ns()
        while self._unread and self._unread[0][0] <= now_ns:
            _, relayed = self._unread.popleft()
            relayed.up.started = True
            if not relayed.closed:
                self._watch(relayed)
        for line in (self._up, self._down):
            while (ready := line.leave(now_ns)) is not None:
                due_ns, piece = ready
                relayed, side, what = piece
                if not relayed.closed:
                    self._deliver(relayed, side, what)
                now_ns = time.perf_counter_ns()
                self._late.add(now_ns - due_ns)
        paused, self._paused = self._paused, []
        for relayed, side in paused:
            if relayed.closed:
                continue
            side.paused = side.held >= _WINDOW_BYTES or not side.line.room(_READ_BYTES, now_ns)
            if side.paused:
                self._paused.append((relayed, side))
            else:
                self._watch(relayed)

    def _deliver(self, relayed: _Relayed, side: _Side, what: memoryview | str) -> None:
        if what is _BROKEN:
            self._close(relayed, broken=True)
        elif what is _OPEN:
            relayed.connecting = True
            if side.target.connect_ex(relayed.end) not in (0, *_UNDER_WAY):
                relayed.connecting = False
                self._break(relayed, relayed.down)
            self._watch(relayed)
        else:
            side.unsent.append(what)
            self._flush(relayed, side)

    def _writable(self, relayed: _Relayed, side: _Side) -> None:
        """The side's source takes bytes of the other direction; of the server's, the first time, that it is connected."""
        if relayed.connecting and side is relayed.down:
            relayed.connecting = False
            if side.source.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._break(relayed, side)
                return
            side.started = True
            self._watch(relayed)
        self._flush(relayed, relayed.down if side is relayed.up else relayed.up)

    def _flush(self, relayed: _Relayed, side: _Side) -> None:
        if side is relayed.up and not relayed.down.started:
            return  # not connected yet
        try:
            while side.unsent:
                what = side.unsent[0]
                if isinstance(what, str):
                    side.done = True
                    side.target.shutdown(socket.SHUT_WR)
                else:
                    sent = side.target.send(what)
                    side.held -= sent
                    self._bytes += sent
                    if sent < len(what):
                        side.unsent[0] = what[sent:]
                        continue
                side.unsent.popleft()
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:  # the target is gone: the source hears of it after the way back
            side.unsent.clear()
            self._break(relayed, relayed.down if side is relayed.up else relayed.up)
        if relayed.up.done and relayed.down.done:
            self._close(relayed)
        else:
            self._watch(relayed)


def _reset(sock: socket.socket) -> None:
    """Close so that the other side sees a reset."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    sock.close()


def _raise_file_limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
