"""Stamps of blocking clients: marks, and the calls in which a thread may block, with the thread's CPU clock at both ends.

Each row is written by one ``list.extend`` of a tuple of integers, which no other thread can split; the columns are made of
the rows when a round has ended. What a thread does is its exchange's, by a context variable.
"""

import functools
import itertools
import socket
import ssl
from collections.abc import Callable, Sequence
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.model.phases import Mark
from clientprof.model.run import Blocking, HandshakeStep
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import MarkSpec, WaitSpec, find
from clientprof.probes.patches import Patches
from clientprof.probes.seam_table import Instrument, fits
from clientprof.recording.recorder import Recorder

# The smallest send buffer that Linux gives a TCP socket to start with (the second value of tcp_wmem).
LARGE_WRITE_BYTES = 16 * 1024
_MARK = ("at_ns", "cpu_ns", "exchange", "kind")
_SPAN = ("started_ns", "ended_ns", "started_cpu_ns", "ended_cpu_ns", "exchange", "kind", "connection")
_WITH_PORTS = (socket.AF_INET, socket.AF_INET6)
_HANDSHAKE = ("started_ns", "ended_ns", "exchange", "done")

Function = Callable[..., Any]


def _columns(recorder: Recorder, group: str, names: Sequence[str], rows: list[int]) -> None:
    """Move complete rows into the group's columns."""
    for place, name in enumerate(names):
        recorder.column(f"{group}.{name}").extend(rows[place :: len(names)])
    rows.clear()


