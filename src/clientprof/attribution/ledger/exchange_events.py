"""The events of every exchange of the warm rounds, gathered from marks, writes, reads and handshakes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.alike import cut_alike
from clientprof.attribution.ledger.events import Event, KnownMarks, ServerStamps
from clientprof.attribution.ledger.phase_segments import Segment, SegmentColumns, cut
from clientprof.attribution.ledger.selects import may_block, selects
from clientprof.model.phases import Mark
from clientprof.model.run import HandshakeStep, RoundKind, Run
from clientprof.stats.distinct import distinct

Integers = npt.NDArray[np.int64]

# Below this a select did not really wait; it only asked.
_BLOCKED_NS = 30_000
# Where nothing shows the transit time, the last bound decides: the select that reported the data.
_UNKNOWN_NS = 1 << 40


@dataclass(frozen=True, slots=True)
class ExchangeEvents:
    """One exchange: its bounds, its events in order of time, the origin's stamps, its error number and connection."""

    number: int
    started_ns: int
    ended_ns: int
    events: list[tuple[int, int]]
    stamps: ServerStamps | None
    error: int
    connection: int | None

    def cut(self, known: KnownMarks) -> list[Segment]:
        """Its phases, one after the other; ``known`` says which marks the run gives at all."""
        return cut(self.started_ns, self.ended_ns, self.events, self.stamps, known, answered=not self.error)


class EventTable:
    """All exchanges of the warm rounds of one ledger run."""

    def __init__(self, run: Run, wakes: dict[int, int] | None = None, known: KnownMarks | None = None) -> None:
        """``wakes`` is when each response was there to be read, by default what the loop's selects say; ``known`` which
        marks there are at all, by default those that the run has."""
        self._run = run
        self.numbers = measured_exchanges(run)
        measured = _integers(run, "round.kind") == RoundKind.MEASURED
        first, count = _integers(run, "round.first")[measured], _integers(run, "round.count")[measured]
        self.last_round = (int(first[-1]), int(count[-1])) if len(first) else (0, 0)
        self.started = _integers(run, "exchange.started_ns")
        self.ended = _integers(run, "exchange.ended_ns")
        self.known = self.known_of(run) if known is None else known
        self.wakes = wake_times(run) if wakes is None else wakes

    @staticmethod
    def known_of(run: Run) -> KnownMarks:
        """Which marks the run gives at all."""
        marks = set(distinct(_integers(run, "mark.kind")).tolist())
        return KnownMarks(
            # Of a client without a pool, the call is marked instead.
            pool=Mark.POOL_ENQUEUE in marks or Mark.CALL in marks,
            headers=Mark.HEADERS in marks,
            done=Mark.DONE in marks,
            # Whatever stamps the loop's steps, or the calls of a thread, stamps writes and reads too.
            transport=run.length("step.started_ns") > 0 or "exchange.thread" in run.columns,
        )

    def __iter__(self) -> Iterator[ExchangeEvents]:
        at, exchange, kind = self.events()
        bounds = np.searchsorted(exchange, [self.numbers, self.numbers + 1]) if len(self.numbers) else ((), ())
        times, kinds = at.tolist(), kind.tolist()
        received, written = self._run.column("exchange.received_ns"), self._run.column("exchange.written_ns")
        errors = self._run.column("exchange.error")
        connections = dict(zip(self._run.column("write.exchange"), self._run.column("write.connection"), strict=True))
        for number, low, high in zip(self.numbers.tolist(), bounds[0], bounds[1], strict=True):
            stamps = (
                ServerStamps(received[number], written[number], self.wakes.get(number, written[number]))
                if written[number]
                else None
            )
            yield ExchangeEvents(
                number=number,
                started_ns=int(self.started[number]),
                ended_ns=int(self.ended[number]),
                events=list(zip(times[low:high], kinds[low:high], strict=True)),
                stamps=stamps,
                error=errors[number],
                connection=connections.get(number),
            )

    def segments(self, numbers: Integers | None = None) -> SegmentColumns:
        """All exchanges cut into phases, or those of the measured ones that are asked for, in order."""
        numbers = self.numbers if numbers is None else numbers
        received, written = (_integers(self._run, f"exchange.{name}_ns")[numbers] for name in ("received", "written"))
        here = by_exchange(self.wakes, len(self.started))
        wake = np.where(here[numbers] > 0, here[numbers], written)
        failed = _integers(self._run, "exchange.error")[numbers] != 0
        started, ended = self.started[numbers], self.ended[numbers]
        return cut_alike(numbers, started, ended, failed, self.events(), self.known, (received, written, wake))

    def connections_of(self, numbers: Integers) -> dict[int, int | None]:
        """The connection on which each of these exchanges was last written, None where none was."""
        exchange, connection = _integers(self._run, "write.exchange"), _integers(self._run, "write.connection")
        mine = np.isin(exchange, numbers)
        last = dict(zip(exchange[mine].tolist(), connection[mine].tolist(), strict=True))
        return {number: last.get(number) for number in numbers.tolist()}

    @property
    def stamped(self) -> bool:
        """Whether the server stamped any of the exchanges."""
        return bool((_integers(self._run, "exchange.written_ns")[self.numbers] != 0).any())

    def events(self) -> tuple[Integers, Integers, Integers]:
        """Time, exchange and kind of all events, in order of exchange and time."""
        run = self._run
        parts = [
            (_integers(run, "mark.at_ns"), _integers(run, "mark.exchange"), _integers(run, "mark.kind")),
            _labelled(run, "write.ended_ns", "write.exchange", Event.WRITE),
            _labelled(run, "read.at_ns", "read.exchange", Event.READ),
        ]
        done = _integers(run, "handshake.done")
        if len(done):
            exchange = _integers(run, "handshake.exchange")
            finished = (done == HandshakeStep.DONE) | (done == HandshakeStep.RESUMED)
            parts.append(_constant(_integers(run, "handshake.started_ns"), exchange, Mark.TLS_START))
            ended = _integers(run, "handshake.ended_ns")
            parts.append(_constant(ended[finished], exchange[finished], Mark.TLS_END))
        at, exchange, kind = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        # Only a coarse clock stamps two of them alike; then a request is written in a connection in hand, before the
        # response is read, and that before the headers are known.
        rank = np.select([kind == Event.WRITE, kind == Event.READ, kind >= Mark.HEADERS], [1, 2, 3], default=0)
        order = np.lexsort((rank, at, exchange))
        return at[order], exchange[order], kind[order]


