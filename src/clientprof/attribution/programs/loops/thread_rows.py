"""Rows of threads that call clients: for how long each was at a stack, in a call, beside an open response, or in neither.

Threads are looked at from outside (``probes.programs.sampled``): a row of ``dwell`` says for how long a thread was
at a stack. Whatever a thread does from the beginning of a request of its own to its end is no time outside of requests; so
is a client's code that reads a body which another thread has asked for. What a client does for the program besides, such as
parsing a body that is here or building a client, is the program's function's. Time without a function of the program on the
stack is a worker that waits for its next task: it is nobody's.

CPU is exact by thread, not by stack: what a thread computed since the look before is charged to where it is now. The calls
know their own CPU, so both sides of a call are brought to what they are together. Outside of calls, a function of a worker
is often over when the thread is looked at, as it lets go of the interpreter in a lock of its pool. So what is charged to a
pool between two tasks is given back to what ran outside of calls; the pool computes some 10 to 20 us of it itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.programs.lane import Booleans, Integers, Lane
from clientprof.model.layers import Layer
from clientprof.model.programs.lane import LaneKind
from clientprof.model.run import Blocking
from clientprof.model.samples import CodeLocation

CHUNKS = 20
HERE, OPEN, CALL = range(3)
_FOREVER = np.iinfo(np.int64).max
# A call that began so long before a look belongs to what the look tells; between windows nobody looks for longer.
_GAP_NS = 1_000_000_000
# Where a worker of a pool of threads is between two tasks, and what it waits in.
_POOLS = frozenset(("concurrent.futures.thread", "multiprocessing.pool"))
_LOCKS = frozenset(("threading", "queue", "concurrent.futures._base"))
# Of all requests: threads that make the rest of them are not whom it is asked about.
_MOST = 0.9


@dataclass(slots=True)
class ThreadRows:
    """The rows of one stack of a lane that are of one kind: in the program, in an open response, in a call of a client."""

    lane: int
    kind: int
    code: CodeLocation | None
    line: int
    below: tuple[str, ...]
    # A client reads the body of an open response below the program's function.
    reads: bool
    # A worker has ended a task, and waits for the next one or has taken it; its time is what it computed.
    between_tasks: bool
    ended_ns: Integers
    wall_ns: npt.NDArray[np.float64]
    cpu_ns: npt.NDArray[np.float64]
    thread: Integers
    chunk: Integers

    @property
    def does_something(self) -> bool:
        """Whether it is more than waiting for the next task."""
        return self.code is not None or self.kind == CALL or self.between_tasks

    def within(self, askings: "Mapping[tuple[int, int], Asking]") -> "ThreadRows":
        """What lies between the first request of its thread and the end of the last one; nothing of other threads."""
        mine = [askings.get((self.lane, each), _NEVER) for each in self.thread.tolist()]
        first, last = (np.array([each[n] for each in mine], dtype=np.int64) for n in (0, 1))
        began = self.ended_ns - self.wall_ns
        ended = np.minimum(self.ended_ns, last)
        part = np.clip(ended - np.maximum(began, first), 0.0, None) / np.maximum(self.wall_ns, 1.0)
        # CPU whose time is in other rows.
        part = np.where(self.wall_ns > 0, part, (self.ended_ns >= first) & (self.ended_ns <= last))
        some = part > 0
        return replace(
            self,
            ended_ns=ended[some],
            wall_ns=(self.wall_ns * part)[some],
            cpu_ns=(self.cpu_ns * part)[some],
            thread=self.thread[some],
            chunk=self.chunk[some],
        )


class Asking(NamedTuple):
    """When the first request of a thread began, when its last one ended, nanoseconds, and how many it made."""

    first_ns: int
    last_ns: int
    requests: int


_NEVER = Asking(0, 0, 0)


def rows_of(lanes: Sequence[Lane]) -> tuple[list[ThreadRows], int]:
    """The rows, with as much CPU in calls as these know of themselves and the rest outside; and how many requests ended of
    which they tell."""
    lanes = [lane for lane in lanes if lane.facts.kind is LaneKind.THREADS]
    rows = [row for lane in lanes for row in _given_back(list(_of(lane)))]
    of_calls = [_of_calls(lane) for lane in lanes]
    return _balanced(rows, sum(cpu_ns for cpu_ns, _ in of_calls)), sum(count for _, count in of_calls)


def askings_of(lanes: Sequence[Lane]) -> dict[tuple[int, int], Asking]:
    """By place of its lane and number, each thread that makes requests."""
    found: dict[tuple[int, int], Asking] = {}
    for lane in lanes:
        if lane.facts.kind is not LaneKind.THREADS:
            continue
        owner, until = lane.of_exchanges("thread"), _until(lane)
        for each in np.unique(owner).tolist():
            mine = owner == each
            found[lane.place, each] = Asking(int(lane.started[mine].min()), int(until[mine].max()), int(mine.sum()))
    return found


def most_asking(askings: Mapping[tuple[int, int], Asking]) -> dict[tuple[int, int], Asking]:
    """The threads that make most of the requests: who asks now and then is no measure of those that ask all the time."""
    counts = sorted((each.requests for each in askings.values()), reverse=True)
    if not counts:
        return {}
    least = counts[int(np.searchsorted(np.cumsum(counts), _MOST * sum(counts)))]
    return {thread: each for thread, each in askings.items() if each.requests >= least}


def _of(lane: Lane) -> Iterator[ThreadRows]:
    names = ("at_ns", "wall_ns", "cpu_ns", "stack", "exchange", "thread")
    at, wall, cpu, stack, exchange, thread = (lane.integers(f"dwell.{name}") for name in names)
    if not len(stack):
        return
    chunk = np.arange(len(stack)) * CHUNKS // len(stack)
    table = StackTable(lane.run, charge_profiler=False)
    ended = _ends(at, wall, thread)
    numbers = np.unique(stack).tolist()
    own = {number: programs_own(lane, table, number) for number in numbers}
    client = np.isin(stack, [number for number in numbers if own[number][3]])
    middle = ended - wall // 2
    opened = _in_own_requests(lane, thread, middle) | (client & _in_open_responses(lane, middle))
    kind = np.where(exchange >= 0, CALL, np.where(opened, OPEN, HERE))
    for number, which in np.unique(np.stack([stack, kind]), axis=1).T.tolist():
        code, line, below, reads = own[number]
        mine = (stack == number) & (kind == which)
        yield ThreadRows(
            lane=lane.place,
            kind=which,
            code=code,
            line=line,
            below=below,
            reads=reads and which == OPEN,
            between_tasks=which != CALL and _is_between_tasks(table, number),
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


def _until(lane: Lane) -> Integers:
    """Until when each exchange was open: one that has not ended, and whose response was not given up, still is."""
    dropped = lane.of_exchanges("dropped_ns", 0)
    return np.where(lane.ended > 0, lane.ended, np.where(dropped > 0, dropped, _FOREVER))


def _in_own_requests(lane: Lane, thread: Integers, at: Integers) -> Booleans:
    """Which instants lie in a time in which their thread had a response of its own open, or paused in a request of its own.

    The time of the calls is left out: rows beside them are told apart by their exchange, and their times are not exact."""
    found, of = np.zeros(len(at), dtype=np.bool_), lane.of_exchanges("thread")
    held, since, until = _open_responses(lane)
    # Of what never came to a response only the whole time is known, and it may have been paused since its first call.
    sent = (lane.of_exchanges("returned_ns", 0) == 0) & (until > lane.started)
    exchange, began, ended = _pauses(lane, "started_ns", "ended_ns")
    since = np.concatenate([since[held], lane.started[sent], began])
    until = np.concatenate([until[held], until[sent], ended])
    owner = np.concatenate([of[held], of[sent], of[exchange]])
    for each in np.unique(owner).tolist():
        mine, asked = owner == each, thread == each
        found[asked] = _inside(at[asked], since[mine], until[mine])
    return found


def _pauses(lane: Lane, *names: str) -> tuple[Integers, ...]:
    """Of times between two calls of an exchange: the exchange, and these columns."""
    exchange = lane.integers("span.exchange")
    mine = (lane.integers("span.kind") == Blocking.PAUSE) & (exchange >= 0)
    return exchange[mine], *(lane.integers(f"span.{name}")[mine] for name in names)


def _open_responses(lane: Lane) -> tuple[Booleans, Integers, Integers]:
    """Which exchanges had an open response, and from when until when."""
    since, until = lane.of_exchanges("returned_ns", 0), _until(lane)
    return (
        (since > 0) & (until > since) & ((lane.of_exchanges("streamed", 0) == 1) | (lane.ended == 0)), since, until,
    )  # fmt: skip


def _in_open_responses(lane: Lane, at: Integers) -> Booleans:
    """Which instants lie in a time in which a response was in the program's hands, whichever thread had asked for it."""
    held, since, until = _open_responses(lane)
    return _inside(at, since[held], until[held])


