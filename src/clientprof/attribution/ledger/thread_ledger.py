"""The ledger of blocking clients: every request's wall time by phase and state, from stamps in the thread that made it.

Every stamp carries both clocks, so the CPU between two of them is known. The states of a thread:

* running: it spent CPU;
* waiting: it was in a call that blocks (connect, TLS handshake, name lookup, reading, a large write, the pool's queue, a
  lock) and spent none. Reading counts as waiting until the response was there to be read, by the server's stamp and the
  shortest transit seen; without stamps until the call returned;
* ready, all the rest: runnable, but another thread had the processor or the interpreter's lock (GIL).

Whose fault a ready interval is, is not known: samples do not tell which thread had the lock. CPU inside a blocking call is
taken to come at its end, when the data are copied.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.exchange_events import EventTable, with_handshake
from clientprof.attribution.ledger.over_time import RoundIntervals
from clientprof.attribution.ledger.phase_rows import PhaseColumns, phase_rows, totals_of
from clientprof.attribution.ledger.phase_segments import SegmentTable
from clientprof.attribution.ledger.timelines import Shown, ShownSegments
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.phases import Phase
from clientprof.model.run import Blocking, Run

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# Where nothing shows the transit time, reading is waiting until it returns.
_UNKNOWN_NS = 1 << 40


def build_thread_ledger(run: Run) -> Ledger | None:
    """The conserved ledger of a blocking client's warm rounds, checked before it is returned; None without any."""
    events = EventTable(run, wake_times(run))
    requests = len(events.numbers)
    if not requests:
        return None
    clocks = ThreadClocks(run)
    segments = SegmentTable()
    running: list[Floats] = []
    waiting: list[Floats] = []
    connections: dict[int, int | None] = {}
    with_stamps = 0
    for exchange in events:
        parts = exchange.cut(events.known)
        wake_ns = None if exchange.stamps is None else exchange.stamps.wake_ns
        cpu, wait = clocks.states(exchange.number, exchange.started_ns, exchange.ended_ns, parts, wake_ns)
        segments.extend(exchange.number, parts)
        running.append(cpu)
        waiting.append(wait)
        with_stamps += exchange.stamps is not None
        connections[exchange.number] = exchange.connection

    ran, waited = np.concatenate(running), np.concatenate(waiting)
    columns = PhaseColumns.of(segments, ran, waited)
    shown = Shown.of(run, events)
    phases = phase_rows(totals_of(columns), requests)
    wall_us = float((events.ended[events.numbers] - events.started[events.numbers]).sum()) / requests / 1e3
    unattributed = sum(row.wall_us for row in phases if row.phase is Phase.UNATTRIBUTED)
    threads = np.asarray(run.column("exchange.thread"), dtype=np.int64)[events.numbers]
    ledger = Ledger(
        requests=requests,
        wall_us=wall_us,
        phases=phases,
        loop_busy_us={},
        loop_idle_us=0.0,
        callbacks_per_request=0.0,
        server_stamps=with_stamps > 0,
        unattributed_share=unattributed / wall_us if wall_us else 0.0,
        timelines=_shown_segments(segments, ran, waited, shown.numbers).timelines(run, shown, connections),
        shown=shown.about,
        threads=len(np.unique(threads)),
        over_time=RoundIntervals(run, shown.start_ns, shown.end_ns).over_time(segments.columns(), None, None),
    )
    ledger.self_check()
    return ledger


