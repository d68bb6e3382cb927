"""Phases of exchanges with servers that send no stamps, summed by group: ``wall = cpu + ready + wait``, without a gap.

The machine that cuts a request into phases is the one of ``trace``. What differs: the wait for the answer ends where
``answer_bounds`` says, the rest up to the read is the loop's; and a call that blocks the loop has no states, because
nothing else could run while it did.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.events import Event, KnownMarks
from clientprof.attribution.ledger.exchange_events import EventTable, ExchangeEvents
from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.phase_segments import PHASES, Segment, SegmentTable, cut
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import states_of
from clientprof.attribution.ledger.thread_ledger import ThreadClocks
from clientprof.attribution.programs.answer_bounds import AnswerBounds, answer_bounds
from clientprof.attribution.programs.lane import Lane
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.results import ProgramPhase

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_WAIT, _LOOP = PHASES.index(Phase.WAIT), PHASES.index(Phase.LOOP)


class PhaseSums:
    """Nanoseconds by group and phase over any number of lanes; rows are made when all have been added."""

    def __init__(self, groups: int) -> None:
        size = groups * len(PHASES)
        self._groups = groups
        self._wall, self._cpu, self._ready = np.zeros(size), np.zeros(size), np.zeros(size)
        self._happened = np.zeros(size, dtype=np.bool_)
        self._blame = np.zeros((len(LAYERS), size))
        self._low, self._high = np.zeros(size), np.zeros(size)
        self._bounded = np.zeros(size, dtype=np.bool_)
        self.exchanges = np.zeros(groups, dtype=np.int64)

    def add(self, lane: Lane, group: Integers) -> None:
        """Add the lane's detailed exchanges; ``group`` has one value for each exchange of the lane, -1 to leave it out.

        Raises:
            AssertionError: the phases of an exchange do not add up to its wall time, or a state is negative.
        """
        numbers = lane.detailed[group[lane.detailed] >= 0]
        if not len(numbers):
            return
        found = segments_of(lane, numbers)
        wall = (found.end - found.start).astype(np.float64)
        _self_check(lane, numbers, found, wall)
        key = group[found.owner] * len(PHASES) + found.phase
        size = len(self._wall)
        self._wall += np.bincount(key, wall, size)
        self._cpu += np.bincount(key, found.cpu, size)  # not a number where nobody knows: it stays so
        self._ready += np.bincount(key, found.ready, size)
        self._happened |= np.bincount(key, minlength=size) > 0
        self.exchanges += np.bincount(group[numbers], minlength=self._groups)
        for layer, blamed in enumerate(found.blame):
            self._blame[layer] += np.bincount(key, blamed, size)
        if found.low is not None and found.high is not None:
            self._low += np.bincount(key, found.low, size)
            self._high += np.bincount(key, found.high, size)
            self._bounded |= self._happened

    def rows(self, group: int) -> tuple[ProgramPhase, ...]:
        """The phases that happened to the group's exchanges, in order of time; means over all of them."""
        count = int(self.exchanges[group])
        if not count:
            return ()
        scale = 1e3 * count
        rows: list[ProgramPhase] = []
        for place, phase in enumerate(PHASES):
            key = group * len(PHASES) + place
            if not self._happened[key]:
                continue
            wall, cpu, ready = (float(sums[key]) / scale for sums in (self._wall, self._cpu, self._ready))
            known = not np.isnan(cpu)
            blame = {layer: float(us) / scale for layer, us in zip(LAYERS, self._blame[:, key], strict=True) if us > 0}
            edge = place in (_WAIT, _LOOP) and bool(self._bounded[key])
            rows.append(
                ProgramPhase(
                    phase=str(phase),
                    wall_us=wall,
                    cpu_us=cpu if known else None,
                    ready_us=ready if known else None,
                    wait_us=max(0.0, wall - cpu - ready) if known else None,
                    blame=blame,
                    low_us=float(self._low[key]) / scale if edge else None,
                    high_us=float(self._high[key]) / scale if edge else None,
                )
            )
        return tuple(rows)

    @property
    def unattributed_share(self) -> float | None:
        """The share of all wall time that no mark claims; None without any."""
        total = float(self._wall.sum())
        unclaimed = float(self._wall[PHASES.index(Phase.UNATTRIBUTED) :: len(PHASES)].sum())
        return unclaimed / total if total else None


class Segments:
    """Segments of one lane: ``owner``, ``phase``, ``start``, ``end``, their states, and the bounds of their lengths."""

    def __init__(self, table: SegmentTable) -> None:
        self.owner, self.phase, self.start, self.end = table.columns()
        size = len(self.owner)
        self.cpu, self.ready = np.full(size, np.nan), np.full(size, np.nan)
        self.blame: list[Floats] = []
        self.low: Floats | None = None
        self.high: Floats | None = None


def segments_of(lane: Lane, numbers: Integers) -> Segments:
    """The phases of these exchanges of the lane, one exchange after the other, each in order of time."""
    return _of_loop(lane, numbers) if lane.is_loop else _of_threads(lane, numbers)


