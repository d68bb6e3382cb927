"""Calls that wait in a pool of threads for one of them: ``ThreadPoolExecutor`` (``asyncio.to_thread`` has one), and the
``ThreadPool`` of multiprocessing.

They count that no thread has taken yet, at the function of the program in which most of the pool's threads are. What a
``ThreadPool`` was given by ``map`` waits in pieces of several calls, and each piece counts as one.
"""

import sys
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

from clientprof.probes.programs.sites import APP, Sites
from clientprof.probes.programs.waiting.gate_rows import Place, where
from clientprof.probes.stack_walks import frames_of_others, no_collections

_A_THREAD = "a thread"
# Looks at a loop come twice a second. Where they do, they tell of the pools, and no one else.
_LOOKED_NS = 2_000_000_000


class Pools:
    """The pools of this process. Where a loop runs, its looks tell of them; else those at the threads."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._beside_a_loop_ns = -_LOOKED_NS

    @staticmethod
    def threads() -> set[int]:
        """The identities of all pools' threads."""
        return {thread.ident for thread, _ in _threads_of_pools()}

    def beside_a_loop(self, now_ns: int) -> Counter[Place]:
        """What waits at each pool."""
        self._beside_a_loop_ns = now_ns
        queues = _by_queue()
        if not queues:
            return Counter()
        with no_collections():
            return self._waiting(queues, frames_of_others())

    def beside_threads(self, frames: Mapping[int, FrameType], asking: Collection[int], now_ns: int) -> Counter[Place]:
        """What waits at each pool one of whose threads, by identity, has made requests; without collections of garbage."""
        if now_ns - self._beside_a_loop_ns < _LOOKED_NS:
            return Counter()
        queues = [(queue, those) for queue, those in _by_queue() if any(each.ident in asking for each in those)]
        return self._waiting(queues, frames)

    def _waiting(self, queues: Sequence[tuple[Any, list[Any]]], frames: Mapping[int, FrameType]) -> Counter[Place]:
        waiting: Counter[Place] = Counter()
        for queue, threads in queues:
            place = self._where_most_are(frames, threads)
            if place is not None:
                waiting[place] += queue.qsize()
        return waiting

    def _where_most_are(self, frames: Mapping[int, FrameType], threads: Sequence[Any]) -> Place | None:
        """The function of the program in which most of the threads are; None where they are in none of its own."""
        found = Counter(self._innermost(frames.get(thread.ident)) for thread in threads)
        at, _ = found.most_common(1)[0]
        return None if at is None else (*at, _A_THREAD, len(threads), False, "", "", 0)

    def _innermost(self, frame: FrameType | None) -> tuple[str, int, str] | None:
        while frame is not None and self._sites.kind(frame.f_code) != APP:
            frame = frame.f_back
        if frame is None:
            return None
        file, _, function = where(frame)
        return file, frame.f_code.co_firstlineno, function


def _by_queue() -> list[tuple[Any, list[Any]]]:
    """Queues of pools in which something waits, each with its threads."""
    found: dict[int, tuple[Any, list[Any]]] = {}
    for thread, queue in _threads_of_pools():
        # What a pool that is over leaves in its queue is no call, and its threads' numbers may be others'.
        if queue.qsize() > 0 and thread.is_alive():
            found.setdefault(id(queue), (queue, []))[1].append(thread)
    return list(found.values())


def _threads_of_pools() -> Iterator[tuple[Any, Any]]:
    executors: Any = getattr(sys.modules.get("concurrent.futures.thread"), "_threads_queues", None)
    # In one piece: other threads make pools meanwhile.
    for known, queue in list(getattr(executors, "data", {}).items()):
        thread = known()
        if thread is not None:
            yield thread, queue
    work = getattr(sys.modules.get("multiprocessing.pool"), "worker", None)
    if work is None:
        return
    for thread in list(getattr(threading, "_active", {}).values()):
        given = thread.__dict__
        if given.get("_target") is work and given.get("_args"):
            yield thread, given["_args"][0]
