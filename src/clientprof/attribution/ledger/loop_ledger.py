"""The ledger: every request's wall time by phase and state, and for its ready time whom it waited for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.exchange_events import EventTable
from clientprof.attribution.ledger.holders import cascade_of
from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.over_time import RoundIntervals
from clientprof.attribution.ledger.phase_rows import PhaseColumns, phase_rows
from clientprof.attribution.ledger.phase_segments import PHASES, SegmentTable, cut
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.selects import selects
from clientprof.attribution.ledger.states import States, states_of
from clientprof.attribution.ledger.timelines import Shown, ShownSegments
from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger, PhaseRow
from clientprof.model.ledger.bins import OverTime
from clientprof.model.phases import Phase
from clientprof.model.recording import RoundKind, Run, StepOwner

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def build_ledger(run: Run) -> Ledger | None:
    """The conserved ledger of a ledger run's measured rounds, checked before it is returned; None without any.

    Phases rest on marks; states and blame need the loop's steps, and are unknown where there are none.
    """
    events = EventTable(run)
    requests = len(events.numbers)
    if not requests or not (len(run.column("step.started_ns")) or len(run.column("mark.at_ns"))):
        return None
    seen = _Seen.of(run, events)

    segments = SegmentTable()
    connections: dict[int, int | None] = {}
    with_stamps = 0
    for exchange in events:
        parts = cut(
            exchange.started_ns,
            exchange.ended_ns,
            exchange.events,
            exchange.stamps,
            events.known,
            answered=not exchange.error,
        )
        segments.extend(exchange.number, parts)
        with_stamps += exchange.stamps is not None
        connections[exchange.number] = exchange.connection

    shown = Shown.of(run, events)
    account = _Account(segments, seen, shown.numbers)
    phases = account.rows(requests)
    wall_us = float((events.ended[events.numbers] - events.started[events.numbers]).sum()) / requests / 1e3
    busy, idle, callbacks = ({}, None, None) if seen is None else _loop_account(run, seen)
    unattributed = sum(row.wall_us for row in phases if row.phase is Phase.UNATTRIBUTED)
    ledger = Ledger(
        requests=requests,
        wall_us=wall_us,
        phases=phases,
        loop_busy_us={layer: us / requests for layer, us in busy.items()},
        loop_idle_us=None if idle is None else idle / requests,
        callbacks_per_request=None if callbacks is None else callbacks / requests,
        server_stamps=with_stamps > 0,
        unattributed_share=unattributed / wall_us if wall_us else 0.0,
        timelines=account.shown.timelines(run, shown, connections),
        shown=shown.about,
        over_time=account.over_time(run, shown),
    )
    ledger.self_check()
    return ledger


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the loop's steps show: each as it is recorded, since when it was ready, whose states they make, and the loop's
    time by layer."""

    started: Integers
    owner: Integers
    ready_since: Integers
    states: States
    loop_time: LoopTime

    @classmethod
    def of(cls, run: Run, events: EventTable) -> "_Seen | None":
        """None where there are no steps."""
        started = np.asarray(run.column("step.started_ns"), dtype=np.int64)
        if len(started) < 2:
            return None
        owner = np.asarray(run.column("step.owner"), dtype=np.int64)
        ready = ready_since(run, events.wakes)
        return cls(
            started=started,
            owner=owner,
            ready_since=ready,
            states=states_of(started, ready, owner),
            loop_time=LoopTime.of(run, StackTable(run, charge_profiler=False)),
        )


class _Account:
    """Segments of all exchanges crossed with states and blame; arrays of shape (segments,) and (layers, phases)."""

    def __init__(self, segments: SegmentTable, seen: _Seen | None, shown: Integers) -> None:
        """``shown`` are the numbers of exchanges that are kept one by one."""
        self._seen = seen
        self._owner, self._phase, start, end = self._columns = segments.columns()
        self._wall = end - start
        self._shown = np.isin(self._owner, shown)
        self._shown_blame = np.zeros((len(LAYERS), 0))
        self._cpu: Integers | None = None
        self._ready: Integers | None = None
        self._blame = np.zeros((len(LAYERS), len(PHASES)))
        self._cascade: dict[str, float] = {}
        if seen is None:
            return
        running, ready, loop_time = seen.states.running, seen.states.ready, seen.loop_time
        self._cpu = running.length_until(self._owner, end) - running.length_until(self._owner, start)
        self._ready = ready.length_until(self._owner, end) - ready.length_until(self._owner, start)
        self._shown_blame = np.zeros((len(LAYERS), int(self._shown.sum())))
        for layer, each in enumerate(ready.blame(self._owner, start, end, loop_time)):
            self._blame[layer] = np.bincount(self._phase, weights=each, minlength=len(PHASES))
            self._shown_blame[layer] = each[self._shown]
        self._cascade = cascade_of(self._phase, self._owner, start, end, seen.states.waits, loop_time)

    def rows(self, requests: int) -> tuple[PhaseRow, ...]:
        waiting = None if self._cpu is None or self._ready is None else self._wall - self._cpu - self._ready
        columns = PhaseColumns(self._phase, self._owner, self._wall, self._cpu, waiting)
        return phase_rows(columns, requests, self._blame, self._cascade)

    @property
    def shown(self) -> ShownSegments:
        """The segments of the exchanges that are kept one by one."""
        kept = self._shown
        owner, phase, start, end = (column[kept] for column in self._columns)
        return ShownSegments(
            owner=owner,
            phase=phase,
            start=start,
            end=end,
            running=None if self._cpu is None else self._cpu[kept],
            ready=None if self._ready is None else self._ready[kept],
            blame=self._shown_blame,
        )

    def over_time(self, run: Run, shown: Shown) -> OverTime:
        """What went on during the shown round."""
        loop_time, ready = (None, None) if self._seen is None else (self._seen.loop_time, self._seen.ready_since)
        intervals = RoundIntervals(run, shown.start_ns, shown.end_ns)
        return intervals.over_time(self._columns, loop_time, ready)


def _loop_account(run: Run, seen: _Seen) -> tuple[dict[Layer, float], float, int]:
    """Busy microseconds by layer, microseconds in select, and callbacks, inside the measured rounds."""
    started, owner, loop_time = seen.started, seen.owner, seen.loop_time
    kinds = np.asarray(run.column("round.kind"))
    begin = np.asarray(run.column("round.started_ns"), dtype=np.int64)[kinds == RoundKind.MEASURED]
    end = np.asarray(run.column("round.ended_ns"), dtype=np.int64)[kinds == RoundKind.MEASURED]
    total = (loop_time.by_layer(end) - loop_time.by_layer(begin)).sum(axis=1) / 1e3
    number = np.searchsorted(begin, started[:-1], side="right") - 1
    inside = (number >= 0) & (started[:-1] < end[np.maximum(number, 0)])
    lengths = np.diff(started)
    idle = float(lengths[inside & selects(run)[:-1]].sum()) / 1e3
    callbacks = int((inside & (owner[:-1] >= StepOwner.NOBODY)).sum())
    busy = {layer: float(us) for layer, us in zip(LAYERS, total, strict=True) if us > 0}
    busy[Layer.LOOP] = max(0.0, busy.get(Layer.LOOP, 0.0) - idle)
    return busy, idle, callbacks
