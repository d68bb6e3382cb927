"""Which threads compute that make no requests: a main thread that works on what a pool of threads has brought, say.

At each look the CPU clocks of the process's other threads are read; the time since the look before is noted once, with the
stack of the thread that computed most in it, and whether any request was under way. The clock is the one of the
kernel's number of the thread (see ``computing_threads``), so only threads of ``threading`` are seen, on Linux.
"""

import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from types import FrameType

from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.sampled.computing_threads import clock_of
from clientprof.probes.programs.sampled.stack_names import StackNames

BESIDE = ("at_ns", "gap_ns", "cpu_ns", "asked", "stack")
# A thread whose clock has gone on by less has not run for any purpose: waking up takes as much.
_LEAST_NS = 200_000
# What was done in a longer time in which nobody looked is not known.
_GAP_NS = 1_000_000_000
# Reading a clock is a call of the system; of more threads than these, some are read at one look and others at the next.
_AT_ONCE = 16


class ThreadsBeside:
    """Writes ``beside.*`` of the THREADS lane, in a process without an event loop."""

    def __init__(self, book: LaneBook, stacks_of: Callable[[Lane], StackNames]) -> None:
        self._book = book
        self._stacks_of = stacks_of
        self._on = sys.platform == "linux"
        self._at_ns = 0
        # By thread, what its clock said.
        self._clocks: dict[int, int] = {}
        self._next = 0

    def look(self, frames: Mapping[int, FrameType], askers: Collection[int], *, asked: bool) -> bool:
        """Note what was computed since the look before in threads that are none of ``askers``, which make requests; whether
        that was much. ``asked`` says whether a request is under way. Call it without collections of garbage."""
        if not self._on or not askers or len(self._book.lanes) > 1:
            return False
        now_ns = time.perf_counter_ns()
        gap_ns, self._at_ns = now_ns - self._at_ns, now_ns
        most_ns, most = self._most(frames, askers)
        if gap_ns > _GAP_NS:
            return most is not None
        lane, spent_ns, stack = self._book.threads, 0, -1
        if most is not None:
            spent_ns, stack = min(most_ns, gap_ns), self._stacks_of(lane).rows.of(most)
        row = (now_ns, gap_ns, spent_ns, int(asked), stack)
        for name, value in zip(BESIDE, row, strict=True):
            lane.recorder.column(f"beside.{name}").append(value)
        return most is not None

    def _most(self, frames: Mapping[int, FrameType], others: Collection[int]) -> tuple[int, FrameType | None]:
        """The CPU of the thread that computed most since its clock was read before, and where it is; None where none did."""
        threads = [
            each for each in list(getattr(threading, "_active", {}).items())
            if each[0] in frames and each[0] not in others and not isinstance(each[1], threading._DummyThread)
        ]  # fmt: skip
        first = self._next = self._next % max(1, len(threads))
        self._next += _AT_ONCE
        most_ns, most = _LEAST_NS, None
        for ident, thread in (threads[first:] + threads[:first])[:_AT_ONCE]:
            if thread.native_id is None:
                continue
            try:
                cpu_ns = time.clock_gettime_ns(clock_of(thread.native_id))
            except OSError:
                continue  # it has ended
            spent_ns = cpu_ns - self._clocks.get(ident, cpu_ns)
            self._clocks[ident] = cpu_ns
            if spent_ns > most_ns:
                most_ns, most = spent_ns, frames[ident]
        if len(self._clocks) > 2 * len(threads) + _AT_ONCE:
            alive = {ident for ident, _ in threads}
            self._clocks = {ident: cpu_ns for ident, cpu_ns in self._clocks.items() if ident in alive}
        return most_ns, most

    def forget(self) -> None:
        """This is a process that was forked off: the other threads are not here."""
        self._clocks.clear()
        self._at_ns = 0
