"""The ledger: every request's wall time by phase and state, and for its ready time whom it waited for."""

import numpy as np
import numpy.typing as npt

from clientprof.attribution.exchange_events import EventTable
from clientprof.attribution.holders import cascade_of
from clientprof.attribution.loop_time import LAYERS, LoopTime
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
    """The conserved ledger of a ledger run's measured rounds, checked before it is returned; None without any."""
    events = EventTable(run)
    requests = len(events.numbers)
    started = np.asarray(run.column("step.started_ns"), dtype=np.int64)
    if not requests or len(started) < 2:
        return None
    owner = np.asarray(run.column("step.owner"), dtype=np.int64)
    loop_time = LoopTime.of(run, StackTable(run, charge_profiler=False))
    states = states_of(started, ready_since(run, events.wakes), owner)

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

    account = _Account(segments, states, loop_time)
    phases = tuple(account.row(number, requests) for number in range(len(PHASES)) if account.has(number))
    wall_us = float((events.ended[events.numbers] - events.started[events.numbers]).sum()) / requests / 1e3
    busy, idle, callbacks = _loop_account(run, started, owner, loop_time)
    unattributed = sum(row.wall_us for row in phases if row.phase is Phase.UNATTRIBUTED)
    ledger = Ledger(
        requests=requests,
        wall_us=wall_us,
        phases=phases,
        loop_busy_us={layer: us / requests for layer, us in busy.items()},
        loop_idle_us=idle / requests,
        callbacks_per_request=callbacks / requests,
        server_stamps=with_stamps > 0,
        unattributed_share=unattributed / wall_us if wall_us else 0.0,
        timelines=_timelines(run, timelines, states),
        timelines_total=last_count,
    )
    ledger.self_check()
    return ledger


class _Account:
    """Segments of all exchanges crossed with states and blame; arrays of shape (segments,) and (layers, phases)."""

    def __init__(self, segments: SegmentTable, states: States, loop_time: LoopTime) -> None:
        self._phase = np.asarray(segments.phase, dtype=np.int64)
        start = np.asarray(segments.start, dtype=np.int64)
        end = np.asarray(segments.end, dtype=np.int64)
        self._owner = np.asarray(segments.owner, dtype=np.int64)
        self._wall = end - start
        running, ready = states.running, states.ready
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

        self._cascade = cascade_of(self._phase, self._owner, start, end, states.waits, loop_time)

    def has(self, number: int) -> bool:
        return bool((self._phase == number).any())

    def row(self, number: int, requests: int) -> PhaseRow:
        mine = self._phase == number
        wall, cpu, ready = self._wall[mine], self._cpu[mine], self._ready[mine]
        blame = self._blame[:, number]
        by_request = np.bincount(np.unique(self._owner[mine], return_inverse=True)[1], weights=wall.astype(float))
        scale = 1e3 * requests
        return PhaseRow(
            phase=PHASES[number],
            wall_us=float(wall.sum()) / scale,
            cpu_us=float(cpu.sum()) / scale,
            ready_us=float(ready.sum()) / scale,
            wait_us=float((wall - cpu - ready).sum()) / scale,
            blame={layer: float(us) / scale for layer, us in zip(LAYERS, blame, strict=True) if us > 0},
            requests=len(by_request),
            p50_us=float(np.percentile(by_request, 50)) / 1e3,
            p99_us=float(np.percentile(by_request, 99)) / 1e3,
            cascade={cause: ns / scale for cause, ns in self._cascade.items()} if PHASES[number] is Phase.POOL else {},
        )


def _loop_account(
    run: Run, started: Integers, owner: Integers, loop_time: LoopTime
) -> tuple[dict[Layer, float], float, int]:
    """Busy microseconds by layer, microseconds in select, and callbacks, inside the measured rounds."""
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
    run: Run, kept: list[tuple[int, int | None, int, list[Segment]]], states: States
) -> tuple[Timeline, ...]:
    origin = min((parts[0][1] for _, _, _, parts in kept if parts), default=0)
    names = run.facts.error_types
    result: list[Timeline] = []
    for number, connection, error, parts in kept:
        if not parts:
            continue
        who = np.array([number, number], dtype=np.int64)
        bounds = np.array([parts[0][1], parts[-1][2]], dtype=np.int64)
        running = int(np.diff(states.running.length_until(who, bounds))[0])
        ready = int(np.diff(states.ready.length_until(who, bounds))[0])
        wall = int(bounds[1] - bounds[0])
        result.append(
            Timeline(
                exchange=number,
                connection=connection,
                spans=tuple(
                    TimelineSpan(phase, (start - origin) // 1000, (end - origin) // 1000) for phase, start, end in parts
                ),
                running_us=running // 1000,
                ready_us=ready // 1000,
                waiting_us=(wall - running - ready) // 1000,
                error=names[error - 1] if error else None,
            )
        )
    return tuple(result)
