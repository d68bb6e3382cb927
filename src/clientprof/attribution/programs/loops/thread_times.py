"""Where threads that call clients are, outside of these calls: the program's own functions, computing or standing still.

What they compute counts whenever it is: the interpreter and the cores are the same. What they are outside of requests counts
from the first request of a thread to the end of its last one only, since what it does afterwards keeps no request waiting.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.sampled_time import estimate_sum
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.thread_rows import (
    CALL,
    CHUNKS,
    HERE,
    Asking,
    SeenAt,
    ThreadRows,
    askings_of,
    most_asking,
    rows_of,
)
from clientprof.model.programs.recording import Process
from clientprof.model.programs.threads import ThreadTime, ThreadUse
from clientprof.model.samples import CodeLocation


@dataclass(slots=True)
class _Sums:
    wall_ns: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(CHUNKS))
    cpu_ns: float = 0.0
    looks: int = 0
    threads: set[tuple[int, int]] = field(default_factory=set)
    seen_at: SeenAt = field(default_factory=SeenAt)


@dataclass(frozen=True, slots=True)
class ThreadLooks:
    """What was seen of the threads that call clients, in which they do something; of how many ``requests`` that is, the
    threads that make any, and by place of the lane, the process of each."""

    rows: Sequence[ThreadRows]
    requests: int
    askings: Mapping[tuple[int, int], Asking]
    process_of: Mapping[int, int]


def thread_looks(lanes: Sequence[Lane]) -> ThreadLooks:
    """Read them from the lanes, once for all that is asked of them."""
    seen, requests = rows_of(lanes)
    rows, processes = [row for row in seen if row.does_something], {lane.place: lane.facts.process for lane in lanes}
    return ThreadLooks(rows, requests, askings_of(lanes), processes)


def thread_times(looks: ThreadLooks) -> tuple[ThreadTime, ...]:
    """The program's functions outside of calls, from the first request of a thread to its last, those with most time first;
    shares are of the time in which these threads do something."""
    rows = _within(looks.rows, looks.askings)
    return _rows([row for row in rows if row.kind != CALL and not row.reads], _wall_ns(rows))


def thread_use(looks: ThreadLooks, processes: Sequence[Process]) -> ThreadUse | None:
    """What threads without a loop that make requests do with the time in which they do something; None without any look."""
    rows = looks.rows
    if not rows:
        return None
    asking = most_asking(looks.askings)
    between, worked_ns = _within(rows, asking), _wall_ns(rows)
    return ThreadUse(
        busy_s=sum(_union_ns([row for row in rows if row.lane == place]) for place in {row.lane for row in rows}) / 1e9,
        cpu_s=sum(float(row.cpu_ns.sum()) for row in rows) / 1e9,
        reading_cpu_s=sum(float(row.cpu_ns.sum()) for row in rows if row.reads) / 1e9,
        worked_s=worked_ns / 1e9,
        threads=len(_threads(rows)),
        processes=len({row.lane for row in rows}),
        between=_rows([row for row in between if row.kind == HERE], _wall_ns(between)),
        beside=_rows([row for row in rows if row.kind != CALL], worked_ns, by_cpu=True),
        computing=_rows(rows, worked_ns, by_cpu=True),
        requests=looks.requests,
        asking_threads=len(_threads(between)),
        outside_by_requests=_outside_by_requests(_within(rows, looks.askings), looks.askings),
        asking_share=_requests(asking) / max(1, _requests(looks.askings)) or 1.0,
        gil=all(processes[looks.process_of[row.lane]].gil for row in rows),
    )


def _within(rows: Sequence[ThreadRows], askings: Mapping[tuple[int, int], Asking]) -> list[ThreadRows]:
    return [each for row in rows if len((each := row.within(askings)).thread)]


def _wall_ns(rows: Sequence[ThreadRows]) -> float:
    return sum(float(row.wall_ns.sum()) for row in rows)


def _threads(rows: Sequence[ThreadRows]) -> set[tuple[int, int]]:
    return {(row.lane, each) for row in rows for each in np.unique(row.thread).tolist()}


def _outside_by_requests(rows: Sequence[ThreadRows], askings: Mapping[tuple[int, int], Asking]) -> float:
    """The share of a thread's time outside of requests, a mean in which each thread weighs as much as it makes requests."""
    outside: Counter[tuple[int, int]] = Counter()
    whole: Counter[tuple[int, int]] = Counter()
    for row in rows:
        for each in np.unique(row.thread).tolist():
            wall_ns = int(row.wall_ns[row.thread == each].sum())
            whole[row.lane, each] += wall_ns
            outside[row.lane, each] += wall_ns if row.kind == HERE else 0
    seen = [thread for thread in askings if whole[thread]]
    weighed = sum(askings[thread].requests * outside[thread] / whole[thread] for thread in seen)
    return weighed / sum(askings[thread].requests for thread in seen) if seen else 0.0


def _requests(askings: Mapping[tuple[int, int], Asking]) -> int:
    return sum(each.requests for each in askings.values())


def _union_ns(rows: Sequence[ThreadRows]) -> float:
    """The time in which at least one of these was going on."""
    ends = np.concatenate([row.ended_ns for row in rows]).astype(np.float64)
    starts = ends - np.concatenate([row.wall_ns for row in rows])
    order = np.argsort(starts)
    starts, latest = starts[order], np.maximum.accumulate(ends[order])
    before = np.concatenate([starts[:1], latest[:-1]])
    return float(np.maximum(0.0, latest - np.maximum(starts, before)).sum())


def _rows(rows: Sequence[ThreadRows], seen_ns: float, *, by_cpu: bool = False) -> tuple[ThreadTime, ...]:
    sums: dict[CodeLocation, _Sums] = {}
    for row in rows:
        if row.code is None:
            continue
        entry = sums.setdefault(row.code, _Sums())
        entry.wall_ns += np.bincount(row.chunk, row.wall_ns, CHUNKS)
        entry.cpu_ns += float(row.cpu_ns.sum())
        entry.looks += len(row.ended_ns)
        entry.threads.update((row.lane, each) for each in np.unique(row.thread).tolist())
        weight = row.cpu_ns if by_cpu else row.wall_ns
        entry.seen_at.add(row.line, row.below, int(weight.sum()))
    ordered = sorted(sums.items(), key=lambda item: -(item[1].cpu_ns if by_cpu else item[1].wall_ns.sum()))
    return tuple(_row(code, found, seen_ns) for code, found in ordered)


def _row(code: CodeLocation, found: _Sums, seen_ns: float) -> ThreadTime:
    whole_ns = float(found.wall_ns.sum())
    wall_ns = found.wall_ns if whole_ns else np.full(CHUNKS, found.cpu_ns / CHUNKS)
    if whole_ns and found.cpu_ns > whole_ns:  # CPU is exact, time is from looks: it takes as long as it computes
        wall_ns = wall_ns * (found.cpu_ns / whole_ns)
    wall = estimate_sum(wall_ns / 1e9, found.looks)
    return ThreadTime(
        file=code.file,
        line=code.line,
        function=code.function,
        at_line=found.seen_at.line,
        wall_s=type(wall)(wall.value, wall.low, wall.high, "s", wall.n),
        cpu_s=found.cpu_ns / 1e9,
        share=wall.value * 1e9 / seen_ns if seen_ns else 0.0,
        threads=len(found.threads),
        inside=found.seen_at.inside,
    )