class ThreadClocks:
    """Both clocks of every exchange's thread, by exchange."""

    def __init__(self, run: Run) -> None:
        self._cpu_started = _integers(run, "exchange.cpu_started_ns")
        self._cpu = _integers(run, "exchange.cpu_ns")
        self._marks = _RowsByExchange(run, "mark", ("at_ns", "cpu_ns"))
        names = ("started_ns", "ended_ns", "started_cpu_ns", "ended_cpu_ns", "kind")
        self._spans = _RowsByExchange(run, "span", names)

    def states(
        self, number: int, started_ns: int, ended_ns: int, parts: Iterable[tuple[object, int, int]], wake_ns: int | None
    ) -> tuple[Floats, Floats]:
        """Nanoseconds running and waiting in each part (what it is, its start, its end); the rest of it is ready."""
        begin = int(self._cpu_started[number])
        knots: list[tuple[int, int]] = [(started_ns, begin)]
        waits: list[tuple[int, int]] = []
        # Moments that no stamp was taken at have no CPU.
        knots += [(at, cpu) for at, cpu in self._marks(number) if cpu > 0]
        first_read = True
        for at, until, cpu, until_cpu, kind in self._spans(number):
            # Its CPU comes at its end.
            idle_until = max(at, until - (until_cpu - cpu))
            knots += [(at, cpu), (idle_until, cpu), (until, until_cpu)]
            if kind == Blocking.PAUSE:
                # Whatever the thread computed meanwhile, the exchange stood still.
                idle_until = until
                knots[-2:] = [(at, until_cpu), (until, until_cpu)]
            if kind == Blocking.READ:
                there_ns = wake_ns if wake_ns is not None and first_read and until >= wake_ns else None
                first_read = first_read and there_ns is None
                idle_until = idle_until if there_ns is None else min(idle_until, there_ns)
            if kind != Blocking.WRITE and idle_until > at:
                waits.append((at, idle_until))
        knots.append((ended_ns, begin + int(self._cpu[number])))
        knots.sort()
        at_ns = np.array([at for at, _ in knots], dtype=np.float64)
        steps = np.diff(at_ns)
        # A clock read takes a moment itself: no more CPU than time between two stamps.
        spent = np.clip(np.diff(np.array([cpu for _, cpu in knots], dtype=np.float64)), 0.0, steps)
        edges = np.array([[start, end] for _, start, end in parts], dtype=np.float64).reshape(-1, 2)
        cpu_until = np.interp(edges, at_ns, np.concatenate([[0.0], np.cumsum(spent)]))
        waited = _overlap(edges, _union(waits))
        ran = np.minimum(cpu_until[:, 1] - cpu_until[:, 0], edges[:, 1] - edges[:, 0] - waited)
        return np.maximum(ran, 0.0), waited


def wake_times(run: Run) -> dict[int, int]:
    """When each exchange's response was there to be read, by exchange: the server's write and the transit time.

    Transit is the 5th percentile of the time from the server's write to the end of a read that was blocked meanwhile, or of
    the way up where that is shorter: under load a read returns long after its data came, when the interpreter is free.
    """
    written, received = _integers(run, "exchange.written_ns"), _integers(run, "exchange.received_ns")
    kind, exchange = _integers(run, "span.kind"), _integers(run, "span.exchange")
    started, ended = _integers(run, "span.started_ns"), _integers(run, "span.ended_ns")
    known = (exchange >= 0) & (exchange < len(written))
    kind, exchange, started, ended = kind[known], exchange[known], started[known], ended[known]
    sent = written[exchange]
    blocked = (kind == Blocking.READ) & (sent > started) & (sent < ended) & ~np.isin(exchange, with_handshake(run))
    up = (kind == Blocking.WRITE) & (received[exchange] > started)
    transit = min(_shortest((ended - sent)[blocked]), _shortest((received[exchange] - started)[up]))
    return {number: int(at) + transit for number, at in enumerate(written.tolist()) if at}


def _shortest(delays: Integers) -> int:
    return int(np.percentile(delays, 5)) if len(delays) >= 5 else _UNKNOWN_NS


def _union(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The intervals without their overlaps: a lock is taken inside a pool's wait, say."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _overlap(edges: Floats, intervals: list[tuple[int, int]]) -> Floats:
    """How much of each row of ``edges`` the disjoint intervals cover."""
    total = np.zeros(len(edges))
    for start, end in intervals:
        total += np.maximum(0.0, np.minimum(edges[:, 1], end) - np.maximum(edges[:, 0], start))
    return total


def _shown_segments(segments: SegmentTable, running: Floats, waiting: Floats, shown: Integers) -> ShownSegments:
    """The segments of the exchanges that are kept one by one; whom they wait for in state ready is not known."""
    owner, phase, start, end = segments.columns()
    kept = np.isin(owner, shown)
    wall = (end - start)[kept]
    # Rounded up and cut to the wall time, so that the rest, which is ready, is never below 0.
    waited = np.minimum(np.ceil(waiting[kept]), wall)
    ran = np.minimum(np.floor(running[kept]), wall - waited)
    return ShownSegments(owner[kept], phase[kept], start[kept], end[kept], ran, wall - waited - ran, np.zeros((0, 0)))


class _RowsByExchange:
    """Rows of a group of columns, looked up by exchange."""

    def __init__(self, run: Run, group: str, names: tuple[str, ...]) -> None:
        exchange = _integers(run, f"{group}.exchange")
        columns = [_integers(run, f"{group}.{name}") for name in names]
        order = np.lexsort((columns[0], exchange)) if len(exchange) else np.zeros(0, dtype=np.int64)
        self._exchange = exchange[order]
        self._rows = (
            np.stack([column[order] for column in columns], axis=1) if len(order) else np.zeros((0, len(names)))
        )

    def __call__(self, number: int) -> list[tuple[int, ...]]:
        low, high = np.searchsorted(self._exchange, [number, number + 1])
        return [tuple(row) for row in self._rows[low:high].tolist()]


def _integers(run: Run, name: str) -> Integers:
    return np.asarray(run.column(name), dtype=np.int64)
