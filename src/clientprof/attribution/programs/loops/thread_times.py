"""Where threads that call clients are, outside of these calls: the program's own functions, computing or standing still.

Threads are looked at from outside (``probes.programs.sampled``): a row of ``dwell`` says for how long a thread was
at a stack. What belongs to a call of a client is told by the phases of its exchange, so it is left out here; so is a
client's code below the program's own, which reads a body. Time without a function of the program on the stack is a worker
that waits for its next task: it is nobody's.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.sampled_time import estimate_sum
from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.programs.lane import Lane
from clientprof.model.layers import Layer
from clientprof.model.programs.results import ThreadTime
from clientprof.model.samples import CodeLocation

_CHUNKS = 20


@dataclass(slots=True)
class _Sums:
    wall_ns: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(_CHUNKS))
    cpu_ns: float = 0.0
    looks: int = 0
    threads: set[tuple[int, int]] = field(default_factory=set)
    lines: Counter[int] = field(default_factory=Counter)
    # By function; None is the program's own.
    inside: Counter[str | None] = field(default_factory=Counter)


def thread_times(lanes: Sequence[Lane]) -> tuple[ThreadTime, ...]:
    """The program's functions, those with most time first."""
    sums: dict[CodeLocation, _Sums] = {}
    seen_ns = 0.0
    for lane in lanes:
        seen_ns += float(lane.integers("dwell.wall_ns").sum())
        _add(lane, sums)
    ordered = sorted(sums.items(), key=lambda item: -item[1].wall_ns.sum())
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
        inside=found.inside.most_common(1)[0][0] if found.inside else None,
    )


def _add(lane: Lane, sums: dict[CodeLocation, _Sums]) -> None:
    stack, exchange, thread = (lane.integers(f"dwell.{name}") for name in ("stack", "exchange", "thread"))
    if not len(stack):
        return
    wall, cpu = lane.integers("dwell.wall_ns"), lane.integers("dwell.cpu_ns")
    chunk = np.arange(len(stack)) * _CHUNKS // len(stack)
    table = StackTable(lane.run, charge_profiler=False)
    outside = exchange < 0
    for number in np.unique(stack[outside]).tolist():
        found = _own(lane, table, number)
        if found is None:
            continue
        code, line, inside = found
        mine = outside & (stack == number)
        entry = sums.setdefault(code, _Sums())
        entry.wall_ns += np.bincount(chunk[mine], wall[mine], _CHUNKS)
        entry.cpu_ns += float(cpu[mine].sum())
        entry.looks += int(mine.sum())
        entry.threads.update((lane.place, each) for each in np.unique(thread[mine]).tolist())
        entry.lines[line] += int(wall[mine].sum())
        entry.inside[inside] += int(wall[mine].sum())


def _own(lane: Lane, table: StackTable, number: int) -> tuple[CodeLocation, int, str | None] | None:
    """The program's innermost function on the stack, the line that it is at, and the innermost function that can be named
    below it; None where the stack is a client's, or nobody's."""
    stack = table.stacks[number]
    place = max((n for n, code in enumerate(stack.frames) if table.codes[code].origin == "app"), default=-1)
    if place < 0:
        return None
    for code, layer in zip(stack.frames[place + 1 :], stack.layers[place + 1 :], strict=True):
        if table.codes[code].origin == "package" and layer not in (Layer.APP, Layer.OTHER):
            return None
    own = stack.frames[place]
    first, count = (int(lane.integers(f"stack.{name}")[number]) for name in ("first", "count"))
    codes, lines = (lane.run.column(f"frame.{name}")[first : first + count] for name in ("code", "line"))
    line = next(line for code, line in zip(codes, lines, strict=True) if code == own)
    inside = table.codes[stack.frames[-1]]
    return table.codes[own], int(line), None if inside == table.codes[own] else inside.name
