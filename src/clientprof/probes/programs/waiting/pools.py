"""Calls that wait in a pool of threads for one of them: ``ThreadPoolExecutor`` (``asyncio.to_thread`` has one), and the
``ThreadPool`` of multiprocessing.

They count that no thread has taken yet, at the function of the program in which most of the pool's threads are; where
these have none, as with ``executor.map(session.get, ...)``, at the call site of their requests. What a ``ThreadPool`` was
given by ``map`` waits in pieces of several calls, and each piece counts as one.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from types import FrameType
from typing import Any

from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.gate_rows import Function, Place, function_of
from clientprof.probes.programs.waiting.queues import items_in, own_attributes
from clientprof.probes.stack_walks import frames_of_others, no_collections

# Threads, each with the queue that its pool's calls wait in.
Pooled = list[tuple[Any, Any]]
_A_THREAD = "a thread"
# Looks at a loop come twice a second. Where they do, they tell of the pools, and no one else.
_LOOKED_NS = 2_000_000_000


class _Were:
    """Where the threads of a pool were at all looks so far, and how often any was in a call of a client, and in none."""

    def __init__(self) -> None:
        self.at: Counter[Function] = Counter()
        self.calling = self.others = 0


class Pools:
    """The pools of this process. Where a loop runs, its looks tell of them; else those at the threads.

    ``asked_at`` gives the call sites of what is under way, by the identity of the thread that it is under way in.
    """

    def __init__(self, sites: Sites, asked_at: Callable[[], Mapping[int, Function]]) -> None:
        self._sites = sites
        self._asked_at = asked_at
        self._beside_a_loop_ns = -_LOOKED_NS
        self._loop_looked = True
        self._were: dict[int, _Were] = {}

    def loop_runs(self, now_ns: int) -> None:
        """A loop begins to run: its looks are to come, unless the loop before ended without one."""
        if self._loop_looked:
            self._beside_a_loop_ns, self._loop_looked = now_ns, False

    def beside_a_loop(self, now_ns: int) -> Counter[Place]:
        """What waits at each pool."""
        self._beside_a_loop_ns, self._loop_looked = now_ns, True
        queues = _by_queue(threads_of_pools())
        if not queues:
            return Counter()
        with no_collections():
            return self._waiting(queues, frames_of_others(), None)

    def beside_threads(
        self, pooled: Pooled, frames: Mapping[int, FrameType], calling: Collection[int], now_ns: int
    ) -> Counter[Place]:
        """What waits at each of these pools whose threads, by identity, are mostly in calls of clients; without collections
        of garbage."""
        if now_ns - self._beside_a_loop_ns < _LOOKED_NS:
            return Counter()
        return self._waiting(_by_queue(pooled), frames, calling)

    def _waiting(
        self,
        queues: Sequence[tuple[Any, int, list[Any]]],
        frames: Mapping[int, FrameType],
        calling: Collection[int] | None,
    ) -> Counter[Place]:
        waiting: Counter[Place] = Counter()
        before, self._were = self._were, {}
        asked_at = self._asked_at() if queues else {}
        for queue, items, threads in queues:
            were = self._were[id(queue)] = before.get(id(queue)) or _Were()
            for thread in threads:
                own = next(self._sites.own_frames(frames.get(thread.ident)), None)
                at = asked_at.get(thread.ident) if own is None else function_of(own.f_code)
                if at is not None:
                    were.at[at] += 1
            if calling is not None:
                count = sum(thread.ident in calling for thread in threads)
                were.calling, were.others = were.calling + count, were.others + len(threads) - count
            if were.at and were.calling >= were.others:
                waiting[(*were.at.most_common(1)[0][0], _A_THREAD, len(threads), False, "", "", 0)] += items
        return waiting


def _by_queue(pooled: Pooled) -> list[tuple[Any, int, list[Any]]]:
    """Queues of pools in which something waits, how much, and their threads."""
    found: dict[int, tuple[Any, int, list[Any]]] = {}
    for thread, queue in pooled:
        # What a pool that is over leaves in its queue is no call, and its threads' numbers may be others'.
        if not thread.is_alive():
            continue
        if id(queue) not in found:
            known = items_in(queue)
            found[id(queue)] = (queue, 0 if known is None else known[1], [])
        found[id(queue)][2].append(thread)
    return [row for row in found.values() if row[1]]


def threads_of_pools() -> Pooled:
    """Each thread of a pool, with the queue that it takes calls from."""
    executors: Any = getattr(sys.modules.get("concurrent.futures.thread"), "_threads_queues", None)
    # In one piece: other threads make pools meanwhile.
    made = [(known(), queue) for known, queue in list(getattr(executors, "data", {}).items())]
    found = [(thread, queue) for thread, queue in made if thread is not None]
    work = getattr(sys.modules.get("multiprocessing.pool"), "worker", None)
    if work is None:
        return found
    for thread in list(getattr(threading, "_active", {}).values()):
        given = own_attributes(thread)
        args = given.get("_args")
        if given.get("_target") is work and args:
            found.append((thread, args[0]))
    return found
