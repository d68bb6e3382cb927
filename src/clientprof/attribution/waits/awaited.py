"""What requests waited in: the ledger's waiting time, divided up by the function whose await it passed in.

Theory of operation. Some exchanges, drawn by chance, are watched: of each step of their tasks the recording has the chain of
awaits that the task had been suspended in. An exchange waits between two of its steps (``states``); such a gap belongs to
the chain of the first task that runs at its end or after it: what that task awaited is what ended the standing still. The
steps in between, the timer's or the reader's that woke the task, have no chain and need none. So of a watched exchange each
nanosecond of waiting is in one row, and the rows add up to the ledger's waiting time but for which exchanges were watched.

Where several tasks work for one exchange, a gap is that of the task that runs first afterwards: of two sleeps side by side,
the longer one gets what it lasts beyond the shorter. A task of its own shows its own chain, not that of who waits for it.

The named function is the innermost one outside the standard library whose module does more than synchronise: everybody waits
in ``Event.wait`` in the end, and what is asked is who did. Its layer is the one in force at that function.

trio is to its users what the standard library is to asyncio's: its functions are not named but stood in. Below the one
that was called (``trio.sleep``) are up to five more, alike for all waits, so the outermost of them is told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from clientprof.attribution.costs.sampled_time import CHUNKS, Floats, estimate_sum
from clientprof.attribution.costs.stacks import ClassifiedStack, StackTable
from clientprof.attribution.ledger.event_reading import EventReading
from clientprof.attribution.ledger.exchange_events import EventTable, measured_exchanges
from clientprof.attribution.ledger.phase_segments import PHASES
from clientprof.attribution.ledger.pieces import Pieces
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import OwnedIntervals, states_of
from clientprof.attribution.waits.off_cpu_rows import NOWHERE, off_cpu_row
from clientprof.attribution.waits.wait_gaps import Gaps, Integers, integers
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.phases import Phase
from clientprof.model.run import Run
from clientprof.model.samples import CodeLocation
from clientprof.stats.distinct import distinct

SMALLEST_SHARE = 0.001
# Of exchanges, in one chunk of the bootstrap.
_FEWEST = 5
# What a request waits for in these is what they are about.
_PHASES_OF_WAITING = (
    Phase.POOL, Phase.DNS, Phase.CONNECT, Phase.TLS, Phase.H2_SETUP,
    Phase.UPLINK, Phase.SERVER, Phase.DOWNLINK, Phase.WAIT,
)  # fmt: skip
# Whose business is waiting for the other side.
_LAYERS_OF_WAITING = (Layer.IO, Layer.TLS, Layer.CONNECT)
_ELSEWHERE = [place for place, phase in enumerate(PHASES) if phase not in _PHASES_OF_WAITING]


def awaited_costs(run: Run, reading: EventReading | None = None) -> tuple[OffCpuCost, ...]:
    """Rows of kind AWAITED of a ledger run's warm rounds, the most first; the rest of the waiting time is the last row.

    Empty where nothing noted what tasks await: then waiting is known by phase alone. ``reading`` is the run's, where it is
    known.
    """
    if not run.length("await.exchange") or run.length("step.started_ns") < 2:
        return ()
    reading = EventReading.of(Pieces(run)) if reading is None else reading
    pieces = reading.pieces
    watched = pieces.each(lambda _, piece: _watched(piece))
    before = np.cumsum([0, *map(len, watched)])
    total = int(before[-1])
    if not total:
        return ()
    chunks = max(1, min(CHUNKS, total // _FEWEST))

    def waits(number: int, piece: Run) -> "_Waits":
        chunk = (np.arange(len(watched[number])) + before[number]) * chunks // total
        return _Waits.of(piece, reading.events(piece), watched[number], chunk, chunks)

    return tuple(_rows(run, pieces.each(waits), total, chunks))


def _watched(run: Run) -> Integers:
    """The exchanges of the warm rounds whose awaits were noted."""
    return np.intersect1d(distinct(integers(run, "await.exchange")), measured_exchanges(run))


@dataclass(frozen=True, slots=True)
class _Waits:
    """What a piece of the run waited, nanoseconds: all of it by chunk, and each chain's gaps by chunk and by phase.

    ``unexplained`` is, by chain, what passed outside of the phases of waiting and was not ended by data.
    """

    waiting: Floats
    wall_ns: float
    by_chunk: dict[int, Floats]
    by_phase: dict[int, Floats]
    unexplained: dict[int, float]

    @classmethod
    def of(cls, run: Run, events: EventTable, watched: Integers, chunk: Integers, chunks: int) -> "_Waits":
        """``chunk`` is each watched exchange's."""
        waiting: Floats = np.zeros(chunks)
        found = cls(waiting, 0.0, {}, {}, {})
        if not len(watched):
            return found
        started = integers(run, "step.started_ns")
        states = states_of(started, ready_since(run, events.wakes), integers(run, "step.owner"))
        begin, end = events.started[watched], events.ended[watched]
        gaps = Gaps.of(run, states, watched, begin, end)
        waits = (end - begin).astype(np.float64)
        for state in (states.running, states.ready):
            waits -= state.length_until(watched, end) - state.length_until(watched, begin)
        np.add.at(waiting, chunk, waits)
        phases = _phases(events, watched, gaps)
        lengths = (gaps.end - gaps.start).astype(np.float64)
        at = chunk[np.searchsorted(watched, gaps.exchange)]
        for chain in distinct(gaps.chain).tolist():
            mine = gaps.chain == chain
            parts = np.bincount(at[mine], weights=lengths[mine], minlength=chunks).astype(np.float64)
            found.by_chunk[chain], found.by_phase[chain] = parts, phases[:, mine].sum(axis=1)
            found.unexplained[chain] = float(phases[_ELSEWHERE][:, mine & ~gaps.by_data].sum())
        return replace(found, wall_ns=float((end - begin).sum()))


