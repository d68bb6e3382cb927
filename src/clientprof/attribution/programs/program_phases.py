"""Phases of exchanges with servers that send no stamps, summed by group: ``wall = cpu + ready + wait``, without a gap.

The machine that cuts a request into phases is the one of ``trace``. What differs: the wait for the answer ends where
``answer_bounds`` says, the rest up to the read is the loop's; and a call that blocks the loop has no states, because
nothing else could run while it did. And a response that the program has in its hands, to read it piece by piece, has times
between two pieces that are no state of the request: ``wall = cpu + ready + wait + between``.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.alike import cut_alike
from clientprof.attribution.ledger.events import Event
from clientprof.attribution.ledger.exchange_events import EventTable
from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.phase_segments import PHASES, SegmentColumns
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import states_of
from clientprof.attribution.ledger.thread_ledger import ThreadClocks
from clientprof.attribution.programs.answer_bounds import AnswerBounds, answer_bounds
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.pieces.asked_pieces import AskedPieces, asked_pieces
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.lane import LaneKind
from clientprof.model.programs.results import ProgramPhase

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_WAIT, _LOOP, _BODY, _STREAM, _RELEASE = (
    PHASES.index(phase) for phase in (Phase.WAIT, Phase.LOOP, Phase.BODY, Phase.STREAM, Phase.RELEASE)
)
# What the cut says of time in which no mark tells what happens.
_UNMARKED = [PHASES.index(phase) for phase in (Phase.PREPARE, Phase.SEND, Phase.UNATTRIBUTED)]


class PhaseSums:
    """Nanoseconds by group and phase over any number of lanes; rows are made when all have been added."""

    def __init__(self, groups: int) -> None:
        size = groups * len(PHASES)
        self._groups = groups
        self._wall, self._cpu, self._ready = np.zeros(size), np.zeros(size), np.zeros(size)
        self._between, self._late, self._asks = np.zeros(size), np.zeros(size), np.zeros(size)
        self._happened = np.zeros(size, dtype=np.bool_)
        self._blame = np.zeros((len(LAYERS), size))
        self._low, self._high = np.zeros(size), np.zeros(size)
        self._bounded = np.zeros(size, dtype=np.bool_)
        self.exchanges = np.zeros(groups, dtype=np.int64)
        self._stood_for = np.zeros(groups)

    def add(self, lane: Lane, group: Integers, stands_for: Floats | None = None) -> None:
        """Add the lane's detailed exchanges; ``group`` has one value for each exchange of the lane, -1 to leave it out.

        ``stands_for``, shaped as ``group``, is how many exchanges each stands for, where most were not seen in detail.

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
        many = np.ones(lane.count) if stands_for is None else stands_for
        each = many[found.owner]
        self._stood_for += np.bincount(group[numbers], many[numbers], self._groups)
        self._wall += np.bincount(key, wall * each, size)
        self._cpu += np.bincount(key, found.cpu * each, size)  # not a number where nobody knows: it stays so
        self._ready += np.bincount(key, found.ready * each, size)
        self._between += np.bincount(key, found.between * each, size)
        self._late += np.bincount(key, found.late * each, size)
        self._asks += np.bincount(key, found.asks * each, size)
        self._happened |= np.bincount(key, minlength=size) > 0
        self.exchanges += np.bincount(group[numbers], minlength=self._groups)
        for layer, blamed in enumerate(found.blame):
            self._blame[layer] += np.bincount(key, blamed * each, size)
        if found.low is not None and found.high is not None:
            self._low += np.bincount(key, found.low * each, size)
            self._high += np.bincount(key, found.high * each, size)
            self._bounded |= self._happened

    def together(self) -> "PhaseSums":
        """All groups as one."""
        found = PhaseSums(1)
        for name in ("_wall", "_cpu", "_ready", "_between", "_late", "_asks", "_low", "_high"):
            setattr(found, name, getattr(self, name).reshape(self._groups, len(PHASES)).sum(axis=0))
        for name in ("_happened", "_bounded"):
            setattr(found, name, getattr(self, name).reshape(self._groups, len(PHASES)).any(axis=0))
        found._blame = self._blame.reshape(len(LAYERS), self._groups, len(PHASES)).sum(axis=1)
        found.exchanges, found._stood_for = self.exchanges.sum(keepdims=True), self._stood_for.sum(keepdims=True)
        return found

    def rows(self, group: int) -> tuple[ProgramPhase, ...]:
        """The phases that happened to the group's exchanges, in order of time; means over all of them."""
        if not self.exchanges[group]:
            return ()
        scale = 1e3 * float(self._stood_for[group])
        rows: list[ProgramPhase] = []
        for place, phase in enumerate(PHASES):
            key = group * len(PHASES) + place
            if not self._happened[key]:
                continue
            wall, cpu, ready, between = (
                float(sums[key]) / scale for sums in (self._wall, self._cpu, self._ready, self._between)
            )
            known = not np.isnan(cpu)
            divided = place == _STREAM and not np.isnan(between)
            blame = {layer: float(us) / scale for layer, us in zip(LAYERS, self._blame[:, key], strict=True) if us > 0}
            edge = place in (_WAIT, _LOOP) and bool(self._bounded[key])
            rows.append(
                ProgramPhase(
                    phase=str(phase),
                    wall_us=wall,
                    cpu_us=cpu if known else None,
                    ready_us=ready if known else None,
                    wait_us=max(0.0, wall - cpu - ready - between) if known else None,
                    blame=blame,
                    low_us=float(self._low[key]) / scale if edge else None,
                    high_us=float(self._high[key]) / scale if edge else None,
                    between_us=between if divided else None,
                    late_us=float(self._late[key]) / scale if divided else None,
                    asks=float(self._asks[key]) / scale * 1e3 if divided else None,
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
    """Segments of one lane: ``owner``, ``phase``, ``start``, ``end``, their states, and the bounds of their lengths.

    ``between`` is what no state is of, between two pieces; ``late`` a part of it; ``asks`` how often a piece was asked for.
    """

    def __init__(self, columns: SegmentColumns) -> None:
        self.owner, self.phase, self.start, self.end = columns
        size = len(self.owner)
        self.cpu, self.ready = np.full(size, np.nan), np.full(size, np.nan)
        self.between, self.late, self.asks = np.zeros(size), np.zeros(size), np.zeros(size)
        self.blame: list[Floats] = []
        self.low: Floats | None = None
        self.high: Floats | None = None


def segments_of(lane: Lane, numbers: Integers) -> Segments:
    """The phases of these exchanges of the lane, one exchange after the other, each in order of time."""
    return _of_threads(lane, numbers) if lane.facts.kind is LaneKind.THREADS else _of_loop(lane, numbers)


def _of_loop(lane: Lane, numbers: Integers) -> Segments:
    bounds = answer_bounds(lane)
    answers = _Answers(bounds, lane.count)
    streaming = _streaming(lane)
    # Reads before the answer's are session tickets.
    columns = _cut(lane, numbers, not_read_before=answers.read)
    found = Segments(_streamed(_split(columns, answers), *streaming))
    steps = lane.steps
    if steps is None:
        _divide(found, asked_pieces(lane, *streaming))
        return found
    run = lane.run
    states = states_of(steps.started, ready_since(run, bounds.here_ns), lane.integers("step.owner"))
    loop_time = LoopTime.of(run, StackTable(run, charge_profiler=False))
    seen = ~lane.blocking[found.owner] & (found.phase != _STREAM)
    owner, start, end = found.owner, found.start, found.end
    cpu = states.running.length_until(owner, end) - states.running.length_until(owner, start)
    ready = states.ready.length_until(owner, end) - states.ready.length_until(owner, start)
    found.cpu, found.ready = np.where(seen, cpu, np.nan), np.where(seen, ready, np.nan)
    found.blame = [np.where(seen, each, 0.0) for each in states.ready.blame(owner, start, end, loop_time)]
    _divide(found, asked_pieces(lane, *streaming, states, loop_time))
    found.low, found.high = _bounds(found, answers)
    return found


class _Answers:
    """``AnswerBounds`` with one value an exchange, 0 where its answer was not read."""

    def __init__(self, bounds: AnswerBounds, count: int) -> None:
        self.read, self.here = _column(bounds.read_ns, count), _column(bounds.here_ns, count)
        self.low, self.high = _column(bounds.low_ns, count), _column(bounds.high_ns, count)


def _column(values: Mapping[int, int], count: int) -> Integers:
    column = np.zeros(count, dtype=np.int64)
    column[np.fromiter(values.keys(), np.int64, len(values))] = np.fromiter(values.values(), np.int64, len(values))
    return column


def _of_threads(lane: Lane, numbers: Integers) -> Segments:
    streaming = _streaming(lane)
    found = Segments(_streamed(_cut(lane, numbers), *streaming))
    clocks, ran, waited = ThreadClocks(lane.run), [], []
    parts = list(zip(found.phase.tolist(), found.start.tolist(), found.end.tolist(), strict=True))
    owners = np.flatnonzero(np.diff(found.owner, prepend=-1, append=-1))
    for first, last in pairwise(owners.tolist()):
        number = int(found.owner[first])
        cpu, wait = clocks.states(number, lane.started[number], lane.ended[number], parts[first:last], None)
        ran.append(cpu)
        waited.append(wait)
    if ran:
        found.cpu = np.concatenate(ran)
        found.ready = np.maximum(0.0, found.end - found.start - found.cpu - np.concatenate(waited))
        # What the thread does there it does for the program; inside of an ask it may wait for the interpreter as well.
        # And whether a call outside Python computes, waits for the server or for its turn, nobody sees.
        unseen = (found.phase == _STREAM) | lane.opaque[found.owner]
        for states in (found.cpu, found.ready):
            states[unseen] = np.nan
    _divide(found, asked_pieces(lane, *streaming))
    return found


def _cut(lane: Lane, numbers: Integers, not_read_before: Integers | None = None) -> SegmentColumns:
    """The exchanges cut into phases, without reads before those times, which have one value an exchange of the lane."""
    table = EventTable(lane.run, {})
    at, exchange, kind = table.events()
    mine = (exchange >= 0) & (exchange < lane.count)
    at, exchange, kind = at[mine], exchange[mine], kind[mine]
    if not_read_before is not None:
        kept = (kind != Event.READ) | (at >= not_read_before[exchange])
        at, exchange, kind = at[kept], exchange[kept], kind[kept]
    failed = lane.of_exchanges("error", 0)[numbers] > 0
    columns = cut_alike(numbers, lane.started[numbers], lane.ended[numbers], failed, (at, exchange, kind), table.known)
    return _seen_from_outside(lane, columns)


def _seen_from_outside(lane: Lane, columns: SegmentColumns) -> SegmentColumns:
    """Of a client that does its work outside Python, all is waiting until its call returns but for what its marks claim;
    what comes later is the body."""
    owner, phase, start, end = columns
    mine = lane.opaque[owner] & np.isin(phase, _UNMARKED)
    if not mine.any():
        return columns
    returned = lane.of_exchanges("returned_ns", 0)[owner]
    returned = np.where(returned > 0, np.clip(returned, start, end), end)
    found = [(owner[~mine], phase[~mine], start[~mine], end[~mine])]
    for kind, low, high in ((_WAIT, start, returned), (_BODY, returned, end)):
        some = mine & (low < high)
        found.append((owner[some], np.full(int(some.sum()), kind), low[some], high[some]))
    return _in_order(found)


def _divide(found: Segments, pieces: AskedPieces) -> None:
    """Tell the time in which the program has a response in its hands by its asks for pieces."""
    streamed = np.flatnonzero(found.phase == _STREAM)
    owner = found.owner[streamed]
    if not len(owner):
        return
    wall = (found.end - found.start)[streamed].astype(np.float64)
    # Nearly always the only one of its exchange.
    share = wall / np.bincount(owner, wall, len(pieces.known))[owner]
    known = pieces.known[owner]

    def part(of: Floats) -> Floats:
        return np.where(known, of[owner] * share, np.nan)

    asked = np.minimum(part(pieces.asked), wall)
    found.between[streamed] = wall - asked
    found.late[streamed] = np.minimum(part(pieces.late), wall - asked)
    found.asks[streamed] = part(pieces.count.astype(np.float64))
    found.cpu[streamed] = np.minimum(part(pieces.cpu), asked)
    found.ready[streamed] = np.minimum(part(pieces.ready), asked - found.cpu[streamed])
    for mine, of in zip(found.blame, pieces.blame, strict=bool(found.blame)):
        mine[streamed] = np.where(known, of[owner] * share, 0.0)


def _streaming(lane: Lane) -> tuple[Integers, Integers]:
    """From when to when the program had each exchange's response in its hands, before one call read or closed the rest."""
    returned, resumed = lane.of_exchanges("returned_ns", 0), lane.of_exchanges("resumed_ns", -1)
    until = np.where(resumed > 0, resumed, lane.ended)
    return returned, np.where((returned > 0) & (resumed >= 0), until, returned)


def _streamed(columns: SegmentColumns, since: Integers, until: Integers) -> SegmentColumns:
    """The segments, those of the body cut where it is in the program's hands; so is what follows where a client has given
    its connection back, to be shared with others, before the body came."""
    owner, phase, start, end = columns
    begin = np.clip(since[owner], start, end)
    stop = np.clip(until[owner], begin, end)
    split = ((phase == _BODY) | ((phase == _RELEASE) & (start <= since[owner]))) & (begin < stop)
    if not split.any():
        return columns
    mine, whole, rest = owner[split], phase[split], ~split
    edges = (start[split], begin[split], stop[split], end[split])
    found = [(owner[rest], phase[rest], start[rest], end[rest])]
    for kind, low, high in zip((whole, np.full_like(whole, _STREAM), whole), edges[:-1], edges[1:], strict=True):
        some = low < high
        found.append((mine[some], kind[some], low[some], high[some]))
    return _in_order(found)


def _in_order(parts: list[SegmentColumns]) -> SegmentColumns:
    owner, phase, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((start, owner))
    return owner[order], phase[order], start[order], end[order]


def _split(columns: SegmentColumns, answers: _Answers) -> SegmentColumns:
    """The last wait of each exchange that ended with the read of its answer, split where the answer was here."""
    owner, phase, start, end = columns
    here = answers.here[owner]
    waits = np.flatnonzero((phase == _WAIT) & (here > 0) & (end == answers.read[owner]) & (start < end))
    if not len(waits):
        return columns
    waits = waits[np.concatenate([owner[waits][1:] != owner[waits][:-1], [True]])]
    edge = np.clip(here[waits], start[waits], end[waits])
    whole, none = edge == end[waits], edge == start[waits]
    phase = phase.copy()
    phase[waits[none]] = _LOOP
    parted = waits[~whole & ~none]
    middle = edge[~whole & ~none]
    later_end, end = end[parted], end.copy()
    end[parted] = middle
    return (
        np.insert(owner, parted + 1, owner[parted]),
        np.insert(phase, parted + 1, np.full(len(parted), _LOOP)),
        np.insert(start, parted + 1, middle),
        np.insert(end, parted + 1, later_end),
    )


def _bounds(found: Segments, answers: _Answers) -> tuple[Floats, Floats]:
    """The least and the greatest length of each segment that ends or begins where the answer came."""
    low = (found.end - found.start).astype(np.float64)
    high = low.copy()
    here, least, most = (column[found.owner] for column in (answers.here, answers.low, answers.high))
    wait = (here > 0) & (found.phase == _WAIT) & (found.end == here)
    low[wait], high[wait] = np.maximum(0, least - found.start)[wait], (most - found.start)[wait]
    loop = (here > 0) & (found.phase == _LOOP) & (found.start == here)
    low[loop], high[loop] = (found.end - most)[loop], (found.end - least)[loop]
    return low, high


def _self_check(lane: Lane, numbers: Integers, found: Segments, wall: Floats) -> None:
    summed = np.bincount(found.owner, wall, lane.count)[numbers]
    lived = (lane.ended - lane.started)[numbers]
    assert np.array_equal(summed, lived), "the phases of an exchange do not add up to its wall time"
    for states in (found.cpu, found.ready):
        assert not (states < -1).any(), "a state of an exchange is negative"
    rest = wall - found.cpu - found.ready - found.between
    assert not (rest < -1).any(), "an exchange ran and was ready for longer than its phase lasted"


def loop_blame(phases: tuple[ProgramPhase, ...]) -> dict[Layer, float]:
    """Ready time by the layer that had the loop, microseconds per exchange, summed over phases."""
    total: dict[Layer, float] = {}
    for phase in phases:
        for layer, us in phase.blame.items():
            total[layer] = total.get(layer, 0.0) + us
    return total
