"""Where a program of threads waits outside of its requests: calls for a thread of a pool, items in queues for one of the
threads that take from them, and threads at semaphores. The thread that samples the others looks every half second while they
do something.
"""

from collections.abc import Mapping, Sequence
from time import perf_counter_ns, thread_time_ns
from types import FrameType
from typing import Protocol

from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import FLUSH_NS, Lane
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.backlogs import thread_backlogs
from clientprof.probes.programs.waiting.gate_rows import ITS_OWN_LENGTHS, GateRows
from clientprof.probes.programs.waiting.pools import Pools, threads_of_pools
from clientprof.probes.programs.waiting.threads_held_up import ThreadsHeldUp

_INSTRUMENT = "calls that wait for threads"


class Asking(Protocol):
    """A thread that has made requests, by its identity; ``exchange``: the one under way, below 0 without one."""

    ident: int

    @property
    def exchange(self) -> int: ...


class ThreadGates:
    """Writes ``gate.*`` of the lane of threads."""

    def __init__(self, names: Names, sites: Sites, failures: Failures, pools: Pools) -> None:
        self._sites = sites
        self._failures = failures
        self._pools = pools
        self._held_up = ThreadsHeldUp(sites)
        self._rows = GateRows(names)
        self._due_ns = 0
        self._failures_left = 3

    def look(self, lane: Lane, frames: Mapping[int, FrameType], asking: Sequence[Asking]) -> int:
        """Look at the threads that have made requests, unless the last look was too recent; how long that computed, in
        nanoseconds.

        Call it without collections of garbage, with the frames of all other threads.
        """
        now_ns = perf_counter_ns()
        if not asking or now_ns < self._due_ns:
            return 0
        first, self._due_ns = not self._due_ns, now_ns + FLUSH_NS
        if first:
            self._due_ns = now_ns + FLUSH_NS // 2  # the threads may just be being made
            return 0
        began_ns = thread_time_ns()
        try:
            self._look(lane, frames, asking, now_ns)
        except Exception as error:
            # Threads and their queues come and go meanwhile: once or twice that may be why.
            self._failures_left -= 1
            if not self._failures_left:
                self._due_ns = 1 << 62
                self._failures.remove(_INSTRUMENT, error)
        else:
            self._due_ns = max(self._due_ns, now_ns + ITS_OWN_LENGTHS * (perf_counter_ns() - now_ns))
        return thread_time_ns() - began_ns

    def _look(self, lane: Lane, frames: Mapping[int, FrameType], asking: Sequence[Asking], now_ns: int) -> None:
        idents, calling = {each.ident for each in asking}, {each.ident for each in asking if each.exchange >= 0}
        pooled = threads_of_pools()
        waiting = self._pools.beside_threads(pooled, frames, calling, now_ns) + self._held_up.look(frames, idents)
        for queue in thread_backlogs(frames, idents, self._sites, {thread.ident for thread, _ in pooled}):
            place = (*queue.place, queue.what, queue.takers, False, "", "", queue.takers)
            waiting[place] += queue.items
        self._rows.write(lane, now_ns, len(idents), waiting)
