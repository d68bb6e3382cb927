"""One round bin by bin: how many of something there were on average in each part of it.

Everything counted is a set of intervals. The integral of "how many cover t" up to t is the sum of min(t, end) minus
min(t, start) over the intervals, so a bin's mean is a difference of two such integrals: exact, whatever the bin, conserved.
"""

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.phase_segments import PHASES, SegmentColumns
from clientprof.attribution.ledger.selects import selects
from clientprof.model.layers import Layer
from clientprof.model.ledger.bins import OverTime, Series, TimeBins
from clientprof.model.phases import Phase
from clientprof.model.run import Run

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
BINS = 180
COARSE_BINS = 10
# Fewer samples than this say little about how a stretch of time divides into layers.
SAMPLES_PER_GROUP = 4
_LOOP, _GC = LAYERS.index(Layer.LOOP), LAYERS.index(Layer.GC)
_BEFORE_CONNECTION = tuple(
    PHASES.index(phase)
    for phase in (Phase.PREPARE, Phase.POOL, Phase.DNS, Phase.CONNECT, Phase.TLS, Phase.H2_SETUP, Phase.UNATTRIBUTED)
)


class RoundIntervals:
    """What may be counted in a round from ``start_ns`` to ``end_ns``: exchanges, their segments, steps, connections."""

    def __init__(self, run: Run, start_ns: int, end_ns: int) -> None:
        self._run = run
        self._start_ns = start_ns
        self._end_ns = max(end_ns, start_ns + 1)

    def over_time(self, segments: SegmentColumns, loop_time: LoopTime | None, ready_since: Integers | None) -> OverTime:
        """The round's course, checked before it is returned.

        ``loop_time`` is None, and ``ready_since`` too (of every step, nanoseconds), where nothing saw the loop's steps.
        """
        length_ns = self._end_ns - self._start_ns
        _, _, start, end = segments
        inside = (end > self._start_ns) & (start < self._end_ns)
        owner, phase, start, end = (column[inside] for column in segments)
        at = self._column("sample.at_ns")
        samples = int(((at >= self._start_ns) & (at < self._end_ns) & (self._column("sample.stack") >= 0)).sum())
        parts = []
        for count in (BINS, COARSE_BINS):
            edges = self._start_ns + np.arange(count + 1, dtype=np.int64) * length_ns // count
            edges = np.unique(edges)  # a round of fewer nanoseconds than bins
            group = group_of(samples, len(edges) - 1)
            part = self._bins(edges, (owner, phase, start, end), loop_time, ready_since, group)
            part.self_check()
            parts.append(part)
        known = None if loop_time is None else samples
        return OverTime(length_ns // 1000, known, group_of(samples, BINS), parts[0], parts[1])

    def _bins(
        self,
        edges: Integers,
        segments: SegmentColumns,
        loop_time: LoopTime | None,
        ready_since: Integers | None,
        group: int,
    ) -> TimeBins:
        owner, phase, start, end = segments
        begun, ended = self._column("exchange.started_ns"), self._column("exchange.ended_ns")
        received, written = self._column("exchange.received_ns"), self._column("exchange.written_ns")
        # A response may be written after a failed request has ended, and received by a clock that runs a moment ahead.
        received, written = np.maximum(received, begun), np.minimum(written, ended)
        stamped = written > received
        pooled = phase == PHASES.index(Phase.POOL)
        active, unused = self._connections(edges, owner, phase, start, end)
        busy, idle = (None, None) if loop_time is None else self._loop(edges, loop_time, group)
        return TimeBins(
            busy=busy,
            idle=idle,
            queue=None if ready_since is None else self._queue(edges, ready_since),
            active=active,
            unused=unused,
            in_flight=_series(mean_covering(begun, ended, edges)),
            pooled=_series(mean_covering(start[pooled], end[pooled], edges)) if pooled.any() else None,
            at_origin=_series(mean_covering(received[stamped], written[stamped], edges)) if stamped.any() else None,
        )

    def _loop(self, edges: Integers, loop_time: LoopTime, group: int) -> tuple[dict[Layer, Series], Series]:
        """Shares of each bin by layer, and in select; time in select is counted to the layer ``loop`` by the loop's time.

        How much of a bin the loop was busy, and with collecting garbage, is stamped; how the rest divides is sampled, and
        so the same throughout each ``group`` of bins.
        """
        lengths = np.diff(edges).astype(np.float64)
        shares = np.diff(loop_time.by_layer(edges), axis=1) / lengths
        at, select = self._column("step.started_ns"), selects(self._run)[:-1]
        idle = np.minimum(mean_covering(at[:-1][select], at[1:][select], edges), shares[_LOOP])
        shares[_LOOP] -= idle
        collecting, shares[_GC] = shares[_GC].copy(), 0.0
        together = np.add.reduceat(shares * lengths, np.arange(0, len(lengths), group), axis=1)
        of_group = together / np.maximum(together.sum(axis=0), 1e-9)
        shares = shares.sum(axis=0) * np.repeat(of_group, group, axis=1)[:, : len(lengths)]
        shares[_GC] = collecting
        return {layer: _series(row) for layer, row in zip(LAYERS, shares, strict=True) if row.max() > 0}, _series(idle)

    def _queue(self, edges: Integers, ready_since: Integers) -> Series:
        at = self._column("step.started_ns")
        queued = ~selects(self._run) & (ready_since > 0) & (ready_since < at)
        return _series(mean_covering(ready_since[queued], at[queued], edges))

    def _connections(
        self, edges: Integers, owner: Integers, phase: Integers, start: Integers, end: Integers
    ) -> tuple[Series | None, Series | None]:
        """Open connections with and without a request; None where nothing saw them written to, or closed."""
        opened = self._column("connection.opened_ns")
        if not len(opened):
            return None, None
        # Numbered from 1; place 0 stands for none.
        opens = np.concatenate([[0], opened])
        closes = np.full(len(opens), np.iinfo(np.int64).max)
        closes[self._column("closing.connection")] = self._column("closing.at_ns")
        if "write.exchange" not in self._run.columns:
            return None, None
        exchange, connection = self._column("write.exchange"), self._column("write.connection")
        used = np.zeros(max(int(exchange.max(initial=0)), int(owner.max(initial=0))) + 1, dtype=np.int64)
        known = (exchange >= 0) & (connection > 0)
        used[exchange[known]] = connection[known]
        holding = ~np.isin(phase, _BEFORE_CONNECTION) & (used[owner] > 0)
        on = used[owner[holding]]
        begin, until = np.maximum(start[holding], opens[on]), np.minimum(end[holding], closes[on])
        active = mean_covering(*_united(on, begin, np.maximum(begin, until)), edges)
        if "closing.at_ns" not in self._run.columns:
            return _series(active), None
        whole = mean_covering(opens[1:], closes[1:], edges)
        return _series(active), _series(np.maximum(whole - active, 0.0))

    def _column(self, name: str) -> Integers:
        return np.asarray(self._run.column(name), dtype=np.int64)


def group_of(samples: int, bins: int) -> int:
    """How many neighbouring bins have enough samples to be divided into layers together; a divisor of ``bins``."""
    sizes = (size for size in range(1, bins + 1) if bins % size == 0 and samples * size >= SAMPLES_PER_GROUP * bins)
    return next(sizes, bins)


def mean_covering(start: Integers, end: Integers, edges: Integers) -> Floats:
    """How many of the intervals [start, end) cover a moment between two edges on average, shape (len(edges) - 1,)."""
    inside = (start < edges[-1]) & (end > edges[0])
    origin = edges[0]
    start = np.maximum(start[inside] - origin, 0)
    end = np.minimum(end[inside], edges[-1]) - origin
    until = edges - origin
    return np.diff(_integral(end, until) - _integral(start, until)) / np.diff(edges).astype(np.float64)


def _integral(instants: Integers, until: Integers) -> Floats:
    """The sum of min(t, instant) over the instants, for each t of ``until``."""
    ordered = np.sort(instants)
    sums = np.concatenate([[0], np.cumsum(ordered)])
    earlier = np.searchsorted(ordered, until, side="right")
    total: Floats = (sums[earlier] + until * (len(ordered) - earlier)).astype(np.float64)
    return total


def _united(group: Integers, start: Integers, end: Integers) -> tuple[Integers, Integers]:
    """The same time without overlaps inside a group: of each interval what no earlier one of its group covers."""
    if not len(group):
        return start, end
    order = np.lexsort((start, group))
    group, start, end = group[order], start[order], end[order]
    # Each group's instants lie above those of the group before, so one running maximum serves them all.
    offset = group * (int(end.max()) - int(start.min()) + 1)
    covered = np.maximum.accumulate(end + offset) - offset
    same = np.concatenate([[False], group[1:] == group[:-1]])
    begin = np.where(same, np.maximum(start, np.concatenate([[0], covered[:-1]])), start)
    return begin, np.maximum(begin, end)


def _series(values: Floats) -> Series:
    return tuple(values.tolist())
