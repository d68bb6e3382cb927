"""When the thread of an event loop stands still in a callback: it neither computes nor waits for a core.

Theory of operation. Between two selects a loop calls callbacks, and each of them should compute and return. Wall time that
passes there is CPU of the thread, or waiting for a core (the kernel counts that, see ``run_delay``), or the thread stood
still: in a sleep, a lock, a file, a socket, or waiting for the interpreter's lock while another thread computes. The last
difference does not grow with the load of the machine, so it can be held against a bound. A stretch of less than
``LEAST_NS`` is no news.

A blocking client called on a loop's thread needs no finding out: its whole wall time counts, however short.
"""

import threading
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns

from clientprof.probes.watching.run_delay import run_delay_ns

LEAST_NS = 10_000_000
# Reading the kernel's count takes some microseconds, so a stretch begins with one that may be so old. What the thread waited
# for a core in between is taken for the stretch's own, which makes it shorter by that at most.
_FRESH_NS = 2_000_000


class _Stretch(threading.local):
    """What a thread does just now: since when it has been in callbacks, with its clocks then."""

    open = False
    started_ns = cpu_ns = delay_ns = read_ns = held_ns = 0


class StandingStill:
    """``begin`` and ``end`` enclose what a loop's thread does between two selects; ``blocked(ns)`` hears of what stood
    still."""

    def __init__(self, blocked: Callable[[int], None]) -> None:
        self._blocked = blocked
        self._here = _Stretch()
        self.known = run_delay_ns() is not None

    def begin(self) -> None:
        """Callbacks begin in this thread."""
        here = self._here
        here.started_ns = now_ns = perf_counter_ns()
        if now_ns - here.read_ns > _FRESH_NS:
            here.delay_ns = run_delay_ns() or 0
            here.read_ns = now_ns
        here.cpu_ns = thread_time_ns()
        here.held_ns = 0
        here.open = True

    def end(self) -> None:
        """They are over, or somebody wants to know so far; harmless if none began."""
        here = self._here
        if not here.open:
            return
        here.open = False
        wall_ns = perf_counter_ns() - here.started_ns
        if wall_ns - here.held_ns < LEAST_NS:
            return
        still_ns = wall_ns - here.held_ns - (thread_time_ns() - here.cpu_ns)
        if still_ns < LEAST_NS:
            return
        delay_ns = run_delay_ns()
        if delay_ns is not None:
            still_ns -= delay_ns - here.delay_ns
            here.delay_ns, here.read_ns = delay_ns, perf_counter_ns()
            if still_ns >= LEAST_NS:
                self._blocked(still_ns)

    def settle(self) -> None:
        """Count what there is so far of the stretch that the calling thread is in."""
        if self._here.open:
            self.end()
            self.begin()

    def held(self, wall_ns: int, cpu_ns: int) -> None:
        """A blocking client's call was made here and is counted; it stood still for the difference."""
        self._here.held_ns += max(0, wall_ns - cpu_ns)
