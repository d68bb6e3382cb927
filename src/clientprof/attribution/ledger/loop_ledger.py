"""The ledger: every request's wall time by phase and state, and for its ready time whom it waited for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.event_reading import EventReading
from clientprof.attribution.ledger.exchange_events import EventTable
from clientprof.attribution.ledger.loop_account import LoopTotal, loop_account
from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.over_time import RoundIntervals
from clientprof.attribution.ledger.phase_rows import PhaseColumns, Totals, phase_rows, together, totals_of
from clientprof.attribution.ledger.phase_segments import PHASES, SegmentColumns
from clientprof.attribution.ledger.pieces import Pieces
from clientprof.attribution.ledger.pool_wait_blame import cascade_of, cascades
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import States, states_of
from clientprof.attribution.ledger.timelines import Shown, ShownSegments
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.bins import OverTime
from clientprof.model.ledger.timeline import ShownRound, Timeline
from clientprof.model.phases import Phase
from clientprof.model.run import RoundKind, Run

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def build_ledger(run: Run, reading: EventReading | None = None) -> Ledger | None:
    """The conserved ledger of a ledger run's warm rounds, checked before it is returned; None without any.

    Phases rest on marks; states and blame need the loop's steps, and are unknown where there are none. ``reading`` is the
    run's, where it is known.
    """
    measured = np.asarray(run.column("round.kind"), dtype=np.int64) == RoundKind.MEASURED
    requests = int(np.asarray(run.column("round.count"), dtype=np.int64)[measured].sum())
    if not requests or not (run.length("step.started_ns") or run.length("mark.at_ns")):
        return None
    reading = EventReading.of(Pieces(run)) if reading is None else reading
    pieces = reading.pieces
    table = StackTable(run, charge_profiler=False)
    last = len(pieces) - 1
    parts = pieces.each(lambda number, piece: _part(reading.events(piece), piece, table, shown=number == last))

    wall_us = float(sum(part.wall_ns for part in parts)) / requests / 1e3
    blame: Floats = np.add.reduce([part.blame for part in parts])
    phases = phase_rows(
        together([part.phases for part in parts]), requests, blame, cascades([p.cascade for p in parts])
    )
    busy, idle, callbacks = loop_account([part.loop for part in parts if part.loop is not None])
    unattributed = sum(row.wall_us for row in phases if row.phase is Phase.UNATTRIBUTED)
    shown = parts[-1].shown
    assert shown is not None
    ledger = Ledger(
        requests=requests,
        wall_us=wall_us,
        phases=phases,
        loop_busy_us={layer: us / requests for layer, us in busy.items()},
        loop_idle_us=None if idle is None else idle / requests,
        callbacks_per_request=None if callbacks is None else callbacks / requests,
        server_stamps=any(part.stamped for part in parts),
        unattributed_share=unattributed / wall_us if wall_us else 0.0,
        timelines=tuple(replace(line, exchange=line.exchange + pieces.first(last)) for line in shown.timelines),
        shown=replace(shown.about, rounds=int(measured.sum())),
        over_time=shown.over_time,
    )
    ledger.self_check()
    return ledger


@dataclass(frozen=True, slots=True)
class _ShownRound:
    """What is shown of one round."""

    timelines: tuple[Timeline, ...]
    about: ShownRound
    over_time: OverTime


@dataclass(frozen=True, slots=True)
class _Part:
    """What a piece of the run adds to the ledger, nanoseconds; ``blame`` has shape (layers, phases)."""

    phases: Totals
    blame: Floats
    cascade: Mapping[str, float]
    wall_ns: int
    stamped: bool
    loop: LoopTotal | None
    shown: _ShownRound | None


def _part(events: EventTable, run: Run, table: StackTable, *, shown: bool) -> _Part:
    seen = _Seen.of(run, events, table)
    chosen = Shown.of(run, events) if shown else None
    account = _Account(events.segments(), seen, np.zeros(0, dtype=np.int64) if chosen is None else chosen.numbers)
    round_ = None
    if chosen is not None:
        lines = account.shown.timelines(run, chosen, events.connections_of(chosen.numbers))
        round_ = _ShownRound(lines, chosen.about, account.over_time(run, chosen))
    return _Part(
        phases=totals_of(account.columns),
        blame=account.blame,
        cascade=account.cascade,
        wall_ns=int((events.ended[events.numbers] - events.started[events.numbers]).sum()),
        stamped=events.stamped,
        loop=None if seen is None else LoopTotal.of(run, seen.started, seen.owner, seen.loop_time),
        shown=round_,
    )


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
    def of(cls, run: Run, events: EventTable, table: StackTable) -> "_Seen | None":
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
            loop_time=LoopTime.of(run, table),
        )


class _Account:
    """Segments of all exchanges crossed with states and blame; arrays of shape (segments,) and (layers, phases)."""

    def __init__(self, segments: SegmentColumns, seen: _Seen | None, shown: Integers) -> None:
        """``shown`` are the numbers of exchanges that are kept one by one."""
        self._seen = seen
        self._owner, self._phase, start, end = self._columns = segments
        self._wall = end - start
        self._shown = np.isin(self._owner, shown)
        self._shown_blame = np.zeros((len(LAYERS), 0))
        self._cpu: Integers | None = None
        self._ready: Integers | None = None
        self.blame = np.zeros((len(LAYERS), len(PHASES)))
        self.cascade: Mapping[str, float] = {}
        if seen is None:
            return
        running, ready, loop_time = seen.states.running, seen.states.ready, seen.loop_time
        self._cpu = running.length_until(self._owner, end) - running.length_until(self._owner, start)
        self._ready = ready.length_until(self._owner, end) - ready.length_until(self._owner, start)
        self._shown_blame = np.zeros((len(LAYERS), int(self._shown.sum())))
        for layer, each in enumerate(ready.blame(self._owner, start, end, loop_time)):
            self.blame[layer] = np.bincount(self._phase, weights=each, minlength=len(PHASES))
            self._shown_blame[layer] = each[self._shown]
        self.cascade = cascade_of(self._phase, self._owner, start, end, seen.states.waits, loop_time)

    @property
    def columns(self) -> PhaseColumns:
        """All segments with their states."""
        waiting = None if self._cpu is None or self._ready is None else self._wall - self._cpu - self._ready
        return PhaseColumns(self._phase, self._owner, self._wall, self._cpu, waiting)

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
