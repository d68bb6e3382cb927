"""Where a program's tasks and calls wait before or between their requests: at its own locks, semaphores and limiters, for
room in a queue or a channel, in a sleep, and for the threads of its executors; and what waits in its queues for one of its
tasks.

A request begins where a client is called. Whoever waits for a semaphore of the program's own is in none yet, and so in no
phase. Every half second, between two callbacks, the loop's tasks are looked at: a task counts where its chain of awaits
leads from code of the program to a coroutine that acquires something or puts something into a full queue, without a client
in between. A sleep counts where the task has made requests before: it sleeps between two. Below a client, code of the
program is a hook, an authentication or a transport of its own: there whatever it waits for counts, unless that is a client
again, and the row says that it is inside of a call, and in which function of the program the call is. What waits at pools of
threads is in ``pools``, and what waits in queues in ``backlogs``.

A look takes some microseconds for each task. It is repeated no sooner than two hundred times its own length later.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import Lane
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sampled.computing_threads import ComputingThreads
from clientprof.probes.programs.sites import APP, CLIENT, HOST, OWN, PACKAGE, STDLIB, Sites
from clientprof.probes.programs.waiting.awaits import awaited_by, is_below_clients
from clientprof.probes.programs.waiting.backlogs import backlogs
from clientprof.probes.programs.waiting.gate_rows import ITS_OWN_LENGTHS, GateRows, Place, name_of, where
from clientprof.probes.programs.waiting.pools import Pools
from clientprof.probes.stack_walks import no_collections

_ACQUIRES = "acquire"
_PUTS = "Queue.put"
_SENDS = ("MemorySendChannel.send", "MemoryObjectSendStream.send")
_SLEEPS = "sleep"
_INSTRUMENT = "tasks that wait outside of requests"


class Gates:
    """Writes ``gate.*`` of each lane of a loop."""

    def __init__(self, names: Names, sites: Sites, failures: Failures, pools: Pools) -> None:
        self._sites = sites
        self._failures = failures
        self._pools = pools
        self._rows = GateRows(names)
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
        waiting.update(self._pools.beside_a_loop(now_ns))
        for queue in backlogs(filter(askers.has, tasks), self._sites):
            waiting[(*queue.place, queue.what, 0, False, "", "", queue.takers)] += queue.items
        self._rows.write(lane, now_ns, len(tasks), waiting)
        askers.keep(tasks)
        with no_collections():
            self._computing.look(lane, now_ns)
        self._due_ns[lane.number] = now_ns + ITS_OWN_LENGTHS * (perf_counter_ns() - now_ns)

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
        file, _, function = ("", 0, "") if caller is None else where(caller)
        return (*where(at), name_of(what), 0, inside, file, function, 0)


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
