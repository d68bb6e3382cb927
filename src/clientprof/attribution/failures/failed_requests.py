"""What each failed request failed of, by the records of client and server together.

The order of the questions: was it a clock that ran out, and on what (the pool, the connect, the server, the loop)? If not,
which side closed the connection first? A clock ran out on the loop where the server had sent the answer at least a
millisecond before: the bytes were on this machine, and nobody had read them.
"""

from collections import Counter

import numpy as np

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.failures.connection_lives import ConnectionLives, ServerSide, integers
from clientprof.attribution.ledger.selects import selects
from clientprof.model.close_reasons import ANNOUNCED, CLIENT, ERROR
from clientprof.model.failures import Cause, FailedRequest
from clientprof.model.phases import Mark
from clientprof.model.run import UNFINISHED, Run

# From the server's write to this machine's socket, on loopback, and the spread of two processes' clocks.
_ON_ITS_WAY_NS = 1_000_000
_CLOCK_RAN_OUT = ("Timeout", "TimedOut", "TimeoutError")
_WRONG_ANSWERS = ("WrongStatus", "WrongBody")
_LAST_NS = 1_000_000_000
# Thousands fail alike; each takes some work.
MOST_EXPLAINED = 5_000


def failed_requests(run: Run) -> tuple[FailedRequest, ...]:
    """The failed requests of a ledger run in order, the first ``MOST_EXPLAINED``; what was broken off has not failed."""
    error = integers(run, "exchange.error")
    types = run.facts.error_types
    numbers = [n for n in np.flatnonzero(error > 0).tolist() if types[error[n] - 1] != UNFINISHED][:MOST_EXPLAINED]
    if not numbers:
        return ()
    seen = _Records(run, set(numbers))
    return tuple(seen.explain(number, types[error[number] - 1]) for number in numbers)