def _phases(events: EventTable, watched: Integers, gaps: Gaps) -> Floats:
    """Nanoseconds of each gap by phase, shape (phases, gaps)."""
    owner, phase, start, end = events.segments(watched)
    origin = int(events.started[watched].min())
    span = int(events.ended[watched].max()) - origin + 2
    found = np.zeros((len(PHASES), len(gaps.start)))
    for place in range(len(PHASES)):
        mine = phase == place
        intervals = OwnedIntervals(owner[mine], start[mine], end[mine], origin, span)
        until, since = (intervals.length_until(gaps.exchange, at) for at in (gaps.end, gaps.start))
        found[place] = until - since
    return found


class _Name(NamedTuple):
    """What a row is about: the function waited in, its layer there and that of its module, what it stood in."""

    layer: Layer
    work: Layer | None
    code: CodeLocation
    by: CodeLocation


def _name(table: StackTable, stack: ClassifiedStack) -> _Name:
    codes, frames = table.codes, stack.frames
    inward = range(len(frames) - 1, -1, -1)
    of_packages = [place for place in inward if codes[frames[place]].origin in ("package", "app")]
    of_users = [place for place in of_packages if not _is_trio(codes[frames[place]])] or of_packages
    acting = (place for place in of_users if table.work_layer(frames[place]) is not Layer.CONCURRENCY)
    place = next(acting, of_users[0] if of_users else len(frames) - 1)
    by = _stood_in([codes[frame] for frame in frames[place:]])
    return _Name(stack.layers[place], table.work_layer(frames[place]), codes[frames[place]], by)


def _stood_in(inward: list[CodeLocation]) -> CodeLocation:
    """The innermost function; of trio's the outermost one that is called by its name and no part of the core."""
    first = len(inward)
    while first and _is_trio(inward[first - 1]):
        first -= 1
    called = [code for code in inward[first:] if not code.function.rpartition(".")[2].startswith("__")]
    public = (code for code in called if not code.module.startswith("trio._core."))
    return next(public, called[0] if called else inward[-1])


def _is_trio(code: CodeLocation) -> bool:
    return code.module.partition(".")[0] == "trio"


def _rows(run: Run, parts: Sequence[_Waits], watched: int, chunks: int) -> Iterator[OffCpuCost]:
    """``watched`` is how many exchanges there were in all."""
    table = StackTable(run, awaited=True)
    wall_ns = sum(part.wall_ns for part in parts)
    by_name: dict[_Name, list[int]] = {}
    for number in sorted({number for part in parts for number in part.by_chunk}):
        if number >= 0 and table.stacks[number].frames:
            by_name.setdefault(_name(table, table.stacks[number]), []).append(number)
    scale = 1.0 / watched / 1e3
    left: Floats = np.add.reduce([part.waiting for part in parts])
    rows: list[OffCpuCost] = []
    for name, numbers in by_name.items():
        mine = [(part, number) for part in parts for number in numbers if number in part.by_chunk]
        by_chunk: Floats = np.add.reduce([part.by_chunk[number] for part, number in mine])
        if by_chunk.sum() < SMALLEST_SHARE * wall_ns:
            continue
        left = left - by_chunk
        cost = estimate_sum(scale * by_chunk, watched)
        row = off_cpu_row(OffCpu.AWAITED, name.layer, name.code, name.by, cost)
        by_phase: Floats = np.add.reduce([part.by_phase[number] for part, number in mine])
        unexplained = sum(part.unexplained[number] for part, number in mine)
        rows.append(
            replace(
                row,
                phase=PHASES[int(by_phase.argmax())],
                share=float(by_chunk.sum()) / wall_ns,
                explained=name.layer in _LAYERS_OF_WAITING
                or name.work in _LAYERS_OF_WAITING
                or bool(unexplained < by_phase.sum() / 2),
            )
        )
    yield from sorted(rows, key=lambda row: -row.us_per_request.value)
    if left.sum() >= 1:
        cost = estimate_sum(scale * left, watched)
        row = off_cpu_row(OffCpu.AWAITED, Layer.OTHER, NOWHERE, NOWHERE, cost)
        yield replace(row, share=float(left.sum()) / wall_ns)