def _inside(at: Integers, since: Integers, until: Integers) -> Booleans:
    """Which instants lie in any of these times."""
    if not len(since):
        return np.zeros(len(at), dtype=np.bool_)
    order = np.argsort(since, kind="stable")
    place = np.searchsorted(since[order], at, side="right") - 1
    found: Booleans = (place >= 0) & (at < np.maximum.accumulate(until[order])[np.maximum(place, 0)])
    return found


def _of_calls(lane: Lane) -> tuple[float, int]:
    """CPU in calls by their own count, of the requests of which the rows tell, and how many of these ended."""
    mine = _looked_at(lane)
    cpu = lane.of_exchanges("cpu_ns", 0).astype(np.float64)
    exchange, began, ended = _pauses(lane, "started_cpu_ns", "ended_cpu_ns")
    cpu -= np.bincount(exchange, ended - began, lane.count)
    # Nobody computes for longer than a call lasts.
    spent = np.clip(cpu, 0.0, np.maximum(0, np.minimum(_until(lane), 1 << 62) - lane.started))
    return float(spent[mine].sum()), int((mine & (lane.ended > 0)).sum())


def _looked_at(lane: Lane) -> Booleans:
    """Which exchanges began in a time in which their thread was looked at, or soon before."""
    at, wall, thread = (lane.integers(f"dwell.{name}") for name in ("at_ns", "wall_ns", "thread"))
    found, owner = np.zeros(lane.count, dtype=np.bool_), lane.of_exchanges("thread")
    for each in np.unique(thread).tolist():
        asked, seen = owner == each, thread == each
        order = np.argsort(at[seen], kind="stable")
        until, since = at[seen][order], (at[seen] - wall[seen])[order]
        place = np.searchsorted(until, lane.started[asked])
        known = place < len(until)
        found[asked] = known & (lane.started[asked] > since[np.minimum(place, len(until) - 1)] - _GAP_NS)
    return found