class _Records:
    """What a run recorded of some exchanges."""

    def __init__(self, run: Run, wanted: set[int]) -> None:
        self._run = run
        self._started, self._ended = integers(run, "exchange.started_ns"), integers(run, "exchange.ended_ns")
        self._given = self._last("given", "at_ns", wanted)
        self._writes = self._last("write", "ended_ns", wanted)
        # The server may have the request before the client's process runs again to see its write end.
        self._writes_began = self._last("write", "started_ns", wanted)
        self._reads = self._last("read", "at_ns", wanted)
        openers, times = integers(run, "connection.exchange").tolist(), integers(run, "connection.opened_ns").tolist()
        opened = zip(openers, times, strict=True)
        self._opened = {exchange: (at, number) for number, (exchange, at) in enumerate(opened, 1) if exchange in wanted}
        self._lives = ConnectionLives(run, {number for _, number in self._opened.values()})
        columns = [integers(run, f"mark.{name}") for name in ("exchange", "kind", "at_ns")]
        of_wanted = np.isin(columns[0], np.fromiter(wanted, dtype=np.int64))
        marks = zip(*(column[of_wanted].tolist() for column in columns), strict=True)
        self._marks = {
            (exchange, kind): at
            for exchange, kind, at in marks
            if self._started[exchange] <= at <= self._ended[exchange]
        }
        steps = integers(run, "step.started_ns")
        chosen = np.flatnonzero(selects(run)[:-1]) if len(steps) else np.zeros(0, dtype=np.int64)
        self._select_start, self._select_end = steps[chosen], steps[chosen + 1] if len(chosen) else steps[chosen]
        self._table: StackTable | None = None

    def _last(self, group: str, at: str, wanted: set[int]) -> dict[int, tuple[int, int]]:
        """Of each exchange the last row of a group in its time: when, and the connection. Warm-up rounds have no numbers."""
        exchange, times = integers(self._run, f"{group}.exchange"), integers(self._run, f"{group}.{at}")
        chosen = np.isin(exchange, np.fromiter(wanted, dtype=np.int64))
        exchange, times = exchange[chosen], times[chosen]
        connection = integers(self._run, f"{group}.connection")[chosen]
        inside = (times >= self._started[exchange]) & (times <= self._ended[exchange])
        rows = zip(exchange[inside].tolist(), times[inside].tolist(), connection[inside].tolist(), strict=True)
        return {number: (when, connection) for number, when, connection in rows}

    def explain(self, number: int, error: str) -> FailedRequest:
        started, ended = int(self._started[number]), int(self._ended[number])
        had = [each for each in (self._given.get(number), self._writes.get(number), self._opened.get(number)) if each]
        had = [each for each in had if started <= each[0] <= ended]
        given, connection = max(had, default=(0, 0))
        connection = connection or 0
        written, writing = self._writes.get(number, (0, 0))[0], self._writes_began.get(number, (0, 0))[0]
        server = self._lives.server(connection) if connection else None
        answered = self._answered_ns(connection, writing or given, ended)
        # A client closes what its clock ran out on; that is no cause.
        ran_out = any(name in error for name in _CLOCK_RAN_OUT)
        closed_first, closed = (None, 0) if ran_out else self._closed(connection, server, ended)
        held, holder = self._held(max(started, ended - _LAST_NS, answered or 0), ended)
        cause = self._cause(number, error, connection, written, answered, closed_first)
        first_had = min((each[0] for each in had), default=0)
        idle = self._lives.idle_ns(connection, closed) if closed else None
        return FailedRequest(
            exchange=number,
            error=error,
            cause=cause,
            after_ms=(ended - started) / 1e6,
            connection=connection or None,
            served_before=self._lives.served_before(connection, first_had) if connection else None,
            given_ms=_before(ended, first_had),
            written_ms=_before(ended, written),
            closed_first=closed_first,
            closed_ms=_before(ended, closed),
            reached=self._reached(server, writing) if written else None,
            answered_ms=_before(ended, answered),
            held_ms=held / 1e6 if cause is Cause.LOOP_BUSY else None,
            holder=holder if cause is Cause.LOOP_BUSY else "",
            goaway=closed_first == "server" and server is not None and server.shared and server.reason in ANNOUNCED,
            idle_ms=None if idle is None else idle / 1e6,
        )

    def _cause(
        self, number: int, error: str, connection: int, written: int, answered: int | None, closed_first: str | None
    ) -> Cause:
        if any(name in error for name in _CLOCK_RAN_OUT):
            if "Pool" in error or not (connection or written or self._connecting(number)):
                return Cause.NO_CONNECTION
            if "Connect" in error or not written:
                return Cause.CONNECTING if self._connecting(number) or "Connect" in error else Cause.UNKNOWN
            if answered is not None:
                return Cause.LOOP_BUSY
            return Cause.SERVER_SILENT if self._reads.get(number, (0, 0))[0] < written else Cause.UNKNOWN
        if error in _WRONG_ANSWERS:
            return Cause.ANSWER
        if closed_first == "server":
            return Cause.CLOSED_BY_SERVER
        if self._reads.get(number, (0, 0))[0] > written > 0 and answered is not None:
            return Cause.ANSWER
        if closed_first == "client":
            return Cause.CLOSED_BY_CLIENT
        return Cause.CONNECTING if self._connecting(number) and not connection else Cause.UNKNOWN

    @staticmethod
    def _reached(server: ServerSide | None, writing: int) -> bool | None:
        if server is None or server.shared:
            return None
        return server.last_received_ns >= writing - _ON_ITS_WAY_NS

    def _connecting(self, number: int) -> bool:
        return any((number, kind) in self._marks for kind in (Mark.DNS_START, Mark.TCP_START, Mark.TLS_START))

    def _answered_ns(self, connection: int, since: int, ended: int) -> int | None:
        """When the server had sent the answer, if that was before the failure."""
        answered = self._lives.answered_ns(connection, since - _ON_ITS_WAY_NS) if connection and since else None
        return answered if answered is not None and answered <= ended - _ON_ITS_WAY_NS else None

    def _closed(self, connection: int, server: ServerSide | None, ended: int) -> tuple[str | None, int]:
        """Which side closed the connection before the request failed, and when."""
        taken_down = self._lives.closed_by_client_ns(connection) if connection else None
        if server is not None and server.reason not in ("", CLIENT, ERROR) and server.closed_ns <= ended:
            return "server", server.closed_ns
        # A loop reports a closed transport in the turn after that in which a write to it fails.
        later = int(np.searchsorted(self._select_start, ended)) + 1
        until = int(self._select_start[later]) if later < len(self._select_start) else ended
        in_time = taken_down is not None and taken_down <= max(until, ended)
        if in_time and taken_down is not None and server is not None and server.reason in ("", CLIENT):
            return "client", taken_down
        return None, 0

    def _held(self, begin: int, end: int) -> tuple[int, str]:
        """The longest time in [begin, end] without a look for data, nanoseconds, and the function most seen in it."""
        if not len(self._select_start):
            return 0, ""
        inside = (self._select_end > begin) & (self._select_start < end)
        edges_from = np.concatenate([[begin], self._select_end[inside]])
        edges_to = np.concatenate([self._select_start[inside], [end]])
        lengths = np.minimum(edges_to, end) - np.maximum(edges_from, begin)
        longest = int(lengths.argmax())
        return max(0, int(lengths[longest])), self._function_in(int(edges_from[longest]), int(edges_to[longest]))

    def _function_in(self, begin: int, end: int) -> str:
        at, stack = integers(self._run, "sample.at_ns"), integers(self._run, "sample.stack")
        seen = stack[(at >= begin) & (at <= end) & (stack >= 0)]
        if not len(seen):
            return ""
        if self._table is None:
            self._table = StackTable(self._run)
        named = Counter(self._table.stacks[number].named for number in seen.tolist()).most_common(1)[0][0]
        if named < 0:
            return ""
        code = self._table.codes[named]
        return f"{code.module}.{code.function}"


def _before(ended_ns: int, at_ns: int | None) -> float | None:
    return (ended_ns - at_ns) / 1e6 if at_ns else None
