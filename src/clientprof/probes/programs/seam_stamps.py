"""Stamps inside the clients of a program: the pool's door, headers, release, calls that block, look-ups, TLS.

Each stamp belongs to the exchange whose number the context carries, and goes to that exchange's lane; outside of
exchanges nothing is stamped. All wrappers are unseen in tracebacks.
"""

import functools
import itertools
import sys
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.model.host_names import is_name
from clientprof.model.phases import Mark
from clientprof.model.run import Blocking, HandshakeStep
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import MarkSpec, WaitSpec, find
from clientprof.probes.patches import Patches
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.loops.windowed_patches import WindowedPatches
from clientprof.probes.programs.quiet_wrappers import around, unseen
from clientprof.probes.seam_table import Instrument, fits

LARGE_WRITE_BYTES = 16 * 1024
Function = Callable[..., Any]


class SeamStamps:
    """Installs stamps one module after the other, as the program imports them."""

    def __init__(self, exchanges: Exchanges, patches: Patches, failures: Failures) -> None:
        self._exchanges = exchanges
        self._live = exchanges.live
        self._detailed = exchanges.detailed
        self._patches = patches
        self._failures = failures
        self._sockets: dict[int, int] = {}
        self._numbers = itertools.count(1)
        self._sockets_called = False
        self.handshakes = self.lookups = self.opened = self.closings = 0
        # Sockets of trio that fit no table are used: what they open is not counted.
        self.unseen_sockets = False

    def forget(self) -> None:
        """This is another process."""
        self.handshakes = self.lookups = self.opened = self.closings = 0

    def marks(
        self, spec: MarkSpec, look: Callable[[Any, Any], None] | None = None, windowed: WindowedPatches | None = None
    ) -> bool:
        """Stamp a client's function, only in windows if ``windowed``; False where the installed version has none. ``look``
        sees its arguments."""
        seam = find(spec.target, loaded=spec.optional)
        if seam is None:
            return False
        fault = spec.fault(seam.function)
        if fault is not None:
            self._failures.leave_out(f"marks of {spec.target}", fault)
            return True
        enter = None if spec.enter is None else self._stamping(int(spec.enter))
        leave = None if spec.leave is None else self._stamping(int(spec.leave))
        before = vars(seam.owner).get(seam.name)
        if not seam.replace(around(seam.function, enter, leave, look), self._patches):
            self._failures.leave_out(f"marks of {spec.target}", "cannot be replaced")
        elif windowed is not None and before is not None:
            windowed.add(seam.owner, seam.name, before)
        return True

    def wait(self, spec: WaitSpec) -> bool:
        """A call in which a thread waits for another one."""
        seam = find(spec.target)
        if seam is None:
            return False
        wrapper = self._spanning(seam.function, spec.kind, 0)
        if not seam.replace(wrapper, self._patches):
            self._failures.leave_out(f"waits in {spec.target}", "cannot be replaced")
        return True

    def _stamping(self, mark: int) -> Callable[[], None]:
        detailed, live, failures = self._detailed, self._live, self._failures
        # What is asked of holds and timeouts: known of every exchange, in a window or not.
        known = {int(Mark.POOL_ENQUEUE): "enqueued_ns", int(Mark.POOL_ACQUIRED): "acquired_ns"}.get(mark)

        def stamp() -> None:
            if known is not None:
                opened = live.get(EXCHANGE.get(-1))
            elif detailed:
                opened = detailed.get(EXCHANGE.get(-1))
            else:
                return
            if opened is None:
                return
            try:
                if known is not None:
                    setattr(opened, known, perf_counter_ns())
                    if not opened.window:
                        return
                lane = opened.lane
                if lane.with_cpu:
                    lane.marks.add((perf_counter_ns(), opened.number, mark, thread_time_ns()))
                else:
                    lane.marks.add((perf_counter_ns(), opened.number, mark))
            except Exception as error:
                failures.remove("marks of clients", error)

        return stamp

    def _spanning(
        self,
        function: Function,
        kind: int,
        connection: int | Callable[[Any], int | None],
        enter: int = 0,
        leave: int = 0,
    ) -> Function:
        """The function as a span of its kind, with marks at its ends, where a detailed exchange makes the call; none where
        ``connection`` says afterwards that there was none to call it on."""
        detailed, failures = self._detailed, self._failures

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            opened = detailed.get(EXCHANGE.get(-1))
            if opened is None:
                try:
                    return function(*args, **kwargs)
                except BaseException as error:
                    unseen(error)
                    raise
            lane, what = opened.lane, kind
            cpu_ns, at_ns = thread_time_ns(), perf_counter_ns()
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                ended_cpu_ns, ended_ns = thread_time_ns(), perf_counter_ns()
                try:
                    number = connection if isinstance(connection, int) else connection(args[0])
                    if kind == Blocking.WRITE and len(args) > 1 and _length(args[1]) > LARGE_WRITE_BYTES:
                        what = int(Blocking.LARGE_WRITE)
                    if number is not None:
                        lane.spans.add((at_ns, ended_ns, cpu_ns, ended_cpu_ns, opened.number, what, number))
                    if enter:
                        lane.mark(opened.number, enter, at_ns, cpu_ns)
                        lane.mark(opened.number, leave, ended_ns, ended_cpu_ns)
                except Exception as error:
                    failures.remove("spans of threads", error)

        return called

    # Modules of the standard library, as they are imported.

    def on_socket(self) -> None:
        """Connects, look-ups, reads of files on sockets, and closes."""
        import socket

        if not fits(Instrument.PROGRAM_SOCKETS, self._failures):
            return
        kind: Any = socket.socket
        self._patches.set(kind, "connect", self._connecting(kind.connect))
        self._patches.set(kind, "_real_close", self._closing(kind._real_close))
        reader: Any = socket.SocketIO
        number = self._number_of_file
        self._patches.set(reader, "readinto", self._spanning(reader.readinto, Blocking.READ, number))
        self._patches.set_everywhere(socket, "getaddrinfo", self._looking_up(socket.getaddrinfo))

    def on_http_client(self) -> None:
        """What http.client writes."""
        if not fits(Instrument.HTTP_CLIENT, self._failures):
            return
        # Its package has no attribute of that name before the import is over.
        kind: Any = sys.modules["http.client"].HTTPConnection
        wrapper = self._spanning(kind.send, Blocking.WRITE, self._number_of_sending)
        self._patches.set(kind, "send", wrapper)

    def on_urllib3_future(self) -> None:
        """What urllib3-future reads and writes: it calls its sockets itself, over TLS too."""
        import socket
        import ssl

        if self._sockets_called or not fits(Instrument.THREADS, self._failures):
            return
        self._sockets_called = True
        kinds: tuple[Any, ...] = (socket.socket, ssl.SSLSocket)
        for kind in kinds:
            for name, what in (("recv", Blocking.READ), ("sendall", Blocking.WRITE)):
                self._patches.set(kind, name, self._where_it_blocks(getattr(kind, name), what))

    def _where_it_blocks(self, function: Function, kind: int) -> Function:
        """A socket's function as a span. An event loop's sockets do not block, and its transports stamp themselves."""
        inner, detailed = self._spanning(function, kind, self._number_of), self._detailed

        @functools.wraps(function)
        def called(sock: Any, *args: Any, **kwargs: Any) -> Any:
            blocks = EXCHANGE.get(-1) in detailed and sock.gettimeout() != 0
            try:
                return inner(sock, *args, **kwargs) if blocks else function(sock, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise

        return called

    def on_httpcore(self, module: str) -> None:
        """Reads, writes and TLS of httpcore's blocking streams."""
        for name, kind in (("read", Blocking.READ), ("write", Blocking.WRITE)):
            seam = find(f"{module}:SyncStream.{name}")
            if seam is not None:
                wrapper = self._spanning(seam.function, kind, lambda stream: self._number_of(stream._sock))
                self._patches.set(seam.owner, seam.name, wrapper)

    def on_ssl(self) -> None:
        """Handshakes, of event loops and of threads."""
        import ssl

        if not fits(Instrument.PROGRAM_TLS, self._failures):
            return
        self._patches.set(ssl.SSLObject, "do_handshake", self._handshaking(ssl.SSLObject.do_handshake, marks=False))
        self._patches.set(ssl.SSLSocket, "do_handshake", self._handshaking(ssl.SSLSocket.do_handshake, marks=True))

    def _handshaking(self, function: Function, *, marks: bool) -> Function:
        detailed = self._detailed
        inner = self._spanning(function, Blocking.TLS, 0, Mark.TLS_START, Mark.TLS_END) if marks else function

        @functools.wraps(function)
        def do_handshake(engine: Any, *args: Any, **kwargs: Any) -> Any:
            at_ns = perf_counter_ns()
            done = int(HandshakeStep.FAILED)
            try:
                result = inner(engine, *args, **kwargs)
                done = int(HandshakeStep.RESUMED if engine.session_reused else HandshakeStep.DONE)
                return result
            except BaseException as error:
                unseen(error)
                if type(error).__name__ in ("SSLWantReadError", "SSLWantWriteError"):
                    done = int(HandshakeStep.UNDER_WAY)
                raise
            finally:
                opened = detailed.get(EXCHANGE.get(-1))
                if done in (HandshakeStep.DONE, HandshakeStep.RESUMED):
                    self.handshakes += 1
                if opened is not None:
                    opened.lane.handshakes.add((at_ns, perf_counter_ns(), opened.number, done))

        return do_handshake

    def _looking_up(self, function: Function) -> Function:
        import socket

        inner = self._spanning(function, Blocking.DNS, 0, Mark.DNS_START, Mark.DNS_END)
        # Whoever passes it (trio does, first) wants nobody to be asked.
        numeric = int(socket.AI_NUMERICHOST)

        @functools.wraps(function)
        def getaddrinfo(*args: Any, **kwargs: Any) -> Any:
            flags = args[5] if len(args) > 5 else kwargs.get("flags", 0)
            asks = not (isinstance(flags, int) and flags & numeric)
            at_ns = perf_counter_ns()
            try:
                return inner(*args, **kwargs) if asks else function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                if asks:
                    self.looked_up(at_ns, args[0] if args else kwargs.get("host"))

        return getaddrinfo

    def looked_up(self, at_ns: int, host: Any) -> None:
        """A name was looked up by the running exchange, from ``at_ns`` on. An address is none: uvloop asks for those too."""
        opened = self._live.get(EXCHANGE.get(-1))
        if opened is None:
            return
        try:
            if not is_name(host):
                return
            self.lookups += 1
            opened.lookups += 1
            name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
            number = self._exchanges.names.number("host", (name.lower(),))
            opened.lane.lookups.add((at_ns, perf_counter_ns(), opened.number, number))
        except Exception as error:
            self._failures.remove("name look-ups", error)

    def _connecting(self, function: Function) -> Function:
        inner = self._spanning(function, Blocking.CONNECT, 0, Mark.TCP_START, Mark.TCP_END)

        @functools.wraps(function)
        def connect(sock: Any, *args: Any, **kwargs: Any) -> Any:
            opened = self._live.get(EXCHANGE.get(-1))
            try:
                if opened is None or sock.gettimeout() == 0:
                    return function(sock, *args, **kwargs)  # not blocking: the loop's own connects stamp themselves
                result = inner(sock, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            number = next(self._numbers)
            self._sockets[sock.fileno()] = number
            self.opened += 1
            opened.lane.sockets.add((number, perf_counter_ns(), opened.number))
            return result

        return connect

    def _closing(self, function: Function) -> Function:
        @functools.wraps(function)
        def _real_close(sock: Any, *args: Any, **kwargs: Any) -> Any:
            number = self._sockets.pop(sock.fileno(), 0) if self._sockets else 0
            if number:
                self.closings += 1
                self._exchanges.book.threads.closed_sockets.add((perf_counter_ns(), number))
            try:
                return function(sock, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise

        return _real_close

    def _number_of(self, sock: Any) -> int:
        return self._sockets.get(sock.fileno(), 0) if sock is not None else 0

    def _number_of_sending(self, connection: Any) -> int | None:
        # It connects first where it has to, and where that failed it has sent nothing.
        return None if connection.sock is None else self._number_of(connection.sock)

    def _number_of_file(self, file: Any) -> int:
        return self._sockets.get(file.fileno(), 0)


def _length(data: Any) -> int:
    try:
        return len(data)
    except TypeError:
        return 0
