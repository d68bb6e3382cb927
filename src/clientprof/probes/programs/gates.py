"""Where tasks of the program wait for each other, before or between their requests: its own locks, semaphores and limiters.

A request begins where a client is called. Whoever waits for a semaphore of the program's own is in none yet, and so in no
phase. Every half second, between two callbacks, the loop's tasks are looked at: a task counts where its chain of awaits
leads from code of the program to a coroutine that acquires something, without a client in between.

A look takes some microseconds for each task. It is repeated no sooner than two hundred times its own length later.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import Lane, Rows
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import APP, CLIENT, OWN, STDLIB, Sites, package_of, place_of

# ``gate`` -1 is a look, with all tasks of the loop; of a gate, ``tasks`` are those that waited there.
GATE = ("at_ns", "gate", "tasks")
_LOOK = -1
_MOST_AWAITS = 80
_ITS_OWN_LENGTHS = 200
_ACQUIRES = "acquire"
_INSTRUMENT = "tasks that wait for each other"


class Gates:
    """Writes ``gate.*`` of each lane, and the places by their numbers into the table ``gate``."""

    def __init__(self, names: Names, sites: Sites, failures: Failures) -> None:
        self._names = names
        self._sites = sites
        self._failures = failures
        self._rows: dict[int, Rows] = {}
        self._due_ns: dict[int, int] = {}

    def look(self, lane: Lane, tasks: Callable[[], Iterable[Any] | None], now_ns: int) -> None:
        """Look at the tasks of the lane's loop, unless the last look was too recent or ``tasks`` cannot tell them here."""
        if now_ns < self._due_ns.get(lane.number, 0):
            return
        try:
            found = tasks()
            if found is not None:
                self._look(lane, found, now_ns)
        except Exception as error:
            self._due_ns[lane.number] = 1 << 62
            self._failures.remove(_INSTRUMENT, error)

    def _look(self, lane: Lane, tasks: Iterable[Any], now_ns: int) -> None:
        waiting: Counter[tuple[str, int, str, str]] = Counter()
        count = 0
        for task in tasks:
            count += 1
            gate = self._gate(task.get_coro())
            if gate is not None:
                waiting[gate] += 1
        rows = self._rows.get(lane.number)
        if rows is None:
            rows = self._rows[lane.number] = lane.group("gate", GATE, kept=True)
        rows.add((now_ns, _LOOK, count))
        for gate, tasks_there in waiting.items():
            rows.add((now_ns, self._names.number("gate", gate), tasks_there))
        self._due_ns[lane.number] = now_ns + _ITS_OWN_LENGTHS * (perf_counter_ns() - now_ns)

    def _gate(self, awaited: Any) -> tuple[str, int, str, str] | None:
        """File, line and function that wait, and what for; None where the task waits for something else."""
        at: FrameType | None = None
        outside: FrameType | None = None
        acquires: CodeType | None = None
        for _ in range(_MOST_AWAITS):
            frame = _frame(awaited)
            if frame is None:
                break
            code = frame.f_code
            kind = self._sites.kind(code)
            if kind in (CLIENT, OWN):
                return None
            if kind == APP:
                at, acquires = frame, None
            elif acquires is None and code.co_name.startswith(_ACQUIRES):
                acquires = code
            elif acquires is None and kind != STDLIB and not code.co_name.startswith("__"):
                outside = frame
            awaited = _next(awaited)
        at = at or outside
        if at is None or acquires is None:
            return None
        return place_of(at.f_code.co_filename)[0], at.f_lineno or 0, at.f_code.co_qualname, _name(acquires)


def _frame(awaited: Any) -> FrameType | None:
    """The frame of a coroutine, a generator or an asynchronous generator; None of anything else."""
    for name in ("cr_frame", "gi_frame", "ag_frame"):
        frame = getattr(awaited, name, None)
        if frame is not None:
            return frame  # type: ignore[no-any-return]
    return None


def _next(awaited: Any) -> Any:
    for name in ("cr_await", "gi_yieldfrom", "ag_await"):
        found = getattr(awaited, name, None)
        if found is not None:
            return found
    return None


def _name(code: CodeType) -> str:
    """``asyncio.Semaphore`` of the code of ``asyncio.locks.Semaphore.acquire``."""
    file = place_of(code.co_filename)[0]
    package = package_of(code.co_filename) or file.partition("/")[0].removesuffix(".py")
    owner = code.co_qualname.rpartition(".")[0]
    return f"{package}.{owner or code.co_qualname}"
