"""Each connection as both ends saw it: the client's number, and the row of the server's log that is the same connection.

What joins the two is the port of the client's end. Where a client does not tell which connection it gives out, it is time:
the server stamps each answer with when it had the request, and its log has those times of each connection. A connection
without an answer is joined to the row without one that was opened nearest in time.
"""

import itertools
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.model.close_reasons import reason_of
from clientprof.model.run import Run

Integers = npt.NDArray[np.int64]

_NEAR_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ServerSide:
    """What the server says of one connection; ``_ns`` are stamps, 0 for what did not happen, ``reason`` empty while open.

    The requests of a ``shared`` one (HTTP/2) are under way side by side: which answer was whose is not known from it.
    """

    number: int
    closed_ns: int
    reason: str
    requests: int
    answered: int
    last_received_ns: int
    shared: bool


class ConnectionLives:
    """The connections of one ledger run."""

    def __init__(self, run: Run, wanted: Collection[int]) -> None:
        """``wanted`` are connections to join by the time of their opening, where there is nothing else."""
        self._wanted = wanted
        self._written_on = integers(run, "write.connection")
        self._writer = integers(run, "write.exchange")
        self._opened = integers(run, "connection.opened_ns")
        connections, at = integers(run, "closing.connection"), integers(run, "closing.at_ns")
        self._closed = dict(zip(connections[::-1].tolist(), at[::-1].tolist(), strict=True))
        names = ("number", "closed_ns", "reason", "requests", "answered", "last_received_ns")
        rows = zip(*(integers(run, f"server.{name}").tolist() for name in names), strict=True)
        # Recordings of before HTTP/2 was in the log have no such column.
        shared = integers(run, "server.multiplexed").tolist() or itertools.repeat(0)
        self._rows = [
            ServerSide(number, closed, reason_of(reason), requests, answered, last, bool(several))
            for (number, closed, reason, requests, answered, last), several in zip(rows, shared, strict=False)
        ]
        self._answers = tuple(integers(run, f"answer.{name}") for name in ("connection", "received_ns", "written_ns"))
        self._row_of = self._join(run)

    def closed_by_client_ns(self, connection: int) -> int | None:
        """When the client's loop took the connection down, on whoever's word."""
        return self._closed.get(connection)

    def server(self, connection: int) -> ServerSide | None:
        """The other end, None where it is not known."""
        row = self._row_of.get(connection)
        return None if row is None else self._rows[row]

    def answered_ns(self, connection: int, since_ns: int) -> int | None:
        """When the server had answered the first request that it had on the connection from then on; None if it had not."""
        server = self.server(connection)
        if server is None or server.shared:
            return None
        number, received, written = self._answers
        chosen = written[(number == server.number) & (received >= since_ns)]
        return int(chosen.min()) if len(chosen) else None

    def served_before(self, connection: int, at_ns: int) -> int | None:
        """How many requests on the connection the server had got before and answered; None where its end is not known."""
        server = self.server(connection)
        if server is None or server.shared:
            return None
        number, received, _ = self._answers
        return int(((number == server.number) & (received < at_ns)).sum())

    def idle_ns(self, connection: int, closed_ns: int) -> int | None:
        """How long before then the last answer on the connection was written; None where it had none, or is shared."""
        server = self.server(connection)
        if server is None or server.shared:
            return None
        number, _, written = self._answers
        before = written[(number == server.number) & (written > 0) & (written <= closed_ns)]
        return closed_ns - int(before.max()) if len(before) else None

    def _join(self, run: Run) -> dict[int, int]:
        received = integers(run, "exchange.received_ns")
        row_of_number = {row.number: place for place, row in enumerate(self._rows)}
        connection_of, received_at, _ = self._answers
        by_time = {
            at: row_of_number[number]
            for number, at in zip(connection_of.tolist(), received_at.tolist(), strict=True)
            if number in row_of_number
        }
        inside = (self._writer >= 0) & (self._writer < len(received))
        writers, connections = self._writer[inside], self._written_on[inside]
        found = {
            connection: by_time[at]
            for connection, at in zip(connections.tolist(), received[writers].tolist(), strict=True)
            if at in by_time
        }
        self._join_by_port(run, found)
        self._join_unanswered(run, found)
        return found

    def _join_by_port(self, run: Run, found: dict[int, int]) -> None:
        """A port serves several connections, to other hosts or one after the other; the nearest in time is the same."""
        rows: dict[int, list[int]] = {}
        for place, port in enumerate(integers(run, "server.port").tolist()):
            rows.setdefault(port, []).append(place)
        opened = integers(run, "server.opened_ns")
        ports = zip(integers(run, "port.connection").tolist(), integers(run, "port.number").tolist(), strict=True)
        for connection, port in ports:
            if port in rows and 0 < connection <= len(self._opened):
                at = int(self._opened[connection - 1])
                found[connection] = min(rows[port], key=lambda row: abs(int(opened[row]) - at))

    def _join_unanswered(self, run: Run, found: dict[int, int]) -> None:
        opened = integers(run, "server.opened_ns")
        taken = set(found.values())
        rows = [
            row for row, at in enumerate(opened.tolist()) if at and row not in taken and not self._rows[row].answered
        ]
        for number, at in enumerate(self._opened.tolist(), 1):
            if number not in self._wanted or number in found or not rows:
                continue
            nearest = min(rows, key=lambda row: abs(int(opened[row]) - at))  # called at once
            if abs(int(opened[nearest]) - at) <= _NEAR_NS:
                found[number] = nearest
                rows.remove(nearest)


def integers(run: Run, name: str) -> Integers:
    """A column as an array."""
    return np.asarray(run.column(name), dtype=np.int64)
