"""A socket transport that stamps writes and reads, and knows whose request went out last.

``send`` and ``read`` belong here and not in the task: a task hears of them only when the loop gets round to it.
"""

import inspect
from asyncio import selector_events
from time import perf_counter_ns
from typing import Any

from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
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


class StampedTransport(AsyncioTransport):  # type: ignore[misc]
    """asyncio's own socket transport; ``exchange`` is the exchange of the last write, -1 before the first.

    What its overrides are called with goes on to asyncio's own methods, whatever it is.
    """

    def __init__(self, connection: int, recorder: Recorder, failures: Failures, *args: Any, **kwargs: Any) -> None:
        self.connection = connection
        self._recorder = recorder
        self._failures = failures
        self.exchange = EXCHANGE.get(-1)
        self._write_started = recorder.column("write.started_ns").append
        self._write_ended = recorder.column("write.ended_ns").append
        self._write_exchange = recorder.column("write.exchange").append
        self._write_connection = recorder.column("write.connection").append
        self._read_at = recorder.column("read.at_ns").append
        self._read_exchange = recorder.column("read.exchange").append
        self._read_connection = recorder.column("read.connection").append
        self._step_started = recorder.column("step.started_ns")
        self._step_owner = recorder.column("step.owner")
        self._closed_at = recorder.column("closing.at_ns").append
        self._closed_connection = recorder.column("closing.connection").append
        try:
            recorder.column("connection.opened_ns").append(perf_counter_ns())
            recorder.column("connection.exchange").append(self.exchange)
        except Exception as error:
            self._remove(error)
        super().__init__(*args, **kwargs)

    def _remove(self, error: Exception) -> None:
        self._write_started = self._write_ended = self._write_exchange = self._write_connection = ignore
        self._read_at = self._read_exchange = self._read_connection = ignore
        self._closed_at = self._closed_connection = ignore
        self._failures.remove("stamps of transports", error)
        for group in ("connection", "write", "read", "closing"):
            self._recorder.level(group)

    def write(self, *args: Any, **kwargs: Any) -> Any:
        started_ns = perf_counter_ns()
        result = super().write(*args, **kwargs)
        self._stamp_written(started_ns)
        return result

    def writelines(self, *args: Any, **kwargs: Any) -> Any:
        if not _OWN_WRITELINES:
            return super().writelines(*args, **kwargs)  # joins and calls write
        started_ns = perf_counter_ns()
        result = super().writelines(*args, **kwargs)
        self._stamp_written(started_ns)
        return result

    def _stamp_written(self, started_ns: int) -> None:
        # Code that runs for nobody (a driver closing its client, say) leaves the last requester in place.
        self.exchange = exchange = EXCHANGE.get(self.exchange)
        try:
            self._write_ended(perf_counter_ns())
            self._write_started(started_ns)
            self._write_exchange(exchange)
            self._write_connection(self.connection)
        except Exception as error:
            self._remove(error)

    def _read_ready(self, *args: Any, **kwargs: Any) -> Any:
        exchange = self.exchange
        try:
            self._read_at(self._step_started[-1])
            self._read_exchange(exchange)
            self._read_connection(self.connection)
            if exchange >= 0:
                self._step_owner[-1] = exchange
        except Exception as error:
            self._remove(error)
        return super()._read_ready(*args, **kwargs)

    def _call_connection_lost(self, *args: Any, **kwargs: Any) -> Any:
        try:
            self._closed_at(perf_counter_ns())
            self._closed_connection(self.connection)
        except Exception as error:
            self._remove(error)
        return super()._call_connection_lost(*args, **kwargs)
