"""A conserved ledger with timelines: requests that share one loop and a pool of connections."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger, PhaseRow
from clientprof.model.ledger.timeline import ShownRound, Timeline, TimelineSpan
from clientprof.model.phases import Phase
from sample_over_time import sample_over_time

# Of each phase: the share of its wall time that is running, then the share that is ready; the rest is waiting.
_STATES: dict[Phase, tuple[float, float]] = {
    Phase.PREPARE: (0.9, 0.1),
    Phase.POOL: (0.004, 0.02),
    Phase.SEND: (0.2, 0.78),
    Phase.UPLINK: (0.0, 0.0),
    Phase.SERVER: (0.0, 0.0),
    Phase.DOWNLINK: (0.0, 0.0),
    Phase.LOOP: (0.0, 1.0),
    Phase.HEADERS: (0.1, 0.9),
    Phase.BODY: (0.12, 0.88),
    Phase.RELEASE: (0.3, 0.7),
    Phase.UNATTRIBUTED: (0.0, 0.0),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a request of the fake client takes in each phase, microseconds; requests start one after another."""

    spans_us: Mapping[Phase, int]
    per_request_us: int
    connections: int


HTTPX_PACE = Pace(
    {
        Phase.PREPARE: 190,
        Phase.SEND: 5200,
        Phase.UPLINK: 240,
        Phase.SERVER: 1900,
        Phase.DOWNLINK: 120,
        Phase.LOOP: 41_000,
        Phase.HEADERS: 3900,
        Phase.BODY: 9100,
        Phase.RELEASE: 6100,
    },
    1540,
    100,
)
AIOHTTP_PACE = Pace(
    {
        Phase.PREPARE: 22,
        Phase.SEND: 35,
        Phase.UPLINK: 190,
        Phase.SERVER: 1750,
        Phase.DOWNLINK: 60,
        Phase.LOOP: 2300,
        Phase.HEADERS: 14,
        Phase.BODY: 9,
    },
    69,
    100,
)


def sample_ledger(pace: Pace, layers_us: Mapping[Layer, float], requests: int = 512, failed: int = 0) -> Ledger:
    """A ledger that passes ``self_check``; the last ``failed`` requests end with ``PoolTimeout``."""
    chance = random.Random(5)
    lines = [_line(chance, pace, index, requests - index <= failed, layers_us) for index in range(requests)]
    rows = _rows(lines, layers_us)
    wall_us = sum(row.wall_us for row in rows)
    busy = {layer: value * 1.02 for layer, value in layers_us.items()}
    gone = sum(row.wall_us for row in rows if row.phase is Phase.UNATTRIBUTED)
    length_us = max((line.end_us for line in lines), default=0)
    shown = ShownRound(10, length_us, requests)
    over_time = sample_over_time(lines, length_us, layers_us, pace.connections) if lines else None
    return Ledger(
        requests * 10, wall_us, rows, busy, 12.5, 15.2, True, gone / wall_us, tuple(lines), shown, 0, over_time
    )


def _line(chance: random.Random, pace: Pace, index: int, failed: bool, layers_us: Mapping[Layer, float]) -> Timeline:
    def jitter(duration_us: float) -> int:
        return max(1, round(duration_us * chance.uniform(0.75, 1.3)))

    at = index * 24
    durations = [(Phase.PREPARE, jitter(pace.spans_us[Phase.PREPARE]))]
    if index >= pace.connections:
        queue_us = (index - pace.connections) * pace.per_request_us + 900
        durations.append((Phase.POOL, jitter(queue_us) if failed else round(queue_us * chance.uniform(0.97, 1.03))))
    if not failed:
        durations += [(phase, jitter(us)) for phase, us in pace.spans_us.items() if phase is not Phase.PREPARE]
        durations.append((Phase.UNATTRIBUTED, jitter(3)))
    spans: list[TimelineSpan] = []
    for phase, duration in durations:
        running, ready = (int(duration * share) for share in _STATES[phase])
        spans.append(TimelineSpan(phase, at, at + duration, running, ready))
        at += duration
    weight = sum(layers_us.values())
    ready_us = sum(span.ready_us or 0 for span in spans)
    held = {layer: round(ready_us * value / weight) for layer, value in layers_us.items()}
    blame = {layer: us for layer, us in held.items() if us}
    connection = None if failed else index % pace.connections
    return Timeline(index, connection, tuple(spans), blame, "PoolTimeout" if failed else None)


def _rows(lines: list[Timeline], layers_us: Mapping[Layer, float]) -> tuple[PhaseRow, ...]:
    by_phase: dict[Phase, list[int]] = {phase: [] for phase in Phase}
    for line in lines:
        for span in line.spans:
            by_phase[span.phase].append(span.end_us - span.start_us)
    weight = sum(layers_us.values())
    rows = []
    for phase, durations in by_phase.items():
        if not durations:
            continue
        ordered = sorted(durations)
        wall_us = sum(durations) / len(lines)
        cpu_us, ready_us = (wall_us * share for share in _STATES[phase])
        blame = {layer: ready_us * value / weight for layer, value in layers_us.items()} if ready_us else {}
        middle, late = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
        waited_us = wall_us - cpu_us - ready_us
        cascade = _cascade(waited_us, layers_us) if phase is Phase.POOL else {}
        rows.append(PhaseRow(phase, wall_us, cpu_us, ready_us, waited_us, blame, len(durations), middle, late, cascade))
    return tuple(rows)


def _cascade(waited_us: float, layers_us: Mapping[Layer, float]) -> dict[str, float]:
    """Holders of connections wait for the server a tenth of the time, nobody holds one for a hundredth."""
    weight = sum(layers_us.values())
    held: dict[str, float] = {layer: waited_us * 0.89 * value / weight for layer, value in layers_us.items()}
    return {"server": waited_us * 0.1, "nobody": waited_us * 0.01, **held}
