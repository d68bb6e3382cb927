"""Samples of threads where no signal reaches: event loops outside the main thread, and threads that call blocking clients.

Theory of operation. Python runs signal handlers in the main thread alone. So a thread of our own (``Pulse``) looks at the
others (``frames_of_others``), every 10 ms while they do something. It does not wake while every loop waits in its
select, and no thread begins or ends a call, or computes. CPU comes from the other threads' own clocks
(``pthread_getcpuclockid``).

* A loop's thread: the CPU since the look before belongs to the stack of this look, as with the sampler of the main thread;
  a look that finds the loop waiting is none. Which request it works for is the owner of the step under way.
* A thread that calls clients, from its first call on: how long it stayed at each stack (``dwell.*``), computing or not. A
  thread whose clock and whose innermost instruction are as they were has not moved: the row before goes on. Otherwise the
  time between two looks is divided between their stacks, and the CPU is the second's. How much of both was in calls of
  clients is known by the calls themselves, and divided apart. No more than ``_AT_ONCE`` threads are looked at in one go,
  in turn, and a beat may take a hundredth of the time between two: with very many threads each is looked at more rarely.

Bias. Our thread needs the interpreter's lock to look. Where the other one stands still (a sleep, a lock, a socket, a file),
or runs C code that lets go of the lock, it gets it at once. Where the other one runs Python code, it gets it when that lets
go: 5 ms later (``sys.getswitchinterval``), or at the next call that lets go by itself. So whatever stands still, and what
computes for longer than those 5 ms, is seen as it is. Python code that runs for less between two calls of sockets or files
is charged to these calls, or to what follows them. Nothing can be done about that from inside of the interpreter.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from time import perf_counter_ns
from types import FrameType
from typing import Any

from clientprof.model.run import StepOwner
from clientprof.probes.counts.garbage import CALLBACK_CODES
from clientprof.probes.failures import Failures
from clientprof.probes.in_threads.pulse import Pulse
from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.sampled.stack_names import StackNames
from clientprof.probes.programs.sampled.threads_beside import ThreadsBeside
from clientprof.probes.programs.waiting.thread_gates import ThreadGates
from clientprof.probes.real_threads import thread_ident
from clientprof.probes.sampling.sample_rows import RowsAmongThreads
from clientprof.probes.stack_walks import frames_of_others, no_collections
from clientprof.probes.waits import LongWaits
from clientprof.probes.work_codes import ROUTE_BASE

INTERVAL_US = 10_000.0
_NAME = "samples of threads"
_WAIT = int(StepOwner.WAIT)
_NOBODY = int(StepOwner.NOBODY)
_AT_ONCE = 4
# A thread whose clock has gone on by less has not run: reading a clock is not exact to the nanosecond.
_STILL_NS = 20_000
# So long a row of a thread that stands still may become before it is written.
_LONGEST_ROW_NS = 1_000_000_000
# What a thread did that nobody looked at for so long, and that computed for more than waking up takes, is not known.
_GAP_NS = 1_000_000_000
_WOKE_NS = 1_000_000
# So much CPU may be of a kind that was not seen, in a call or outside, before it is written where that kind was seen last.
_LONGEST_UNSEEN_NS = 50_000_000
_DWELL = ("at_ns", "wall_ns", "cpu_ns", "stack", "exchange", "thread")


class LoopSeen:
    """A loop that runs in another thread. ``LongWaits`` tells when it waits."""

    def __init__(self, lane: Lane, stacks: StackNames, wake: Callable[[], None], ident: int | None = None) -> None:
        self.lane = lane
        self.ident = thread_ident() if ident is None else ident
        self.woken = False
        self.idles = False
        self._wake = wake
        self._stacks = stacks.rows
        self._clock = time.pthread_getcpuclockid(self.ident)
        self._cpu_ns = time.clock_gettime_ns(self._clock)
        self._owner = lane.recorder.column("step.owner")
        self._rows = RowsAmongThreads(lane.recorder, lambda: self._cpu_ns)

    def idle(self) -> None:
        """It waits, or is about to."""
        self.idles = self.woken = True

    def busy(self) -> None:
        """It has something to do again."""
        self.idles = self.woken = False
        self._wake()

    def look(self, frame: FrameType) -> None:
        """Write a sample, unless the loop waits; the second look that finds it waiting is the last until it is ``busy``."""
        if self._waits():
            if self.woken:
                self.idles = True
            self.woken = True
            return
        if frame.f_code in CALLBACK_CODES:
            return  # it has just collected garbage: what ran before is no more the allocating line's than any other's
        cpu_ns = time.clock_gettime_ns(self._clock)
        spent_ns, self._cpu_ns = cpu_ns - self._cpu_ns, cpu_ns
        native = None if self.lane.native is None else self.lane.native(frame)
        stack = self._stacks.of(frame) if native is None else self._stacks.of_code(native)
        owner = self._owner[-1] if self._owner else _NOBODY
        exchange = owner if owner >= 0 or owner <= ROUTE_BASE else _NOBODY
        self._rows.add(perf_counter_ns(), spent_ns, 0, 0, exchange, stack)

    def _waits(self) -> bool:
        if self.lane.waiting is not None:
            return self.lane.waiting()
        return bool(self._owner) and self._owner[-1] == _WAIT


class ThreadSeen:
    """A thread that has called a client. How long it was in calls, and how long outside of them, is known exactly, from both
    ends of each call; looks say at which stacks."""

    def __init__(self, number: int, lane: Lane, stacks: StackNames) -> None:
        self.ident = thread_ident()
        self._number = number
        self._stacks = stacks.rows
        self._clock = time.pthread_getcpuclockid(self.ident)
        self._cpu_ns = time.clock_gettime_ns(self._clock)
        self._at_ns = perf_counter_ns()
        # Time and CPU outside of calls until the last call began or ended, when that was, and the call under way. In one
        # piece: the thread writes it, and another one reads.
        self._calls = (0, 0, self._at_ns, self._cpu_ns, _NOBODY)
        self._outside_ns = self._outside_cpu_ns = 0
        self._seen: tuple[int, int, int] | None = None
        self._stack, self._exchange = -1, _NOBODY
        self._still_ns = self._still_cpu_ns = 0
        self._unseen_ns, self._unseen_cpu_ns = [0, 0], [0, 0]
        # The last stack and exchange that were seen in a call, and outside.
        self._last: list[tuple[int, int] | None] = [None, None]
        self._row = tuple(lane.recorder.column(f"dwell.{name}").append for name in _DWELL)

    @property
    def exchange(self) -> int:
        """The call under way, below 0 without one."""
        return self._calls[-1]

    def call_begins(self, exchange: int, cpu_ns: int) -> None:
        outside_ns, outside_cpu_ns, since_ns, since_cpu_ns, _ = self._calls
        now_ns = perf_counter_ns()
        outside_ns, outside_cpu_ns = outside_ns + now_ns - since_ns, outside_cpu_ns + cpu_ns - since_cpu_ns
        self._calls = (outside_ns, outside_cpu_ns, now_ns, cpu_ns, exchange)

    def call_ends(self, cpu_ns: int) -> None:
        self._calls = (*self._calls[:2], perf_counter_ns(), cpu_ns, _NOBODY)

    def look(self, frame: FrameType) -> bool:
        """Note where the thread is; whether it has moved since the look before."""
        cpu_ns, now_ns = time.clock_gettime_ns(self._clock), perf_counter_ns()
        outside_ns, outside_cpu_ns, since_ns, since_cpu_ns, exchange = self._calls
        if exchange < 0:
            outside_ns += now_ns - since_ns
            outside_cpu_ns += cpu_ns - since_cpu_ns
        spent_ns = cpu_ns - self._cpu_ns
        # Nanoseconds since the look before in a call and outside.
        gone = _divided(now_ns - self._at_ns, outside_ns - self._outside_ns)
        spent = _divided(spent_ns, outside_cpu_ns - self._outside_cpu_ns)
        self._cpu_ns, self._at_ns = cpu_ns, now_ns
        self._outside_ns, self._outside_cpu_ns = outside_ns, outside_cpu_ns
        seen, before = (id(frame), frame.f_lasti, exchange), self._seen
        if seen == before and spent_ns < _STILL_NS:
            self._still_ns += sum(gone)
            if self._still_ns > _LONGEST_ROW_NS:
                self.write_still()
            return False
        self._seen = seen
        kind = None if before is None else int(before[2] < 0)
        (there_ns, there_cpu_ns), (here_ns, here_cpu_ns) = self._share(kind, int(exchange < 0), gone, spent)
        self._still_ns += there_ns
        self._still_cpu_ns += there_cpu_ns
        self.write_still()
        self._stack, self._exchange = self._stacks.of(frame), exchange
        self._last[int(exchange < 0)] = (self._stack, exchange)
        self._write(here_ns, here_cpu_ns, self._stack, exchange)
        if max(self._unseen_cpu_ns) > _LONGEST_UNSEEN_NS:
            self._write_unseen()
        return True

    def _share(
        self, before: int | None, here: int, gone: tuple[int, int], spent: tuple[int, int]
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """What of the time and of the CPU since the look before belongs to its stack, and what to the one of this look: each
        was in a call (0) or outside (1)."""
        if sum(gone) > _GAP_NS:
            # Nobody looked for long: it stood still until just now, or what it did is not known.
            stood = before is not None and sum(spent) < _WOKE_NS
            if stood and before is not None:
                return (gone[before], 0), (0, sum(spent))
            return (0, 0), (min(gone[here], sum(spent)), sum(spent))
        # Of a kind that nobody saw: the next look of that kind stands for it.
        unseen, unseen_cpu = self._unseen_ns, self._unseen_cpu_ns
        if before is None or before == here:
            unseen[1 - here] += gone[1 - here]
            unseen_cpu[1 - here] += spent[1 - here]
            there_ns, there_cpu_ns = 0 if before is None else gone[here] // 2, 0
        else:
            there_ns, there_cpu_ns = gone[before], spent[before]
        here_ns = gone[here] - (there_ns if before == here else 0) + unseen[here]
        here_cpu_ns = spent[here] + unseen_cpu[here]
        unseen[here] = unseen_cpu[here] = 0
        return (there_ns, there_cpu_ns), (here_ns, here_cpu_ns)

    def write_still(self) -> None:
        """Write what there is of the time in which the thread stands still."""
        still_ns, cpu_ns = self._still_ns, self._still_cpu_ns
        self._still_ns = self._still_cpu_ns = 0
        if (still_ns or cpu_ns) and self._stack >= 0:
            self._write(still_ns, cpu_ns, self._stack, self._exchange)

    def ends(self) -> None:
        """The last look was that: write what there is."""
        self.write_still()
        outside_ns, outside_cpu_ns, since_ns, since_cpu_ns, exchange = self._calls
        # The clock of a thread that has ended stands no more; at the ends of its calls it told what it was.
        if exchange < 0 and since_ns > self._at_ns:
            gone = _divided(since_ns - self._at_ns, outside_ns - self._outside_ns)
            spent = _divided(since_cpu_ns - self._cpu_ns, outside_cpu_ns - self._outside_cpu_ns)
            self._unseen_ns = [sum(each) for each in zip(self._unseen_ns, gone, strict=True)]
            self._unseen_cpu_ns = [sum(each) for each in zip(self._unseen_cpu_ns, spent, strict=True)]
        self._write_unseen()

    def _write_unseen(self) -> None:
        """Write what was known only to be of one kind, where that kind was seen last, or the other one if it never was."""
        for kind, row in enumerate(zip(self._unseen_ns, self._unseen_cpu_ns, strict=True)):
            last = self._last[kind] or self._last[1 - kind]
            if max(row) > 0 and last is not None:
                self._write(*row, *last)
        self._unseen_ns, self._unseen_cpu_ns = [0, 0], [0, 0]

    def _write(self, wall_ns: int, cpu_ns: int, stack: int, exchange: int) -> None:
        row = (self._at_ns, wall_ns, cpu_ns, stack, exchange, self._number)
        for append, value in zip(self._row, row, strict=True):
            append(value)


def _divided(whole_ns: int, outside_ns: int) -> tuple[int, int]:
    """What of the whole was in calls, and what outside of them."""
    return max(0, whole_ns - outside_ns), max(0, min(whole_ns, outside_ns))


class ThreadSampling:
    """Looks at what it is told of: loops that run, threads whose calls begin and end. ``taken(ident)`` says that somebody
    else samples a thread just now: the main one, while its loop runs."""

    def __init__(
        self,
        book: LaneBook,
        stacks_of: Callable[[Lane], StackNames],
        taken: Callable[[int], bool],
        failures: Failures,
        seed: int,
        gates: ThreadGates,
    ) -> None:
        self._book = book
        self._gates = gates
        self._beside = ThreadsBeside(book, stacks_of)
        self.live: Mapping[int, Any] = {}  # the open exchanges of the process
        self._stacks_of = stacks_of
        self._taken = taken
        self._failures = failures
        self._loops: dict[int, LoopSeen] = {}
        self._threads: dict[int, ThreadSeen] = {}
        # The thread's own: its identity may have been that of another one, which has ended and whose clock stands no more.
        self._own = threading.local()
        self._ended: list[ThreadSeen] = []
        self._next = 0
        self._events = self._seen_events = 0
        self._pulse = Pulse(self._beat, INTERVAL_US, random.Random(seed).random, self._end, self._failed)
        if not hasattr(time, "pthread_getcpuclockid"):
            self._pulse.off = True

    def lane_runs(self, lane: Lane, ident: int | None = None) -> None:
        """A loop runs in that thread, by default this one, and is to be sampled."""
        if self._pulse.off:
            return
        seen = LoopSeen(lane, self._stacks_of(lane), self._wake, ident)
        lane.waits = LongWaits(seen, INTERVAL_US)
        self._loops[lane.number] = seen
        self._wake()

    def under_way(self) -> dict[int, int]:
        """The call that each thread is in, by its identity."""
        return {each.ident: each.exchange for each in list(self._threads.values()) if each.exchange >= 0}

    def lane_stops(self, lane: Lane) -> None:
        """It is not to be sampled any more."""
        if self._loops.pop(lane.number, None) is not None:
            lane.waits = None

    def call_begins(self, exchange: int, thread: int, cpu_ns: int) -> None:
        """A call of a client begins in this thread, which has that number and has computed for so long."""
        ident = thread_ident()
        known, seen = self._threads.get(ident), self._mine()
        if seen is None or seen is not known:
            if self._pulse.off:
                return
            if known is not None:
                self._ended.append(known)
            lane = self._book.threads
            seen = self._threads[ident] = ThreadSeen(thread, lane, self._stacks_of(lane))
            self._own.seen = seen
        seen.call_begins(exchange, cpu_ns)
        self._events += 1
        if self._pulse.slow:
            self._wake()

    def _mine(self) -> ThreadSeen | None:
        return getattr(self._own, "seen", None)

    def call_ends(self, cpu_ns: int) -> None:
        """It is over."""
        seen = self._threads.get(thread_ident())
        if seen is not None:
            seen.call_ends(cpu_ns)
            self._events += 1

    def stop(self) -> None:
        """Look no more until ``go_on``: a process with two threads may not fork without a warning."""
        self._pulse.stop()

    def go_on(self) -> None:
        """Look again, if there is something to look at."""
        if self._loops or self._threads:
            self._wake()

    def turn_off(self) -> None:
        """Look no more."""
        self._pulse.off = True
        self._pulse.stop()
        for number in list(self._loops):
            self.lane_stops(self._loops[number].lane)
        self._threads.clear()

    def forget(self) -> None:
        """This is a process that was forked off, by a thread that goes on in it."""
        ident = thread_ident()
        loops = [seen.lane for seen in self._loops.values() if seen.ident == ident]
        self._loops.clear()
        self._threads.clear()
        self._ended.clear()
        self._pulse.forget()
        self._beside.forget()
        for lane in loops:
            self.lane_runs(lane)

    def _wake(self) -> None:
        if self._pulse.slow and self._book.recording:
            self._pulse.wake()

    def _beat(self) -> bool:
        if not self._book.recording:
            return False
        with no_collections():
            return self._look_at_all()

    def _look_at_all(self) -> bool:
        """Look at whatever there is; whether something happened."""
        frames = frames_of_others()
        events, self._seen_events = self._events - self._seen_events, self._events
        happened = events > 0
        for loop in list(self._loops.values()):
            frame = frames.get(loop.ident)
            try:
                if frame is not None and not loop.idles:
                    loop.look(frame)
                    happened = True
            except OSError:  # the thread has ended since its frame was taken
                frame = None
            if frame is None:
                self._loops.pop(loop.lane.number, None)
        threads = list(self._threads.values())
        first = self._next = self._next % max(1, len(threads))
        self._next += _AT_ONCE
        for thread in (threads[first:] + threads[:first])[:_AT_ONCE]:
            frame = frames.get(thread.ident)
            try:
                if frame is not None and not self._taken(thread.ident):
                    happened |= thread.look(frame)
            except OSError:
                frame = None
            if frame is None:
                self._ended.append(thread)
                if self._threads.get(thread.ident) is thread:
                    del self._threads[thread.ident]
        self._write_ended()
        happened |= self._beside.look(frames, {each.ident for each in threads}, asked=bool(self.live))
        # A look bounds what it takes by itself: counted here, it would keep the next beats away.
        self._pulse.aside_ns += self._gates.look(self._book.threads, frames, threads)
        return happened

    def _write_ended(self) -> None:
        while self._ended:
            self._ended.pop().ends()

    def _end(self) -> None:
        self._write_ended()
        for thread in list(self._threads.values()):
            thread.ends()

    def _failed(self, error: Exception) -> None:
        self._failures.remove(_NAME, error)
