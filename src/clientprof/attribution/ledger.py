"""The ledger: every request's wall time by phase and state, and for its ready time whom it waited for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.exchange_events import EventTable
from clientprof.attribution.holders import cascade_of
from clientprof.attribution.loop_time import LAYERS, LoopTime
from clientprof.attribution.phase_rows import PhaseColumns, phase_rows
from clientprof.attribution.phase_segments import PHASES, Segment, SegmentTable, cut
from clientprof.attribution.readiness import ready_since
from clientprof.attribution.stacks import StackTable
from clientprof.attribution.states import States, states_of
from clientprof.model.layers import Layer
from clientprof.model.ledger import Ledger, PhaseRow, Timeline, TimelineSpan
from clientprof.model.phases import Phase
from clientprof.model.recording import RoundKind, Run, StepOwner

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
TIMELINES_KEPT = 1024


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
    timelines: list[tuple[int, int | None, int, list[Segment]]] = []
    last_first, last_count = events.last_round
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
        if last_first <= exchange.number < last_first + min(last_count, TIMELINES_KEPT):
            timelines.append((exchange.number, exchange.connection, exchange.error, parts))

    account = _Account(segments, seen)
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
        timelines=_timelines(run, timelines, None if seen is None else seen.states),
        timelines_total=last_count,
    )
    ledger.self_check()
    return ledger


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the loop's steps show: each as it is recorded, whose states they make, and the loop's time by layer."""

    started: Integers
    owner: Integers
    states: States
    loop_time: LoopTime

    @classmethod
    def of(cls, run: Run, events: EventTable) -> "_Seen | None":
        """None where there are no steps."""
        started = np.asarray(run.column("step.started_ns"), dtype=np.int64)
        if len(started) < 2:
            return None
        owner = np.asarray(run.column("step.owner"), dtype=np.int64)
        return cls(
            started=started,
            owner=owner,
            states=states_of(started, ready_since(run, events.wakes), owner),
            loop_time=LoopTime.of(run, StackTable(run, charge_profiler=False)),
        )


class _Account:
    """Segments of all exchanges crossed with states and blame; arrays of shape (segments,) and (layers, phases)."""

    def __init__(self, segments: SegmentTable, seen: _Seen | None) -> None:
        self._phase = np.asarray(segments.phase, dtype=np.int64)
        start = np.asarray(segments.start, dtype=np.int64)
        end = np.asarray(segments.end, dtype=np.int64)
        self._owner = np.asarray(segments.owner, dtype=np.int64)
        self._wall = end - start
        self._cpu: Integers | None = None
        self._ready: Integers | None = None
        self._blame = np.zeros((len(LAYERS), len(PHASES)))
        self._cascade: dict[str, float] = {}
        if seen is None:
            return
        running, ready, loop_time = seen.states.running, seen.states.ready, seen.loop_time
        self._cpu = running.length_until(self._owner, end) - running.length_until(self._owner, start)
        self._ready = ready.length_until(self._owner, end) - ready.length_until(self._owner, start)
        self._blame = np.stack(
            [
                np.bincount(
                    self._phase,
                    weights=ready.blame_until(self._owner, end, loop_time, layer)
                    - ready.blame_until(self._owner, start, loop_time, layer),
                    minlength=len(PHASES),
                )
                for layer in range(len(LAYERS))
            ]
        )
        self._cascade = cascade_of(self._phase, self._owner, start, end, seen.states.waits, loop_time)

    def rows(self, requests: int) -> tuple[PhaseRow, ...]:
        waiting = None if self._cpu is None or self._ready is None else self._wall - self._cpu - self._ready
        columns = PhaseColumns(self._phase, self._owner, self._wall, self._cpu, waiting)
        return phase_rows(columns, requests, self._blame, self._cascade)


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
    idle = float(lengths[inside & (owner[:-1] == StepOwner.SELECT)].sum()) / 1e3
    callbacks = int((inside & (owner[:-1] >= StepOwner.NOBODY)).sum())
    busy = {layer: float(us) for layer, us in zip(LAYERS, total, strict=True) if us > 0}
    busy[Layer.LOOP] = max(0.0, busy.get(Layer.LOOP, 0.0) - idle)
    return busy, idle, callbacks


def _timelines(
    run: Run, kept: list[tuple[int, int | None, int, list[Segment]]], states: States | None
) -> tuple[Timeline, ...]:
    origin = min((parts[0][1] for _, _, _, parts in kept if parts), default=0)
    names = run.facts.error_types
    result: list[Timeline] = []
    for number, connection, error, parts in kept:
        if not parts:
            continue
        running, ready, waiting = _states_us(states, number, parts[0][1], parts[-1][2])
        result.append(
            Timeline(
                exchange=number,
                connection=connection,
                spans=tuple(
                    TimelineSpan(phase, (start - origin) // 1000, (end - origin) // 1000) for phase, start, end in parts
                ),
                running_us=running,
                ready_us=ready,
                waiting_us=waiting,
                error=names[error - 1] if error else None,
            )
        )
    return tuple(result)


def _states_us(
    states: States | None, number: int, start: int, end: int
) -> tuple[int, int, int] | tuple[None, None, None]:
    """Whole microseconds of one exchange running, ready and waiting between two instants."""
    if states is None:
        return None, None, None
    who = np.array([number, number], dtype=np.int64)
    bounds = np.array([start, end], dtype=np.int64)
    running = int(np.diff(states.running.length_until(who, bounds))[0])
    ready = int(np.diff(states.ready.length_until(who, bounds))[0])
    return running // 1000, ready // 1000, (end - start - running - ready) // 1000