def by_exchange(times: Mapping[int, int], size: int) -> Integers:
    """The times as a column, 0 for exchanges that have none; shape (size,)."""
    found = np.zeros(size, dtype=np.int64)
    found[np.fromiter(times, np.int64, len(times))] = np.fromiter(times.values(), np.int64, len(times))
    return found


def measured_exchanges(run: Run) -> Integers:
    """The numbers of the exchanges of the warm rounds."""
    measured = _integers(run, "round.kind") == RoundKind.MEASURED
    first, count = _integers(run, "round.first")[measured], _integers(run, "round.count")[measured]
    rounds = [np.arange(f, f + c, dtype=np.int64) for f, c in zip(first, count, strict=True)]
    return np.concatenate(rounds) if rounds else np.zeros(0, dtype=np.int64)


def wake_times(run: Run, transit_ns: int | None = None) -> dict[int, int]:
    """When each exchange's response was there to be read, by exchange; an estimate between hard bounds.

    The kernel does not say when data arrived. It was there when a select reported it, and not when a select began that
    then blocked; in between, the server's write plus the transit time is taken. Transit is the 5th percentile of the
    time from the server's write to the end of a select that was blocked meanwhile, or of the way up where that is
    shorter: under load hardly any select blocks. An earlier select that did not report the data proves nothing, because
    a client may have paused reading. ``transit_ns`` is given where the run is a piece of another.

    After a TLS handshake the server's session tickets come by themselves, and a slow network may bring them after the server
    has written its response. So exchanges with a handshake say nothing about transit, and what they read before it is over
    is no response.
    """
    seen = _Responses.of(run)
    if seen is None:
        return {}
    transit = transit_of([delays_of(run)]) if transit_ns is None else transit_ns
    _, last = np.unique(seen.exchange[::-1], return_index=True)
    ticket = seen.shook_hands & (seen.end < seen.sent + transit)
    ticket[len(ticket) - 1 - last] = False
    telling = np.flatnonzero(~ticket)
    exchange, first = np.unique(seen.exchange[telling], return_index=True)
    first = telling[first]
    sent, begin, end, blocked = seen.sent[first], seen.begin[first], seen.end[first], seen.blocked[first]
    wake = np.clip(sent + transit, np.where(blocked, begin, 0), end)
    return dict(zip(exchange.tolist(), np.maximum(wake, sent).tolist(), strict=True))