class ThreadStamps:
    """Patches the client's seams and the standard library's sockets, TLS and name lookup.

    ``settle()`` writes ``mark.*``, ``span.*``, ``handshake.*``, ``connection.*``, ``port.*``, and ``write.*`` and
    ``read.*`` from the spans.
    """

    def __init__(self, recorder: Recorder, patches: Patches, failures: Failures) -> None:
        self._recorder = recorder
        self._patches = patches
        self._failures = failures
        self._marks: list[int] = []
        self._spans: list[int] = []
        self._handshakes: list[int] = []
        self._opened: list[int] = []
        self._ports: list[int] = []
        self._connections: dict[int, int] = {}
        self._numbers = itertools.count(1)

    def install(self, marks: Sequence[MarkSpec], waits: Sequence[WaitSpec]) -> list[str]:
        """Patch everything; returns the targets that the installed version does not have."""
        missing: list[str] = []
        for mark in marks:
            seam = find(mark.target, loaded=mark.optional)
            if seam is None:
                if not mark.optional:
                    missing.append(mark.target)
                continue
            fault = mark.fault(seam.function)
            if fault is None and not seam.replace(self.marked(seam.function, mark.enter, mark.leave), self._patches):
                fault = "cannot be replaced"
            if fault is not None:
                self._failures.leave_out(f"marks of {mark.target}", fault)
        for wait in waits:
            seam = find(wait.target)
            if seam is None:
                if not wait.optional:
                    missing.append(wait.target)
                continue
            if not seam.replace(self.spanning(seam.function, wait.kind), self._patches):
                self._failures.leave_out(f"waits in {wait.target}", "cannot be replaced")
        if fits(Instrument.THREADS, self._failures):
            self._patch_standard_library()
        return missing

    def settle(self, *, keep: bool) -> None:
        """Move the rows into the recorder's columns; call it outside warm rounds.

        Without ``keep`` only the opened connections are kept: exchanges of warm-up rounds have no numbers of their own.
        """
        if not keep:
            for rows in (self._marks, self._spans, self._handshakes):
                rows.clear()
        try:
            self._write_and_read_rows()
            _columns(self._recorder, "mark", _MARK, self._marks)
            _columns(self._recorder, "span", _SPAN, self._spans)
            _columns(self._recorder, "handshake", _HANDSHAKE, self._handshakes)
            _columns(self._recorder, "connection", ("opened_ns", "exchange"), self._opened)
            _columns(self._recorder, "port", ("connection", "number"), self._ports)
        except Exception as error:
            self._failures.remove("stamps of threads", error)

    def _write_and_read_rows(self) -> None:
        width = len(_SPAN)
        started, ended = self._spans[0::width], self._spans[1::width]
        exchange, kind, connection = (self._spans[place::width] for place in (4, 5, 6))
        column = self._recorder.column
        for place, what in enumerate(kind):
            if what == Blocking.READ:
                column("read.at_ns").append(ended[place])
                column("read.exchange").append(exchange[place])
                column("read.connection").append(connection[place])
            elif what in (Blocking.WRITE, Blocking.LARGE_WRITE):
                column("write.started_ns").append(started[place])
                column("write.ended_ns").append(ended[place])
                column("write.exchange").append(exchange[place])
                column("write.connection").append(connection[place])

    def marked(self, function: Function, enter: Mark | None, leave: Mark | None) -> Function:
        """The function, stamping its marks."""
        stamp = self._stamp

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            if enter is not None:
                stamp(enter)
            try:
                return function(*args, **kwargs)
            finally:
                if leave is not None:
                    stamp(leave)

        return called

    def spanning(self, function: Function, kind: Blocking) -> Function:
        """The function, as one span of a kind, whatever it works on."""
        add = self._span

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            cpu_ns, at_ns = thread_time_ns(), perf_counter_ns()
            try:
                return function(*args, **kwargs)
            finally:
                add(kind, at_ns, cpu_ns, 0)

        return called

    def _stamp(self, mark: Mark) -> None:
        cpu_ns, at_ns = thread_time_ns(), perf_counter_ns()
        try:
            self._marks.extend((at_ns, cpu_ns, EXCHANGE.get(-1), mark))
        except Exception as error:
            self._failures.remove("marks of threads", error)

    def _span(self, kind: Blocking, at_ns: int, cpu_ns: int, connection: int) -> None:
        ended_cpu_ns, ended_ns = thread_time_ns(), perf_counter_ns()
        try:
            self._spans.extend((at_ns, ended_ns, cpu_ns, ended_cpu_ns, EXCHANGE.get(-1), kind, connection))
        except Exception as error:
            self._failures.remove("spans of threads", error)

    def _patch_standard_library(self) -> None:
        patches = self._patches
        for name, function in (("recv", socket.socket.recv), ("recv_into", socket.socket.recv_into)):
            patches.set(socket.socket, name, self._on_socket(function, Blocking.READ))
        for name in ("send", "sendall"):
            patches.set(socket.socket, name, self._writing(getattr(socket.socket, name)))
        patches.set(ssl.SSLSocket, "read", self._on_socket(ssl.SSLSocket.read, Blocking.READ))
        patches.set(ssl.SSLSocket, "send", self._writing(ssl.SSLSocket.send))
        patches.set(ssl.SSLSocket, "do_handshake", self._handshaking(ssl.SSLSocket.do_handshake))
        patches.set(socket.socket, "connect", self._connecting(socket.socket.connect))
        lookup = self.spanning(self.marked(socket.getaddrinfo, Mark.DNS_START, Mark.DNS_END), Blocking.DNS)
        patches.set_everywhere(socket, "getaddrinfo", lookup)

    def _on_socket(self, function: Function, kind: Blocking) -> Function:
        add, connections = self._span, self._connections

        @functools.wraps(function)
        def called(sock: Any, *args: Any, **kwargs: Any) -> Any:
            connection = connections.get(sock.fileno(), 0)
            cpu_ns, at_ns = thread_time_ns(), perf_counter_ns()
            try:
                return function(sock, *args, **kwargs)
            finally:
                add(kind, at_ns, cpu_ns, connection)

        return called

    def _writing(self, function: Function) -> Function:
        add, connections = self._span, self._connections

        @functools.wraps(function)
        def called(sock: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
            kind = Blocking.WRITE if len(data) <= LARGE_WRITE_BYTES else Blocking.LARGE_WRITE
            connection = connections.get(sock.fileno(), 0)
            cpu_ns, at_ns = thread_time_ns(), perf_counter_ns()
            try:
                return function(sock, data, *args, **kwargs)
            finally:
                add(kind, at_ns, cpu_ns, connection)

        return called

    def _connecting(self, function: Function) -> Function:
        connect = self.spanning(self.marked(function, Mark.TCP_START, Mark.TCP_END), Blocking.CONNECT)

        @functools.wraps(function)
        def called(sock: Any, *args: Any, **kwargs: Any) -> Any:
            result = connect(sock, *args, **kwargs)
            self._opened.extend((perf_counter_ns(), EXCHANGE.get(-1)))
            # Another thread may connect in between: then the two have each other's number, and nothing else is wrong.
            # The file descriptor stays the same when TLS wraps the socket; it is given away again only after a close.
            self._connections[sock.fileno()] = number = next(self._numbers)
            self._ports.extend((number, sock.getsockname()[1] if sock.family in _WITH_PORTS else 0))
            return result

        return called

    def _handshaking(self, function: Function) -> Function:
        handshake = self.spanning(self.marked(function, Mark.TLS_START, Mark.TLS_END), Blocking.TLS)

        @functools.wraps(function)
        def called(sock: Any, *args: Any, **kwargs: Any) -> Any:
            at_ns = perf_counter_ns()
            outcome = HandshakeStep.FAILED
            try:
                result = handshake(sock, *args, **kwargs)
                outcome = HandshakeStep.RESUMED if sock.session_reused else HandshakeStep.DONE
                return result
            finally:
                self._handshakes.extend((at_ns, perf_counter_ns(), EXCHANGE.get(-1), outcome))

        return called