def _of_loop(lane: Lane, numbers: Integers) -> Segments:
    bounds, known = answer_bounds(lane), EventTable.known_of(lane.run)
    table = SegmentTable()
    for exchange in _events(lane, numbers, bounds.here_ns):
        read = bounds.read_ns.get(exchange.number)
        # Reads before the answer's are session tickets.
        events = [event for event in exchange.events if read is None or event[1] != Event.READ or event[0] >= read]
        parts = _cut(exchange, events, known)
        here = bounds.here_ns.get(exchange.number)
        table.extend(exchange.number, parts if here is None or read is None else _split(parts, here, read))
    found = Segments(table)
    steps = lane.steps
    if steps is None:
        return found
    run = lane.run
    states = states_of(steps.started, ready_since(run, bounds.here_ns), lane.integers("step.owner"))
    loop_time = LoopTime.of(run, StackTable(run, charge_profiler=False))
    seen = ~lane.blocking[found.owner]
    owner, start, end = found.owner, found.start, found.end
    cpu = states.running.length_until(owner, end) - states.running.length_until(owner, start)
    ready = states.ready.length_until(owner, end) - states.ready.length_until(owner, start)
    found.cpu, found.ready = np.where(seen, cpu, np.nan), np.where(seen, ready, np.nan)
    for layer in range(len(LAYERS)):
        until = states.ready.blame_until(owner, end, loop_time, layer)
        found.blame.append(np.where(seen, until - states.ready.blame_until(owner, start, loop_time, layer), 0.0))
    found.low, found.high = _bounds(found, bounds)
    return found


def _of_threads(lane: Lane, numbers: Integers) -> Segments:
    clocks, known = ThreadClocks(lane.run), EventTable.known_of(lane.run)
    table, ran, waited = SegmentTable(), [], []
    for exchange in _events(lane, numbers, {}):
        parts = _cut(exchange, exchange.events, known)
        cpu, wait = clocks.states(exchange.number, exchange.started_ns, exchange.ended_ns, parts, None)
        table.extend(exchange.number, parts)
        ran.append(cpu)
        waited.append(wait)
    found = Segments(table)
    if ran:
        found.cpu = np.concatenate(ran)
        found.ready = np.maximum(0.0, found.end - found.start - found.cpu - np.concatenate(waited))
    return found


def _events(lane: Lane, numbers: Integers, here_ns: dict[int, int]) -> Iterator[ExchangeEvents]:
    wanted = set(numbers.tolist())
    return (exchange for exchange in EventTable(lane.run, here_ns) if exchange.number in wanted)


def _cut(exchange: ExchangeEvents, events: list[tuple[int, int]], known: KnownMarks) -> list[Segment]:
    return cut(exchange.started_ns, exchange.ended_ns, events, None, known, answered=not exchange.error)


def _split(parts: list[Segment], here_ns: int, read_ns: int) -> list[Segment]:
    """The wait that ended with the read, split where the answer was here."""
    for place in range(len(parts) - 1, -1, -1):
        phase, start, end = parts[place]
        if phase is Phase.WAIT and end == read_ns and start < end:
            edge = min(max(here_ns, start), end)
            inner = [(Phase.WAIT, start, edge), (Phase.LOOP, edge, end)]
            return [*parts[:place], *(part for part in inner if part[2] > part[1]), *parts[place + 1 :]]
    return parts


def _bounds(found: Segments, bounds: AnswerBounds) -> tuple[Floats, Floats]:
    """The least and the greatest length of each segment that ends or begins where the answer came."""
    length = (found.end - found.start).astype(np.float64)
    low, high = length.copy(), length.copy()
    for place in np.flatnonzero((found.phase == _WAIT) | (found.phase == _LOOP)).tolist():
        number = int(found.owner[place])
        if number not in bounds.here_ns:
            continue
        here, least, most = bounds.here_ns[number], bounds.low_ns[number], bounds.high_ns[number]
        start, end = int(found.start[place]), int(found.end[place])
        if found.phase[place] == _WAIT and end == here:
            low[place], high[place] = max(0, least - start), most - start
        elif found.phase[place] == _LOOP and start == here:
            low[place], high[place] = end - most, end - least
    return low, high


def _self_check(lane: Lane, numbers: Integers, found: Segments, wall: Floats) -> None:
    summed = np.bincount(found.owner, wall, lane.count)[numbers]
    lived = (lane.ended - lane.started)[numbers]
    assert np.array_equal(summed, lived), "the phases of an exchange do not add up to its wall time"
    for states in (found.cpu, found.ready):
        assert not (states < -1).any(), "a state of an exchange is negative"
    rest = wall - found.cpu - found.ready
    assert not (rest < -1).any(), "an exchange ran and was ready for longer than its phase lasted"


def loop_blame(phases: tuple[ProgramPhase, ...]) -> dict[Layer, float]:
    """Ready time by the layer that had the loop, microseconds per exchange, summed over phases."""
    total: dict[Layer, float] = {}
    for phase in phases:
        for layer, us in phase.blame.items():
            total[layer] = total.get(layer, 0.0) + us
    return total
