"""Which threads of a program compute beside its loop, and in which function: they have the interpreter meanwhile.

At each look at the loop's tasks (``gates``) the CPU clock of each other thread is read. What it computed since the look
before is noted at the function of the program that it is in now, if that is a tenth of the time or more. The clock is
that of the kernel's number of the thread: asking pthreads for the clock of a thread that has ended meanwhile reads memory
that may be gone. Only threads of ``threading`` have that number, and only Linux has such clocks.
"""

import sys
import threading
import time
from types import FrameType

from clientprof.probes.programs.lanes import Lane, Rows
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.gate_rows import function_of
from clientprof.probes.real_threads import threads_share_interpreter
from clientprof.probes.stack_walks import frames_of_others

COMPUTING = ("at_ns", "gate", "cpu_ns")
_WHAT = "the interpreter"
_LEAST_SHARE = 0.1
_PER_THREAD, _SCHEDULED = 4, 2


class ComputingThreads:
    """Writes ``computing.*`` of each lane; the places are numbered in the table ``gate``."""

    def __init__(self, names: Names, sites: Sites) -> None:
        self._names = names
        self._sites = sites
        self._rows: dict[int, Rows] = {}
        # By thread, when its clock was read and what it said. An identity may be another thread's later, whose clock is
        # behind.
        self._before: dict[int, tuple[int, int]] = {}
        # Where the interpreter has no lock, nobody waits for who computes.
        self._on = sys.platform == "linux" and threads_share_interpreter()

    def look(self, lane: Lane, now_ns: int) -> None:
        """Note who has computed since the look before; call it in the loop's thread, without collections of garbage."""
        threads = getattr(threading, "_active", {})
        if not self._on or len(threads) < 2:
            return
        before, self._before, frames = self._before, {}, frames_of_others()
        for ident, thread in list(threads.items()):
            frame, native = frames.get(ident), thread.native_id
            if frame is None or native is None or isinstance(thread, threading._DummyThread):
                continue
            try:
                cpu_ns = time.clock_gettime_ns(clock_of(native))
            except OSError:
                continue  # it has ended
            self._before[ident] = now_ns, cpu_ns
            at_ns, so_far_ns = before.get(ident, (now_ns, cpu_ns))
            if now_ns > at_ns and cpu_ns - so_far_ns >= _LEAST_SHARE * (now_ns - at_ns):
                self._note(lane, now_ns, frame, cpu_ns - so_far_ns)

    def _note(self, lane: Lane, now_ns: int, frame: FrameType, cpu_ns: int) -> None:
        rows = self._rows.get(lane.number)
        if rows is None:
            rows = self._rows[lane.number] = lane.group("computing", COMPUTING, kept=True)
        own = next(self._sites.own_frames(frame), frame)
        place = (*function_of(own.f_code), _WHAT, 0, False, "", "", 0)
        rows.add((now_ns, self._names.number("gate", place), cpu_ns))


def clock_of(native_id: int) -> int:
    """The CPU clock of the thread that the kernel knows by that number (``include/linux/posix-timers_types.h``)."""
    return ~native_id << 3 | _PER_THREAD | _SCHEDULED
