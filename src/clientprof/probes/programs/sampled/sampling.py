"""Samples of a program: of the loop that the main thread runs by a timer, of all else by ``thread_sampling``.

The timer stands still in waits that last (``probes.waits``), so an idle program is not woken.
"""

import signal
import threading
from collections.abc import Callable
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

from clientprof.model.run import StepOwner
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.failures import Failures
from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sampled.stack_names import StackNames
from clientprof.probes.programs.sampled.thread_sampling import INTERVAL_US, ThreadSampling
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.gate_rows import Function
from clientprof.probes.programs.waiting.pools import Pools
from clientprof.probes.programs.waiting.thread_gates import ThreadGates
from clientprof.probes.real_threads import thread_ident
from clientprof.probes.sampling.preempted_samples import PreemptedSamples
from clientprof.probes.sampling.sample_rows import RowsAmongThreads
from clientprof.probes.sampling.sampler import Sampler
from clientprof.probes.waits import LongWaits
from clientprof.recording.recorder import Recorder

_WAIT = int(StepOwner.WAIT)


class LaneGarbage(GarbageProbe):
    """Collections, as rows of the lane that the main thread runs just now: any thread may collect."""

    def __init__(self, failures: Failures) -> None:
        super().__init__(Recorder(), failures, main_only=True)
        self.add: Callable[[Any], None] | None = None

    def _record(self, began_ns: int, info: dict[str, Any]) -> None:
        if self.add is not None:
            self.add((began_ns, perf_counter_ns(), info["generation"], info["collected"]))


class _TimedSampler(Sampler):
    """The sampler by a timer, with the stacks of its lane, and what other threads computed between two samples."""

    def use(self, stacks: StackNames) -> None:
        self._stacks = stacks.rows
        self.codes = self._stacks.codes
        self._rows = RowsAmongThreads(self._recorder)


class _LaneSampler:
    """The sampler of one lane of the main thread."""

    def __init__(self, lane: Lane, garbage: LaneGarbage, stacks: StackNames, failures: Failures, seed: int) -> None:
        self.lane = lane
        self._owner = lane.recorder.column("step.owner")
        self.sampler = _TimedSampler(
            lane.recorder,
            garbage,
            INTERVAL_US,
            seed,
            failures,
            self._waiting,
            native=self._native,
            preempted=PreemptedSamples(),
        )
        self.sampler.use(stacks)
        self.waits = LongWaits(self.sampler, INTERVAL_US)
        self.collections = lane.group("gc", ("started_ns", "ended_ns", "generation", "collected"))

    def _native(self, frame: FrameType | None) -> CodeType | None:
        native = self.lane.native
        return None if native is None else native(frame)

    def _waiting(self) -> bool:
        if self.lane.waiting is not None:
            return self.lane.waiting()
        owner = self._owner
        return bool(owner) and owner[-1] == _WAIT


