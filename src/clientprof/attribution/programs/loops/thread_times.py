"""Where threads that call clients are, outside of these calls: the program's own functions, computing or standing still.

Threads are looked at from outside (``probes.programs.sampled``): a row of ``dwell`` says for how long a thread was
at a stack. What belongs to a call of a client is told by the phases of its exchange, so it is left out here; so is a
client's code that reads a body while the response is open. What a client does for the program besides, such as parsing a
body that is here or building a client, is the program's function's. Time without a function of the program on the stack is
a worker that waits for its next task: it is nobody's.

CPU is exact by thread, not by stack: what a thread computed since the look before is charged to where it is now. With many
threads that share an interpreter, much of it is charged to the wrong side of a call. The calls know their own CPU, so both
sides are brought to what they are together.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.sampled_time import estimate_sum
from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.programs.lane import Booleans, Integers, Lane
from clientprof.model.layers import Layer
from clientprof.model.programs.lane import LaneKind
from clientprof.model.programs.results import ProgramPhase, ThreadTime, ThreadUse
from clientprof.model.samples import CodeLocation

_CHUNKS = 20
_HERE, _OPEN, _CALL = range(3)


@dataclass(slots=True)
class _Sums:
    wall_ns: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(_CHUNKS))
    cpu_ns: float = 0.0
    looks: int = 0
    threads: set[tuple[int, int]] = field(default_factory=set)
    lines: Counter[int] = field(default_factory=Counter)
    # Functions below the program's own, and how deep.
    below: Counter[tuple[int, str]] = field(default_factory=Counter)


def thread_times(
    lanes: Sequence[Lane], phases: Sequence[ProgramPhase] = (), requests: int = 0
) -> tuple[ThreadTime, ...]:
    """The program's functions outside of calls, those with most time first; shares are of all time that was seen.

    ``phases`` are the means of so many ``requests``.
    """
    seen_ns = sum(float(lane.integers("dwell.wall_ns").sum()) for lane in lanes)
    rows = _balanced(_all(lanes), _of_calls_ns(phases, requests))
    return _rows([row for row in rows if row.kind != _CALL and not row.reads], seen_ns)


def thread_use(lanes: Sequence[Lane], phases: Sequence[ProgramPhase], requests: int) -> ThreadUse | None:
    """What threads without a loop that make requests do with the time in which they do something; None without any look.

    ``phases`` are the means of so many ``requests``.
    """
    rows = [row for row in _all(lanes) if row.code is not None or row.kind == _CALL]
    if not rows:
        return None
    rows = _balanced(rows, _of_calls_ns(phases, requests))
    worked_ns = sum(float(row.wall_ns.sum()) for row in rows)
    return ThreadUse(
        busy_s=sum(_union_ns([row for row in rows if row.lane == place]) for place in {row.lane for row in rows}) / 1e9,
        cpu_s=sum(float(row.cpu_ns.sum()) for row in rows) / 1e9,
        reading_cpu_s=sum(float(row.cpu_ns.sum()) for row in rows if row.reads) / 1e9,
        worked_s=worked_ns / 1e9,
        threads=len({(row.lane, each) for row in rows for each in np.unique(row.thread).tolist()}),
        processes=len({row.lane for row in rows}),
        between=_rows([row for row in rows if row.kind == _HERE], worked_ns),
        beside=_rows([row for row in rows if row.kind != _CALL], worked_ns, by_cpu=True),
        computing=_rows(rows, worked_ns, by_cpu=True),
    )


@dataclass(slots=True)
class _Rows:
    """The rows of one stack of a lane that are of one kind: in the program, in an open response, in a call of a client."""

    lane: int
    kind: int
    code: CodeLocation | None
    line: int
    below: tuple[str, ...]
    # A client reads the body of an open response below the program's function.
    reads: bool
    ended_ns: Integers
    wall_ns: npt.NDArray[np.float64]
    cpu_ns: npt.NDArray[np.float64]
    thread: Integers
    chunk: Integers


def _all(lanes: Sequence[Lane]) -> list[_Rows]:
    return [row for lane in lanes if lane.facts.kind is LaneKind.THREADS for row in _of(lane)]


def _of(lane: Lane) -> Iterator[_Rows]:
    names = ("at_ns", "wall_ns", "cpu_ns", "stack", "exchange", "thread")
    at, wall, cpu, stack, exchange, thread = (lane.integers(f"dwell.{name}") for name in names)
    if not len(stack):
        return
    chunk = np.arange(len(stack)) * _CHUNKS // len(stack)
    table = StackTable(lane.run, charge_profiler=False)
    ended = _ends(at, wall, thread)
    kind = np.where(exchange >= 0, _CALL, np.where(_in_open_responses(lane, thread, ended - wall // 2), _OPEN, _HERE))
    for number, which in np.unique(np.stack([stack, kind]), axis=1).T.tolist():
        code, line, below, client = _own(lane, table, number)
        mine = (stack == number) & (kind == which)
        yield _Rows(
            lane=lane.place,
            kind=which,
            code=code,
            line=line,
            below=below,
            reads=client and which == _OPEN,
            ended_ns=ended[mine],
            wall_ns=wall[mine].astype(np.float64),
            cpu_ns=cpu[mine].astype(np.float64),
            thread=thread[mine],
            chunk=chunk[mine],
        )


def _ends(at: Integers, wall: Integers, thread: Integers) -> Integers:
    """When each row's time ended: of several that one look of a thread wrote, each goes on from the one before."""
    ended = at.copy()
    for each in np.unique(thread).tolist():
        mine = np.flatnonzero(thread == each)
        until = np.cumsum(wall[mine])
        last = np.searchsorted(at[mine], at[mine], side="right") - 1
        ended[mine] -= until[last] - until
    return ended


