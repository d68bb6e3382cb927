"""A socket transport that stamps writes and reads, and knows whose request went out last.

``send`` and ``read`` belong here and not in the task: a task hears of them only when the loop gets round to it.
"""

from asyncio import selector_events
from time import perf_counter_ns
from typing import Any

from clientprof.probes.exchange import EXCHANGE
from clientprof.recording.recorder import Recorder


class StampedTransport(selector_events._SelectorSocketTransport):  # type: ignore[misc,name-defined]
    """asyncio's own socket transport; ``exchange`` is the exchange of the last write, -1 before the first."""

    def __init__(self, connection: int, recorder: Recorder, *args: Any, **kwargs: Any) -> None:
        self.connection = connection
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
        recorder.column("connection.opened_ns").append(perf_counter_ns())
        recorder.column("connection.exchange").append(self.exchange)
        super().__init__(*args, **kwargs)

    def write(self, data: Any) -> None:
        started_ns = perf_counter_ns()
        super().write(data)
        self._write_ended(perf_counter_ns())
        self._write_started(started_ns)
        # Code that runs for nobody (a driver closing its client, say) leaves the last requester in place.
        self.exchange = exchange = EXCHANGE.get(self.exchange)
        self._write_exchange(exchange)
        self._write_connection(self.connection)

    def writelines(self, list_of_data: Any) -> None:
        # Joined, as every asyncio before 3.12 does, so that one write is one stamp in all versions.
        self.write(b"".join(list_of_data))

    def _read_ready(self) -> None:
        exchange = self.exchange
        self._read_at(self._step_started[-1])
        self._read_exchange(exchange)
        self._read_connection(self.connection)
        if exchange >= 0:
            self._step_owner[-1] = exchange
        super()._read_ready()

    def _call_connection_lost(self, exc: Any) -> None:
        self._closed_at(perf_counter_ns())
        self._closed_connection(self.connection)
        super()._call_connection_lost(exc)
