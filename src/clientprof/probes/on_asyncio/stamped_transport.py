"""A socket transport that stamps writes and reads, and knows whose request went out last.

``send`` and ``read`` belong here and not in the task: a task hears of them only when the loop gets round to it.
"""

import inspect
from asyncio import selector_events
from time import perf_counter_ns
from typing import Any

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.written_sizes import size_of
from clientprof.recording.recorder import Recorder

# Whether it is there, and as we know it, is held against the table of seams before a stamped one is made.
AsyncioTransport: Any = getattr(selector_events, "_SelectorSocketTransport", object)
# Since Python 3.12 asyncio's transport gathers lines in one system call; before, it joined them.
_OWN_WRITELINES = "writelines" in vars(AsyncioTransport)
_PARAMETERS = list(inspect.signature(AsyncioTransport.__init__).parameters)[1:]
_SERVER = _PARAMETERS.index("server") if "server" in _PARAMETERS else len(_PARAMETERS)


def is_accepted(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
    """Whether what asyncio passes to its transport's class is of a connection that a server accepted."""
    return (arguments[_SERVER] if len(arguments) > _SERVER else keywords.get("server")) is not None


class TransportColumns:
    """The columns that a loop's transports write to, shared by all of them.

    asyncio's transport has about twenty attributes, and objects of more than thirty lose the compact layout that makes each
    look-up of an attribute cheap: so what is the same for all transports is kept here, once.
    """

    __slots__ = (
        "closed_at", "closed_connection", "failures", "read_at", "read_connection", "read_exchange", "recorder",
        "step_owner", "step_started", "write_bytes", "write_connection", "write_ended", "write_exchange", "write_started",
    )  # fmt: skip

    def __init__(self, recorder: Recorder, failures: Failures) -> None:
        self.recorder = recorder
        self.failures = failures
        self.write_started = recorder.column("write.started_ns").append
        self.write_ended = recorder.column("write.ended_ns").append
        self.write_exchange = recorder.column("write.exchange").append
        self.write_connection = recorder.column("write.connection").append
        self.write_bytes = recorder.column("write.bytes").append
        self.read_at = recorder.column("read.at_ns").append
        self.read_exchange = recorder.column("read.exchange").append
        self.read_connection = recorder.column("read.connection").append
        self.closed_at = recorder.column("closing.at_ns").append
        self.closed_connection = recorder.column("closing.connection").append
        self.step_started = recorder.column("step.started_ns")
        self.step_owner = recorder.column("step.owner")

    def opened(self, exchange: int) -> None:
        try:
            self.recorder.column("connection.opened_ns").append(perf_counter_ns())
            self.recorder.column("connection.exchange").append(exchange)
        except Exception as error:
            self.remove(error)

    def remove(self, error: Exception) -> None:
        """No transport of this loop is stamped any more; its next one is not either."""
        self.write_started = self.write_ended = self.write_exchange = self.write_connection = ignore
        self.write_bytes = ignore
        self.read_at = self.read_exchange = self.read_connection = ignore
        self.closed_at = self.closed_connection = ignore
        self.failures.remove("stamps of transports", error)
        for group in ("connection", "write", "read", "closing"):
            self.recorder.level(group)


class TransportStamps(AsyncioTransport):  # type: ignore[misc]
    """What is stamped of asyncio's socket transport; ``exchange`` is the exchange of the last write, -1 before the first.

    What the overrides are called with goes on to asyncio's own methods, whatever it is. They are called by name: ``super()``
    makes an object at each call. Without slots of its own, so that a transport that exists can be made one of these.
    """

    connection: int
    exchange: int
    _columns: TransportColumns
    _step_started: list[int]
    _step_owner: list[int]

    def _stamp_from_start(self, connection: int, columns: TransportColumns) -> None:
        """It is stamped from its beginning."""
        self.connection = connection
        self._stamp_into(columns)
        self.exchange = EXCHANGE.get(-1)
        columns.opened(self.exchange)

    def _stamp_into(self, columns: TransportColumns) -> None:
        self._columns = columns
        self._step_started = columns.step_started
        self._step_owner = columns.step_owner

    def write(self, *args: Any, **kwargs: Any) -> Any:
        started_ns = perf_counter_ns()
        result = AsyncioTransport.write(self, *args, **kwargs)
        self._stamp_written(started_ns, *args)
        return result

    def writelines(self, *args: Any, **kwargs: Any) -> Any:
        if not _OWN_WRITELINES:
            return super().writelines(*args, **kwargs)  # joins and calls write
        started_ns = perf_counter_ns()
        result = AsyncioTransport.writelines(self, *args, **kwargs)
        self._stamp_written(started_ns, *args)
        return result

    def _stamp_written(self, started_ns: int, *given: Any) -> None:
        # Code that runs for nobody (a driver closing its client, say) leaves the last requester in place.
        self.exchange = exchange = EXCHANGE.get(self.exchange)
        columns = self._columns
        try:
            columns.write_ended(perf_counter_ns())
            columns.write_started(started_ns)
            columns.write_exchange(exchange)
            columns.write_connection(self.connection)
            columns.write_bytes(size_of(given[0]) if given else -1)
        except Exception as error:
            columns.remove(error)

    def _read_ready(self, *args: Any, **kwargs: Any) -> Any:
        exchange, columns = self.exchange, self._columns
        try:
            columns.read_at(self._step_started[-1])
            columns.read_exchange(exchange)
            columns.read_connection(self.connection)
            if exchange >= 0:
                self._step_owner[-1] = exchange
        except Exception as error:
            columns.remove(error)
        return AsyncioTransport._read_ready(self, *args, **kwargs)

    def _call_connection_lost(self, *args: Any, **kwargs: Any) -> Any:
        columns = self._columns
        try:
            columns.closed_at(perf_counter_ns())
            columns.closed_connection(self.connection)
        except Exception as error:
            columns.remove(error)
        return AsyncioTransport._call_connection_lost(self, *args, **kwargs)


class StampedTransport(TransportStamps):
    """A transport that is stamped from its beginning."""

    __slots__ = ("_columns", "_step_owner", "_step_started", "connection", "exchange")

    def __init__(self, connection: int, columns: TransportColumns, *args: Any, **kwargs: Any) -> None:
        self._stamp_from_start(connection, columns)
        super().__init__(*args, **kwargs)