def _in_open_responses(lane: Lane, thread: Integers, at: Integers) -> Booleans:
    """Which instants lie in a time in which their thread had a response of its own in its hands."""
    found = np.zeros(len(at), dtype=np.bool_)
    since, until, owner = lane.of_exchanges("returned_ns", 0), lane.ended, lane.of_exchanges("thread")
    held = (since > 0) & (until > since) & (lane.of_exchanges("streamed", 0) == 1)
    for each in np.unique(owner[held]).tolist():
        mine, asked = held & (owner == each), thread == each
        order = np.argsort(since[mine], kind="stable")
        began, ended = since[mine][order], np.maximum.accumulate(until[mine][order])
        place = np.searchsorted(began, at[asked], side="right") - 1
        found[asked] = (place >= 0) & (at[asked] < ended[np.maximum(place, 0)])
    return found


def _of_calls_ns(phases: Sequence[ProgramPhase], requests: int) -> float:
    """CPU in calls by their own count."""
    return sum(phase.cpu_us for phase in phases if phase.cpu_us is not None) * requests * 1e3


def _balanced(rows: Sequence[_Rows], calls_cpu_ns: float) -> list[_Rows]:
    """The rows with as much CPU in calls as these know of themselves, and the rest outside of them."""
    sums = [sum(float(row.cpu_ns.sum()) for row in rows if (row.kind == _CALL) is called) for called in (False, True)]
    total, wanted = sum(sums), min(sum(sums), calls_cpu_ns)
    if not wanted or not all(sums):
        return list(rows)
    outside, called = (total - wanted) / sums[0], wanted / sums[1]
    for row in rows:
        row.cpu_ns = row.cpu_ns * (called if row.kind == _CALL else outside)
    return list(rows)


def _union_ns(rows: Sequence[_Rows]) -> float:
    """The time in which at least one of these was going on."""
    ends = np.concatenate([row.ended_ns for row in rows]).astype(np.float64)
    starts = ends - np.concatenate([row.wall_ns for row in rows])
    order = np.argsort(starts)
    starts, latest = starts[order], np.maximum.accumulate(ends[order])
    before = np.concatenate([starts[:1], latest[:-1]])
    return float(np.maximum(0.0, latest - np.maximum(starts, before)).sum())


def _rows(rows: Sequence[_Rows], seen_ns: float, *, by_cpu: bool = False) -> tuple[ThreadTime, ...]:
    sums: dict[CodeLocation, _Sums] = {}
    for row in rows:
        if row.code is None:
            continue
        entry = sums.setdefault(row.code, _Sums())
        entry.wall_ns += np.bincount(row.chunk, row.wall_ns, _CHUNKS)
        entry.cpu_ns += float(row.cpu_ns.sum())
        entry.looks += len(row.ended_ns)
        entry.threads.update((row.lane, each) for each in np.unique(row.thread).tolist())
        weight = row.cpu_ns if by_cpu else row.wall_ns
        entry.lines[row.line] += int(weight.sum())
        entry.below.update({each: int(weight.sum()) for each in enumerate(row.below)})
    ordered = sorted(sums.items(), key=lambda item: -(item[1].cpu_ns if by_cpu else item[1].wall_ns.sum()))
    return tuple(_row(code, found, seen_ns) for code, found in ordered)


def _row(code: CodeLocation, found: _Sums, seen_ns: float) -> ThreadTime:
    wall = estimate_sum(found.wall_ns / 1e9, found.looks)
    return ThreadTime(
        file=code.file,
        line=code.line,
        function=code.function,
        at_line=found.lines.most_common(1)[0][0],
        wall_s=type(wall)(wall.value, wall.low, wall.high, "s", wall.n),
        cpu_s=found.cpu_ns / 1e9,
        share=wall.value * 1e9 / seen_ns if seen_ns else 0.0,
        threads=len(found.threads),
        inside=_inside(found),
    )


def _inside(found: _Sums) -> str | None:
    """The innermost function below the program's own that has half of its time; None where no function has."""
    half = sum(found.lines.values()) / 2
    return max((each for each, weight in found.below.items() if weight and weight >= half), default=(0, None))[1]


def _own(lane: Lane, table: StackTable, number: int) -> tuple[CodeLocation | None, int, tuple[str, ...], bool]:
    """The program's innermost function on the stack, None where there is none, the line that it is at, the functions below
    it, and whether a client is one of them."""
    stack = table.stacks[number]
    place = max((n for n, code in enumerate(stack.frames) if table.codes[code].origin == "app"), default=-1)
    if place < 0:
        return None, 0, (), False
    own, deeper = stack.frames[place], stack.frames[place + 1 :]
    layers = zip(deeper, stack.layers[place + 1 :], strict=True)
    client = any(
        table.codes[code].origin == "package" and each not in (Layer.APP, Layer.OTHER) for code, each in layers
    )
    first, count = (int(lane.integers(f"stack.{name}")[number]) for name in ("first", "count"))
    codes, lines = (lane.run.column(f"frame.{name}")[first : first + count] for name in ("code", "line"))
    line = next(line for code, line in zip(codes, lines, strict=True) if code == own)
    return table.codes[own], int(line), tuple(table.codes[code].name for code in deeper), client
