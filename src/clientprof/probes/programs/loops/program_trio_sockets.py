"""Connections of a program on trio: connects, writes, reads and closes, as rows of the lane of the run that they are in.

A connection is counted where it is opened: by a socket's ``connect``. So one that a server of the program accepted is none.
Writes and reads are stamped while detail is on, all else always. Which side ended a connection is what the kernel knows of
it when the program closes it, where the kernel says (Linux: ``POLLRDHUP``).
"""

import functools
import select
import socket
from time import perf_counter_ns
from typing import Any
from weakref import WeakKeyDictionary

from clientprof.model.phases import Mark
from clientprof.model.programs.lane import EndedBy
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.observation_points import find
from clientprof.probes.on_trio.trio_transfers import SOCKET, wrap_transfers
from clientprof.probes.patches import Patches
from clientprof.probes.programs.lanes import Lane
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.programs.quiet_wrappers import unseen

_NAME = "connections on trio"
_ENDED = getattr(select, "POLLRDHUP", 0)


class _Connection:
    """One connection: its lane, its number there and the rows that are written of it."""

    __slots__ = ("_columns", "lane", "number")

    def __init__(self, lane: Lane) -> None:
        lane.connections += 1
        self.lane = lane
        self.number = lane.connections
        self._columns: dict[str, tuple[Any, ...]] = {}

    def row(self, group: str, **values: int) -> None:
        appends = self._columns.get(group)
        if appends is None:
            column = self.lane.recorder.column
            appends = self._columns[group] = tuple(column(f"{group}.{name}").append for name in values)
        for append, value in zip(appends, values.values(), strict=True):
            append(value)


class TrioSockets:
    """``install`` wraps trio's sockets, which must fit the table of seams."""

    def __init__(self, setting: LoopSetting) -> None:
        self._setting = setting
        self._detailed = setting.exchanges.detailed
        self._connections: WeakKeyDictionary[Any, _Connection] = WeakKeyDictionary()

    def install(self, patches: Patches) -> None:
        for name, wrap in (("connect", self._connecting), ("close", self._closing)):
            seam = find(f"{SOCKET}.{name}")
            assert seam is not None
            patches.set(seam.owner, seam.name, functools.update_wrapper(wrap(seam.function), seam.function))
        self._setting.windowed.add(*wrap_transfers(patches, self._sending, self._receiving))

    def _connecting(self, function: Any) -> Any:
        async def connect(this: Any, *args: Any, **kwargs: Any) -> Any:
            opened = self._setting.exchanges.live.get(EXCHANGE.get(-1))
            began_ns = perf_counter_ns()
            try:
                result = await function(this, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                if opened is not None and opened.window:
                    opened.lane.mark(opened.number, int(Mark.TCP_START), began_ns)
                    opened.lane.mark(opened.number, int(Mark.TCP_END), perf_counter_ns())
            self._opened(this)
            return result

        return connect

    def _opened(self, this: Any) -> None:
        try:
            exchanges = self._setting.exchanges
            if this.type != socket.SOCK_STREAM or exchanges.running_loop() is not None or not exchanges.book.recording:
                return
            lane = exchanges.lane()
            self._connections[this] = connection = _Connection(lane)
            connection.row("connection", opened_ns=perf_counter_ns(), exchange=EXCHANGE.get(-1))
            self._setting.stamps.opened += 1
        except Exception as error:
            self._setting.failures.remove(_NAME, error)

    def _closing(self, function: Any) -> Any:
        def close(this: Any, *args: Any, **kwargs: Any) -> Any:
            connection = self._connections.pop(this, None)
            if connection is not None:
                try:
                    by = _ended_by(this.fileno())
                    connection.row("closing", at_ns=perf_counter_ns(), connection=connection.number, by=by)
                    self._setting.stamps.closings += 1
                except Exception as error:
                    self._setting.failures.remove(_NAME, error)
            try:
                return function(this, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise

        return close

    def _sending(self, this: Any, function: Any) -> Any:
        connection = self._connections.get(this)
        if connection is None or not connection.lane.window:
            return function

        def send(*args: Any, **kwargs: Any) -> Any:
            started_ns = perf_counter_ns()
            try:
                sent = function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            connection.row(
                "write", started_ns=started_ns, ended_ns=perf_counter_ns(), exchange=EXCHANGE.get(-1),
                connection=connection.number, bytes=sent,
            )  # fmt: skip
            return sent

        return send

    def _receiving(self, this: Any, function: Any) -> Any:
        connection = self._connections.get(this)
        if connection is None or not connection.lane.window:
            return function
        steps = connection.lane.recorder.column("step.started_ns")

        def receive(*args: Any, **kwargs: Any) -> Any:
            try:
                data = function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            # With the step in which the data was taken.
            at_ns = steps[-1] if steps else perf_counter_ns()
            connection.row("read", at_ns=at_ns, exchange=EXCHANGE.get(-1), connection=connection.number)
            return data

        return receive


def _ended_by(descriptor: int) -> EndedBy:
    """Who ended the connection that the program is about to close."""
    if not _ENDED or descriptor < 0:
        return EndedBy.UNKNOWN
    poll = select.poll()
    poll.register(descriptor, _ENDED)
    return EndedBy.SERVER if poll.poll(0) else EndedBy.PROGRAM
