"""Where a program's tasks and calls wait before or between their requests: at its own locks, semaphores and limiters, for
room in a queue or a channel, in a sleep, and for the threads of its executors; and what waits in its queues for one of its
tasks.

A request begins where a client is called. Whoever waits for a semaphore of the program's own is in none yet, and so in no
phase. Every half second, between two callbacks, the loop's tasks are looked at: a task counts where its chain of awaits
leads from code of the program to a coroutine that acquires something or puts something into a full queue, without a client
in between. A sleep counts where the task has made requests before: it sleeps between two. Below a client, code of the
program is a hook, an authentication or a transport of its own: there whatever it waits for counts, unless that is a client
again, and the row says that it is inside of a call, and in which function of the program the call is. Of each thread pool of
``concurrent.futures`` (``asyncio.to_thread`` has one) the calls count that no thread has taken yet, at the function of the
program in which most of its threads are.

A look takes some microseconds for each task. It is repeated no sooner than two hundred times its own length later.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

from clientprof.model.programs.lane import GATE_LOOK
from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import Lane, Rows
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sampled.computing_threads import ComputingThreads
from clientprof.probes.programs.sites import APP, CLIENT, HOST, OWN, PACKAGE, STDLIB, Sites, package_of, place_of
from clientprof.probes.programs.waiting.awaits import awaited_by, is_below_clients
from clientprof.probes.programs.waiting.backlogs import backlogs
from clientprof.probes.stack_walks import frames_of_others, no_collections

# File, line and function, what is waited for there, of a pool of threads how many these are, whether that is inside of a
# call, the file and function of the program that made the call, empty where no code of it stands above, and of a queue how
# many tasks take from it.
Place = tuple[str, int, str, str, int, bool, str, str, int]
GATE = ("at_ns", "gate", "tasks")
_ITS_OWN_LENGTHS = 200
_ACQUIRES = "acquire"
_PUTS = "Queue.put"
_SENDS = ("MemorySendChannel.send", "MemoryObjectSendStream.send")
_SLEEPS = "sleep"
_A_THREAD = "a thread"
_INSTRUMENT = "tasks that wait outside of requests"


class Gates:
    """Writes ``gate.*`` of each lane, and the places by their numbers into the table ``gate``."""

    def __init__(self, names: Names, sites: Sites, failures: Failures) -> None:
        self._names = names
        self._sites = sites
        self._failures = failures
        self._rows: dict[int, Rows] = {}
        self._due_ns: dict[int, int] = {}
        self._computing = ComputingThreads(names, sites)

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
        waiting: Counter[Place] = Counter()
        tasks, askers = list(tasks), lane.askers
        for task in tasks:
            gate = self._gate(task, asks=askers.has(task))
            if gate is not None:
                waiting[gate] += 1
        rows = self._rows.get(lane.number)
        if rows is None:
            rows = self._rows[lane.number] = lane.group("gate", GATE, kept=True)
        waiting.update(self._at_executors())
        for queue in backlogs(filter(askers.has, tasks), self._sites):
            waiting[(*queue.place, queue.what, 0, False, "", "", queue.tasks)] += queue.items
        rows.add((now_ns, GATE_LOOK, len(tasks)))
        askers.keep(tasks)
        for gate, waiting_there in waiting.items():
            rows.add((now_ns, self._names.number("gate", gate), waiting_there))
        with no_collections():
            self._computing.look(lane, now_ns)
        self._due_ns[lane.number] = now_ns + _ITS_OWN_LENGTHS * (perf_counter_ns() - now_ns)

    def _gate(self, task: Any, *, asks: bool) -> Place | None:
        """Where the task waits, None where it waits for something else. ``asks``: it has made requests."""
        at: FrameType | None = None
        outside: FrameType | None = None
        caller: FrameType | None = None
        acquires: CodeType | None = None
        waits: CodeType | None = None
        inside = False
        for _, frame in awaited_by(task):
            code = frame.f_code
            kind = self._sites.kind(code)
            below = kind in (CLIENT, HOST, PACKAGE) and is_below_clients(code)
            if kind == CLIENT and not below:
                caller = caller if inside else at
                inside = asks = True
                at = outside = acquires = waits = None
            elif kind == APP:
                at, acquires, waits = frame, None, None
            elif acquires is None and _holds_up(frame, kind == STDLIB or below, asks=asks):
                acquires = code
            elif acquires is None and kind != OWN and not code.co_name.startswith("__"):
                waits = waits or code
                if kind != STDLIB and not below:
                    outside = frame
        what = acquires or (waits if inside and at is not None else None)
        at = at or outside
        if at is None or what is None:
            return None
        file, _, function = ("", 0, "") if caller is None else _at(caller)
        return (*_at(at), _name(what), 0, inside, file, function, 0)

    def _at_executors(self) -> Counter[Place]:
        """How many calls wait at each pool of threads."""
        threads: dict[int, list[Any]] = {}
        pools: Any = getattr(sys.modules.get("concurrent.futures.thread"), "_threads_queues", {})
        for thread, queue in list(pools.items()):
            # What a pool that is over leaves in its queue is no call, and its threads' numbers may be others'.
            if queue.qsize() > 0 and thread.is_alive():
                threads.setdefault(id(queue), [queue]).append(thread)
        if not threads:
            return Counter()
        with no_collections():
            frames = frames_of_others()
            waiting: Counter[Place] = Counter()
            for queue, *those in threads.values():
                place = self._where_most_are(frames, those)
                if place is not None:
                    waiting[place] += queue.qsize()
            return waiting

    def _where_most_are(self, frames: dict[int, FrameType], threads: Sequence[Any]) -> Place | None:
        """The function of the program in which most of the threads are; None where they are in none of its own."""
        found = Counter(self._innermost(frames.get(thread.ident)) for thread in threads)
        at, _ = found.most_common(1)[0]
        return None if at is None else (*at, _A_THREAD, len(threads), False, "", "", 0)

    def _innermost(self, frame: FrameType | None) -> tuple[str, int, str] | None:
        while frame is not None and self._sites.kind(frame.f_code) != APP:
            frame = frame.f_back
        if frame is None:
            return None
        file, _, function = _at(frame)
        return file, frame.f_code.co_firstlineno, function


def _holds_up(frame: FrameType, library: bool, *, asks: bool) -> bool:
    """Whether a coroutine in this frame waits until others of the program let it go on, or sleeps for one that asks;
    ``library`` says that it is code of the standard library, anyio or trio."""
    code = frame.f_code
    if code.co_name.startswith(_ACQUIRES):
        return True
    if not library:
        return False
    return (
        code.co_qualname == _PUTS
        or (asks and code.co_name == _SLEEPS)
        or (code.co_qualname in _SENDS and _has_room(frame))
    )


def _has_room(frame: FrameType) -> bool:
    """Whether the channel keeps things at all: one without room hands each over, which is no wait for whoever is slow."""
    state = getattr(frame.f_locals.get("self"), "_state", None)
    return bool(getattr(state, "max_buffer_size", 0))


def _at(frame: FrameType) -> tuple[str, int, str]:
    return place_of(frame.f_code.co_filename)[0], frame.f_lineno or 0, frame.f_code.co_qualname


def _name(code: CodeType) -> str:
    """``asyncio.Semaphore`` of the code of ``asyncio.locks.Semaphore.acquire``, ``trio.Lock`` of its ``_LockImpl``."""
    file = place_of(code.co_filename)[0]
    package = package_of(code.co_filename) or file.partition("/")[0].removesuffix(".py")
    owner = code.co_qualname.rpartition(".")[0].removeprefix("_").removesuffix("Impl")
    return f"{package}.{owner or code.co_qualname}"
