"""What threads compute that make no requests, while none is under way: the requests wait for it, and it for no request.

Threads are looked at from outside (``probes.programs.sampled.threads_beside``), and so is whether any call is under way. A
thread that waits for what others ask for computes when these are done: time in which it does is no time of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.thread_rows import SeenAt, programs_own
from clientprof.model.programs.lane import LaneKind
from clientprof.model.programs.threads import WorkBetween
from clientprof.model.samples import CodeLocation

# Of the time between two looks: a thread that computed so much of it, and had no core or no interpreter for the rest, was at
# work all of it.
_AT_WORK = 0.1


@dataclass(slots=True)
class _Sums:
    cpu_ns: int = 0
    wall_ns: int = 0
    looks: int = 0
    seen_at: SeenAt = field(default_factory=SeenAt)


def work_between(lanes: Sequence[Lane]) -> tuple[WorkBetween, ...]:
    """The program's functions, those with most CPU first; shares are of the time in which a request is under way or such a
    thread is at work."""
    sums: dict[CodeLocation, _Sums] = {}
    did_ns = 0
    for lane in lanes:
        if lane.facts.kind is not LaneKind.THREADS:
            continue
        gap, cpu, asked, stack = (lane.integers(f"beside.{name}") for name in ("gap_ns", "cpu_ns", "asked", "stack"))
        if not len(gap):
            continue
        alone = (asked == 0) & (stack >= 0)
        wall = np.where(cpu >= _AT_WORK * gap, gap, cpu)
        did_ns += int(gap[asked == 1].sum()) + int(wall[alone].sum())
        table = StackTable(lane.run, charge_profiler=False)
        for number in np.unique(stack[alone]).tolist():
            mine = alone & (stack == number)
            code, line, below, _ = programs_own(lane, table, number)
            if code is None:
                continue
            found, spent_ns = sums.setdefault(code, _Sums()), int(cpu[mine].sum())
            found.cpu_ns += spent_ns
            found.wall_ns += int(wall[mine].sum())
            found.looks += int(mine.sum())
            found.seen_at.add(line, below, spent_ns)
    ordered = sorted(sums.items(), key=lambda item: -item[1].cpu_ns)
    return tuple(
        WorkBetween(
            file=code.file,
            line=code.line,
            function=code.function,
            at_line=found.seen_at.line,
            cpu_s=found.cpu_ns / 1e9,
            share=found.wall_ns / did_ns,
            looks=found.looks,
            inside=found.seen_at.inside,
        )
        for code, found in ordered
    )