Delays = tuple[Integers, Integers]
"""From the server's write to the end of a select that was blocked meanwhile, and of the way up; nanoseconds."""


def delays_of(run: Run) -> Delays:
    """What the run's exchanges say about the transit time."""
    seen = _Responses.of(run)
    none = np.zeros(0, dtype=np.int64)
    if seen is None:
        return none, _uplinks(run)
    _, first = np.unique(seen.exchange, return_index=True)
    telling = first[(seen.blocked & ~seen.shook_hands)[first]]
    return (seen.end - seen.sent)[telling], _uplinks(run)


def transit_of(delays: Iterable[Delays]) -> int:
    """The transit time, from what all pieces of a run say."""
    down, up = (np.concatenate(columns) for columns in zip(*delays, strict=True))
    return min(_shortest(down), _shortest(up))


@dataclass(frozen=True, slots=True)
class _Responses:
    """The reads that may be of a response, in order of time: the exchange, the server's write, and the select that reported
    the data, which has waited for it where it is ``blocked``."""

    exchange: Integers
    sent: Integers
    begin: Integers
    end: Integers
    blocked: npt.NDArray[np.bool_]
    shook_hands: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, run: Run) -> "_Responses | None":
        """None where there are none."""
        started = _integers(run, "step.started_ns")
        read_at, read_exchange = _integers(run, "read.at_ns"), _integers(run, "read.exchange")
        written = _integers(run, "exchange.written_ns")
        steps = np.flatnonzero(selects(run)[:-1])
        if not len(steps) or not len(read_at) or not len(written):
            return None
        select_start, select_end = started[steps], started[steps + 1]
        known = (read_exchange >= 0) & (read_exchange < len(written))
        read_at, read_exchange = read_at[known], read_exchange[known]
        sent = written[read_exchange]
        response = (sent > 0) & (read_at >= sent)
        read_at, read_exchange, sent = read_at[response], read_exchange[response], sent[response]
        if not len(read_at):
            return None
        order = np.argsort(read_at, kind="stable")
        read_at, read_exchange, sent = read_at[order], read_exchange[order], sent[order]
        number = np.maximum(np.searchsorted(select_end, read_at, side="right") - 1, 0)
        _, first = np.unique(read_exchange, return_index=True)
        # A select that reports any response written before it began had no reason to block, however long it took.
        oldest = np.full(len(steps), np.iinfo(np.int64).max)
        np.minimum.at(oldest, number[first], sent[first])
        blocked = may_block(run)[steps] & (select_end - select_start > _BLOCKED_NS) & (oldest >= select_start)
        shook_hands = np.isin(read_exchange, with_handshake(run))
        return cls(read_exchange, sent, select_start[number], select_end[number], blocked[number], shook_hands)


def with_handshake(run: Run) -> Integers:
    """The numbers of the exchanges in which a TLS handshake was made."""
    return np.unique(_integers(run, "handshake.exchange"))


def blocked_selects(run: Run) -> Integers:
    """When the selects ended that were allowed to block and did."""
    started = _integers(run, "step.started_ns")
    steps = np.flatnonzero(may_block(run)[:-1])
    blocked = started[steps + 1] - started[steps] > _BLOCKED_NS
    ends: Integers = started[steps + 1][blocked]
    return ends


def _uplinks(run: Run) -> Integers:
    """From the end of a write to the server's receipt, where the receipt came after it."""
    ended, exchange = _integers(run, "write.ended_ns"), _integers(run, "write.exchange")
    received = _integers(run, "exchange.received_ns")
    known = (exchange >= 0) & (exchange < len(received))
    delay = received[exchange[known]] - ended[known]
    return delay[delay > 0]


def _shortest(delays: Integers) -> int:
    return int(np.percentile(delays, 5)) if len(delays) >= 5 else _UNKNOWN_NS


def _integers(run: Run, name: str) -> Integers:
    return np.asarray(run.column(name), dtype=np.int64)


def _constant(at: Integers, exchange: Integers, kind: int) -> tuple[Integers, Integers, Integers]:
    return at, exchange, np.full(len(at), int(kind), dtype=np.int64)


def _labelled(run: Run, at: str, exchange: str, kind: int) -> tuple[Integers, Integers, Integers]:
    return _constant(_integers(run, at), _integers(run, exchange), kind)