def _is_between_tasks(table: StackTable, number: int) -> bool:
    """Whether the stack is that of a pool's worker in the pool's own code, or in a lock or a queue below it."""
    modules = {table.codes[each].module for each in table.stacks[number].frames}
    return modules <= _POOLS | _LOCKS and not modules.isdisjoint(_POOLS)


def _given_back(rows: list[ThreadRows]) -> list[ThreadRows]:
    """The rows of a lane, with what is charged to a worker between two tasks where the tasks are, of whatever code."""
    between = [row for row in rows if row.between_tasks]
    theirs = [row for row in rows if row.kind != CALL and not row.between_tasks]
    given, had = (sum(float(row.cpu_ns.sum()) for row in some) for some in (between, theirs))
    for row in between:
        row.wall_ns = np.minimum(row.wall_ns, row.cpu_ns)  # the rest is waiting for the next task
        if had:
            row.cpu_ns = np.zeros_like(row.cpu_ns)
    if had:
        for row in theirs:
            row.cpu_ns = row.cpu_ns * (had + given) / had
    return rows


def _balanced(rows: Sequence[ThreadRows], calls_cpu_ns: float) -> list[ThreadRows]:
    """The rows with as much CPU in calls as these know of themselves, and the rest outside of them."""
    sums = [sum(float(row.cpu_ns.sum()) for row in rows if (row.kind == CALL) is called) for called in (False, True)]
    total, wanted = sum(sums), min(sum(sums), calls_cpu_ns)
    if not wanted or not all(sums):
        return list(rows)
    outside, called = (total - wanted) / sums[0], wanted / sums[1]
    for row in rows:
        row.cpu_ns = row.cpu_ns * (called if row.kind == CALL else outside)
    return list(rows)


def programs_own(lane: Lane, table: StackTable, number: int) -> tuple[CodeLocation | None, int, tuple[str, ...], bool]:
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


@dataclass(slots=True)
class SeenAt:
    """Where a function of the program was when it was seen, by what it took there: lines, and functions below it with how
    deep they are."""

    lines: Counter[int] = field(default_factory=Counter)
    below: Counter[tuple[int, str]] = field(default_factory=Counter)

    def add(self, line: int, below: Sequence[str], took_ns: int) -> None:
        """It was at that line, in these functions, and took so long."""
        self.lines[line] += took_ns
        self.below.update(dict.fromkeys(enumerate(below), took_ns))

    @property
    def line(self) -> int:
        """The one that took most."""
        return self.lines.most_common(1)[0][0]

    @property
    def inside(self) -> str | None:
        """The innermost function below that has half of its time; None where no function has."""
        half = sum(self.lines.values()) / 2
        return max((each for each, took in self.below.items() if took and took >= half), default=(0, None))[1]
