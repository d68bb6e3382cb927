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

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from clientprof.attribution.costs.sampled_time import CHUNKS, Floats, estimate_sum
from clientprof.attribution.costs.stacks import ClassifiedStack, StackTable
from clientprof.attribution.ledger.exchange_events import EventTable
from clientprof.attribution.ledger.phase_segments import PHASES, SegmentTable, cut
from clientprof.attribution.ledger.readiness import ready_since
from clientprof.attribution.ledger.states import OwnedIntervals, states_of
from clientprof.attribution.waits.off_cpu_rows import NOWHERE, off_cpu_row
from clientprof.attribution.waits.wait_gaps import Gaps, Integers, integers
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.phases import Phase
from clientprof.model.recording import Run
from clientprof.model.samples import CodeLocation

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


def awaited_costs(run: Run) -> tuple[OffCpuCost, ...]:
    """Rows of kind AWAITED of a ledger run's measured rounds, the most first; the rest of the waiting time is the last row.

    Empty where nothing noted what tasks await: then waiting is known by phase alone.
    """
    started = integers(run, "step.started_ns")
    watched = np.unique(integers(run, "await.exchange"))
    if not len(watched) or len(started) < 2:
        return ()
    events = EventTable(run)
    watched = np.intersect1d(watched, events.numbers)
    if not len(watched):
        return ()
    states = states_of(started, ready_since(run, events.wakes), integers(run, "step.owner"))
    begin, end = events.started[watched], events.ended[watched]
    gaps = Gaps.of(run, states, watched, begin, end)
    waiting = (end - begin).astype(np.float64)
    for state in (states.running, states.ready):
        waiting -= state.length_until(watched, end) - state.length_until(watched, begin)
    return tuple(_rows(run, gaps, watched, waiting, float((end - begin).sum()), _phases(events, watched, gaps)))


def _phases(events: EventTable, watched: Integers, gaps: Gaps) -> Floats:
    """Nanoseconds of each gap by phase, shape (phases, gaps)."""
    segments = SegmentTable()
    events.numbers = watched
    for each in events:
        parts = cut(
            each.started_ns, each.ended_ns, each.events, each.stamps, events.known, answered=not each.error
        )  # fmt: skip
        segments.extend(each.number, parts)
    owner, phase, start, end = segments.columns()
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


def _rows(
    run: Run, gaps: Gaps, watched: Integers, waiting: Floats, wall_ns: float, phases: Floats
) -> Iterator[OffCpuCost]:
    """``waiting`` is each watched exchange's, nanoseconds; ``wall_ns`` is the wall time of all of them."""
    table = StackTable(run, awaited=True)
    chunks = max(1, min(CHUNKS, len(watched) // _FEWEST))
    chunk = np.searchsorted(watched, gaps.exchange) * chunks // len(watched)
    lengths = (gaps.end - gaps.start).astype(np.float64)
    by_name: dict[_Name, list[int]] = {}
    for number in np.unique(gaps.chain).tolist():
        if number >= 0 and table.stacks[number].frames:
            by_name.setdefault(_name(table, table.stacks[number]), []).append(number)
    scale = 1.0 / len(watched) / 1e3
    left: Floats = np.zeros(chunks)
    np.add.at(left, np.arange(len(watched)) * chunks // len(watched), waiting)
    rows: list[OffCpuCost] = []
    for name, numbers in by_name.items():
        mine = np.isin(gaps.chain, numbers)
        parts: Floats = np.bincount(chunk[mine], weights=lengths[mine], minlength=chunks).astype(np.float64)
        if parts.sum() < SMALLEST_SHARE * wall_ns:
            continue
        left -= parts
        cost = estimate_sum(scale * parts, len(watched))
        row = off_cpu_row(OffCpu.AWAITED, name.layer, name.code, name.by, cost)
        by_phase = phases[:, mine].sum(axis=1)
        unexplained = phases[_ELSEWHERE][:, mine & ~gaps.by_data].sum()
        rows.append(
            replace(
                row,
                phase=PHASES[int(by_phase.argmax())],
                share=float(parts.sum()) / wall_ns,
                explained=name.layer in _LAYERS_OF_WAITING
                or name.work in _LAYERS_OF_WAITING
                or bool(unexplained < by_phase.sum() / 2),
            )
        )
    yield from sorted(rows, key=lambda row: -row.us_per_request.value)
    if left.sum() >= 1:
        cost = estimate_sum(scale * left, len(watched))
        row = off_cpu_row(OffCpu.AWAITED, Layer.OTHER, NOWHERE, NOWHERE, cost)
        yield replace(row, share=float(left.sum()) / wall_ns)