class Sampling:
    """Starts and stops the sampler of the lane that the main thread runs; ``threads`` samples all others."""

    def __init__(self, book: LaneBook, names: Names, sites: Sites, failures: Failures, seed: int) -> None:
        self._book = book
        self._names = names
        self._failures = failures
        self._seed = seed
        self.garbage = LaneGarbage(failures)
        self._samplers: dict[int, _LaneSampler] = {}
        self._running: list[_LaneSampler] = []
        self._stacks: dict[int, StackNames] = {}
        self._main = threading.main_thread().ident
        self._sites = sites
        self.pools = Pools(sites, self._asked_at)
        gates = ThreadGates(names, sites, failures, self.pools)
        self.threads = ThreadSampling(book, self._stacks_of, self._times_main, failures, seed, gates)
        self.why_not: str | None = None
        self._noted = False

    def forget(self) -> None:
        """This is a process that was forked off: its timer is not set, and nothing has a name yet."""
        self._noted = False
        running, self._running = self._running, []
        for each in running:
            each.sampler._stop = None
            each.lane.waits = None
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for each in self._samplers.values():
            each.lane.rows.remove(each.collections)
        self._samplers.clear()
        for stacks in self._stacks.values():
            stacks.forget()
        self._stacks.clear()
        went_on = thread_ident() == self._main  # forked by another thread, it is the main one now
        self._main = thread_ident()
        self.threads.forget()
        for each in running[-1:]:
            if went_on:
                self.lane_runs(each.lane)

    def _stacks_of(self, lane: Lane) -> StackNames:
        found = self._stacks.get(lane.number)
        if found is None:
            found = self._stacks[lane.number] = StackNames(lane, self._names)
        return found

    def _times_main(self, ident: int) -> bool:
        return ident == self._main and bool(self._running)

    def _asked_at(self) -> dict[int, Function]:
        """The call site of what is under way in each thread, by its identity."""
        found = {}
        for ident, exchange in self.threads.under_way().items():
            opened = self.threads.live.get(exchange)
            place = None if opened is None else self._sites.place(opened.site)
            if place is not None:
                found[ident] = place
        return found

    def lane_runs(self, lane: Lane) -> None:
        """A loop begins to run in this thread."""
        self.pools.loop_runs(perf_counter_ns())
        if thread_ident() != self._main:
            self.threads.lane_runs(lane)
            return
        if self.why_not is None and not self._running and signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
            self.aside("the program had a handler of SIGALRM")
        if self.why_not is not None:
            self._by_thread(lane)
            return
        if self._running:
            self._end(self._running[-1])
        each = self._samplers.get(lane.number)
        if each is None:
            each = _LaneSampler(lane, self.garbage, self._stacks_of(lane), self._failures, self._seed)
            self._samplers[lane.number] = each
        self._running.append(each)
        self._start(each)

    def _start(self, each: _LaneSampler) -> None:
        self.garbage.add = each.collections.add
        each.sampler.start()
        if hasattr(signal, "siginterrupt"):
            # Calls of other libraries are begun again by the kernel, not ended with EINTR.
            signal.siginterrupt(signal.SIGALRM, False)
        each.lane.waits = each.waits

    def lane_pauses(self, lane: Lane) -> None:
        """It runs on and is not sampled for a while."""
        if thread_ident() != self._main:
            self.threads.lane_stops(lane)
        elif self._running and self._running[-1].lane is lane:
            self._end(self._running[-1])
        elif self.why_not is not None:
            self.threads.lane_stops(lane)

    def lane_resumes(self, lane: Lane) -> None:
        """It is sampled again, unless the program uses the timer meanwhile."""
        if thread_ident() != self._main:
            self.threads.lane_runs(lane)
            return
        if self.why_not is not None:
            self._by_thread(lane)
            return
        if not self._running or self._running[-1].lane is not lane:
            return
        if signal.getsignal(signal.SIGALRM) is signal.SIG_DFL:
            self._start(self._running[-1])
        else:
            self.aside("the program had a handler of SIGALRM")

    def lane_stops(self, lane: Lane) -> None:
        """It has stopped."""
        self.threads.lane_stops(lane)
        if not self._running or self._running[-1].lane is not lane:
            return
        self._end(self._running.pop())
        if self._running:
            self._start(self._running[-1])

    def aside(self, why: str) -> None:
        """Never set the timer again in this process: the program needs it or its signal."""
        if self.why_not is not None:
            return
        self.why_not = why
        running = self._running[-1:]
        while self._running:
            self._end(self._running.pop())
        for each in running:
            self._by_thread(each.lane)

    def _by_thread(self, lane: Lane) -> None:
        """A loop of the main thread is looked at as those of other threads are."""
        if not self._noted:
            self._noted = True
            note = f"loops of the main thread are looked at by another thread, which is less exact: {self.why_not}"
            self._names.add("note", (note,))
        self.threads.lane_runs(lane, self._main)

    def stop(self) -> None:
        """Stop for good: the process is about to become another program, or ends, or is not measured any more."""
        self.threads.turn_off()
        if self._running and thread_ident() != self._main:
            # The handler is the main thread's to put back, which calls this too when it comes by.
            signal.setitimer(signal.ITIMER_REAL, 0)
            return
        for each in self._running[-1:]:
            self._end(each)
        self._running.clear()

    def _end(self, each: _LaneSampler) -> None:
        each.lane.waits = None
        each.sampler.stop()
