"""The sampling profiler: where the client's thread spends its CPU, stack by stack.

Theory of operation. A wall timer fires at an interval that is drawn anew every few samples, so no periodic work can hide
from it (drawing it for every sample would double the cost: setting a timer is a system call that a virtual machine answers
slowly). The handler runs between two bytecodes of the main thread and takes the stack that was executing. A sample weighs
the thread's CPU since the end of the sample before: time the machine gave to others weighs nothing, an idle select weighs
nothing, and the handler's own CPU is left out because the clock is read again when it ends. CPU spent in garbage collection
is taken out of the weight and reported by its own column, because a collection delays the handler and would be charged to
whichever line happened to allocate. So a signal that comes during a collection makes no sample: what ran since the last one
is no more that line's than any other's, and is spread over all samples. The next sample weighs the interval, as one after
a wait does (below), for otherwise what follows collections would weigh less than what does not.

Waiting for sockets needs care. The timer stands still while the thread waits: a signal then would say nothing of the CPU
spent before, and would wake the thread for nothing. Afterwards it starts at a random phase, so that each instant of a burst
of work is as likely to be hit as any other, and the first sample after a wait weighs the interval set, or as many as have
passed in one long call of C code: by its CPU since the wait, late code in a burst would count more than early code. What the
bursts took beyond that goes with the rest of the round, which the analysis spreads over all samples. The selector's own CPU
is read, not sampled.

uvloop is C and reports nothing. A signal that comes while it waits is handled by uvloop itself, or in whatever callback
follows. The first is known by the frame (``uvloop_waits``); from then on the timer stands still, until the loop queues a
callback. The second is known by coming late although the thread used no CPU for about as long: such a sample weighs no CPU,
and the timer starts anew at a random phase, as after a wait that was reported. But a signal to a thread that sleeps in a
callback comes late as well: a second look tells (below), unless nothing of the callback has run yet. Any sample that follows
time off the CPU weighs the interval. A signal that finds uvloop itself at work is a sample of its C code.

Two ways to stop the timer. ``begin_wait`` and ``end_wait`` go around every wait; ``idle`` and ``busy`` around those alone
that last (``waits.LongWaits``), where a loop's instrument stamps each wait itself. The second signal that finds such a loop
in one wait stops the timer itself, so an idle loop is woken twice a wait at most.

Code that blocks in a callback (a sleep, a lock, a file) would get the CPU of the code before it. So where the thread has
blocked since the sample before, the sampler looks again at once (``doubtful_sample``).

Known limit: a signal is handled at the interpreter's next check, so CPU inside one long C call is charged to the Python
function that made it. What delivering a signal costs around the handler (``signal_cost``) the analysis takes out of samples;
where a signal makes no sample, it is taken out here.
"""

import random
import signal
import time
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from types import CodeType, FrameType

from clientprof.probes.counts.garbage import CALLBACK_CODES, GarbageProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.sampling.doubtful_sample import DoubtfulSample, SecondLook
from clientprof.probes.sampling.looking_thread import NO_TIMER, look_at_main_thread
from clientprof.probes.sampling.preempted_samples import LATE_NS, PreemptedSamples
from clientprof.probes.sampling.sample_rows import SampleRows
from clientprof.probes.sampling.stack_rows import StackRows
from clientprof.probes.sampling.voluntary_switches import VoluntarySwitches
from clientprof.probes.waits import WaitAccount
from clientprof.recording.recorder import Recorder

REARM_SAMPLES = 8
# How soon a sample is followed by a second look, where the thread has blocked: late enough that a call which the first one
# interrupted has begun to block again, on slow machines too.
_SECOND_LOOK_NS = 100_000
_NAME = "sampler"


class Sampler:
    """Samples the main thread while running. ``codes`` holds the code objects that stack columns point into.

    ``notes`` says what is lost where the platform has no interval timer (Windows): a thread samples instead, it gets its
    turn only when the interpreter switches threads, and weights come from the process's CPU clock.
    """

    def __init__(
        self,
        recorder: Recorder,
        garbage: GarbageProbe,
        interval_us: float,
        seed: int,
        failures: Failures | None = None,
        waiting: Callable[[], bool] = lambda: False,
        blocks: VoluntarySwitches | None = None,
        native: Callable[[FrameType | None], CodeType | None] = lambda _python: None,
        preempted: PreemptedSamples | None = None,
    ) -> None:
        """``waiting`` says whether the thread may be blocked in a wait now. Whoever passes it calls ``busy`` after each wait
        in which the sampler was ``woken``.

        ``blocks`` tells when the thread has blocked; None where that cannot be known: then blocking code is charged with
        CPU of the code before it.
        ``preempted`` tells samples that were due while the thread had no core; without it they count where it lost it.
        ``native`` gives what stands for code of the loop that makes no frames, where the frame is merely the next one.
        ``signal_ns``, what a signal costs outside of the handler, is to be set before the start where it is known.
        """
        self.signal_ns = 0
        self._recorder = recorder
        self._failures = failures or Failures()
        self.notes: list[str] = []
        self.interval_us = interval_us
        self._garbage = garbage
        self._garbage_ns = 0
        self._random = random.Random(seed).random
        self._stacks = StackRows(recorder)
        self.codes = self._stacks.codes
        self._rows = SampleRows(recorder)
        self._until_rearmed = REARM_SAMPLES
        self._last_cpu_ns = 0
        self._before: object = None
        self._stop: Callable[[], None] | None = None
        self._waiting = waiting
        self._between: frozenset[CodeType] = frozenset()
        self._asleep: Callable[[], None] | None = None
        self._last_wall_ns = 0
        self._armed_ns = self._first_due_ns = 0
        self._waits = WaitAccount()
        self._blocks = blocks
        self._second_look = None if blocks is None else SecondLook(blocks)
        self._native = native
        self._preempted = preempted
        self._doubtful: DoubtfulSample | None = None
        self.woken = self._idle = self._sampling = False

    @property
    def running(self) -> bool:
        """Whether waits are to be reported: while the timer runs."""
        return self._stop is not None and hasattr(signal, "setitimer")

    def begin_wait(self) -> None:
        """The thread is about to wait, perhaps. What it did since the last sample belongs to no stack."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        cpu_ns = thread_time_ns()
        self._decide(cpu_ns)
        self._count_run(cpu_ns)

    def _count_run(self, cpu_ns: int) -> None:
        """What was done since the last sample, or the last wait, is spread over all samples of the run."""
        garbage_ns = self._garbage.spent_ns(cpu_ns)
        self._waits.add(cpu_ns - self._last_cpu_ns, garbage_ns - self._garbage_ns)
        self._last_cpu_ns, self._garbage_ns = cpu_ns, garbage_ns

    def _count_from_here(self) -> None:
        """What the handler or a wait took is left out, or accounted for."""
        self._last_cpu_ns, self._last_wall_ns = thread_time_ns(), perf_counter_ns()
        # A collection that the handler set off or interrupted is part of its own cost.
        self._garbage_ns = self._garbage.spent_ns(self._last_cpu_ns)

    def idle(self) -> None:
        """The loop waits, or is about to: no timer runs until ``busy``. Twice is harmless."""
        if not self._idle and self.running:
            self._idle = self.woken = True
            self.begin_wait()

    def busy(self) -> None:
        """The loop has something to do again. What the wait cost belongs to no stack; the analysis spreads it."""
        self.woken = False
        if self._idle:
            self._idle = False
            if self._stop is not None:
                self._waits.rest_ns += thread_time_ns() - self._last_cpu_ns
                self._resume()

    def end_wait(self, caller: FrameType) -> None:
        """The wait of ``caller`` is over; its CPU is the caller's."""
        if self._stop is None:
            return
        waits, cpu_ns = self._waits, thread_time_ns()
        waits.caller = caller.f_code
        waits.selector_ns += cpu_ns - self._last_cpu_ns
        self._resume()

    def expect_unreported_waits(self, between: frozenset[CodeType], asleep: Callable[[], None]) -> None:
        """For a loop that is no Python and reports nothing. ``between``: functions whose frame is innermost only where the
        loop itself handles signals. ``asleep`` is called when it was found waiting; whoever passes it calls ``busy`` when
        the loop has something to do again."""
        self._between, self._asleep = between, asleep

    def _resume(self) -> None:
        """Begin to count and to sample again."""
        self._waits.waited = True
        self._count_from_here()
        if self._blocks is not None:
            self._blocks.grew()  # the wait itself
        self._start_anywhere()

    def _start_anywhere(self) -> None:
        interval_s = self._armed_ns / 1e9
        first_s = max(1e-6, self._random() * interval_s)  # never 0, which would stop it
        self._first_due_ns = self._last_wall_ns + int(first_s * 1e9)
        signal.setitimer(signal.ITIMER_REAL, first_s, interval_s)

    def start(self) -> None:
        """Begin sampling; call it in the main thread. A sampler that was removed stays silent."""
        if self._failures.removed(_NAME):
            return
        self._garbage_ns = self._garbage.cpu_ns
        self._waits = WaitAccount()
        self.woken = self._idle = False
        if hasattr(signal, "setitimer"):
            self._before = signal.signal(signal.SIGALRM, self._on_signal)
            self._stop = self._stop_timer
            self._last_cpu_ns, self._last_wall_ns = thread_time_ns(), perf_counter_ns()
            self._arm()
        else:
            self._start_thread()

    def stop(self) -> None:
        """End sampling and restore the signal's handler. Stopping twice is harmless."""
        # None first: a signal that is handled while the timer is being stopped must not set it again.
        stop, self._stop = self._stop, None
        if stop is not None:
            stop()

    def _stop_timer(self) -> None:
        cpu_ns = thread_time_ns()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)  # type: ignore[arg-type]
        if not self._failures.removed(_NAME):
            self._decide(cpu_ns)
            self._record_tail(cpu_ns)

    def _record_tail(self, cpu_ns: int) -> None:
        """The CPU since the last sample belongs to no stack; the analysis spreads it over the round's samples.

        With waits it may be negative: samples after a wait weigh what is right on average.
        """
        self._count_run(max(cpu_ns, self._last_cpu_ns))
        waits = self._waits
        rows = [(waits.rest_ns, max(0, waits.garbage_ns), -1)]
        try:
            if waits.caller is not None:
                rows.append((waits.selector_ns, 0, self._stacks.of_code(waits.caller)))
            for weight_ns, garbage_ns, stack in rows:
                self._rows.add(perf_counter_ns(), weight_ns, garbage_ns, 0, -1, stack)
        except Exception as error:
            self._remove(error)

    def _remove(self, error: Exception) -> None:
        self._failures.remove(_NAME, error)
        for group in ("sample", "stack", "frame"):
            self._recorder.level(group)

    def _arm(self) -> None:
        # 0.5 to 1.5 intervals, the first one and the following apart: breaks lockstep with periodic work.
        first, following = ((0.5 + self._random()) * self.interval_us / 1e6 for _ in range(2))
        signal.setitimer(signal.ITIMER_REAL, first, following)
        self._armed_ns = int(following * 1e9)
        self._until_rearmed = REARM_SAMPLES

    def _on_signal(self, _signal: int, frame: FrameType | None) -> None:
        # The timer goes on while this runs: a signal inside it would count the same CPU a second time.
        if self._stop is None or self._sampling:
            return
        self._sampling = True
        cpu_ns = thread_time_ns()
        if self._idle or self._waiting():
            self._waits.add(-self.signal_ns)
            if self.woken:
                self.idle()
            self.woken = True
            self._sampling = False
            return
        lost_core = self._preempted is not None and self._preempted.was(frame, self._late_ns(), cpu_ns)
        late = not lost_core and bool(self._between) and self._came_between(frame, cpu_ns)
        if late and (self._blocks is None or self._native(frame) is not None):
            self._pass_over(cpu_ns, frame)
            self._sampling = False
            return
        try:
            if lost_core:
                if not self._waits.waited:  # it says where the loop was held; its CPU goes with the next one
                    self._record(frame, 0, self._garbage_ns)
                self._waits.add(-self.signal_ns)
                self._sampling = False
                return
            decided, collected = self._decide(cpu_ns, frame), False
            if not decided and self._garbage.under_way:
                self._count_run(cpu_ns)
                self._waits.garbage_ns -= self.signal_ns
                self._waits.waited = collected = True
            elif not decided:
                self._record(frame, cpu_ns - self._last_cpu_ns, self._garbage.spent_ns(cpu_ns), late)
        except Exception as error:
            self._remove(error)
            self.stop()
            return
        self._rearm_in_turn()
        if decided and self._waits.waited:
            self._start_anywhere()
        elif collected:
            self._first_due_ns = perf_counter_ns() + int(signal.getitimer(signal.ITIMER_REAL)[0] * 1e9)
        self._count_from_here()
        self._sampling = False

    def _rearm_in_turn(self) -> None:
        if self._doubtful is not None:
            return
        self._until_rearmed -= 1
        if not self._until_rearmed:
            self._arm()

    def _came_between(self, frame: FrameType | None, cpu_ns: int) -> bool:
        """Whether the signal came while the loop waited, to be handled only in the callback after the wait."""
        idle_ns = perf_counter_ns() - self._last_wall_ns - (cpu_ns - self._last_cpu_ns)
        waited = idle_ns > self._armed_ns // 10
        if waited:
            self._waits.waited = True
        if self._in_loop(frame):
            return waited
        late_ns = self._late_ns()
        return late_ns > max(LATE_NS, 1.5 * self.signal_ns) and idle_ns > late_ns / 2

    def _late_ns(self) -> float:
        """How long ago the timer came due."""
        remaining_s, interval_s = signal.getitimer(signal.ITIMER_REAL)
        return (interval_s - remaining_s) * 1e9

    def _in_loop(self, frame: FrameType | None) -> bool:
        return frame is not None and frame.f_code in self._between

    def _pass_over(self, cpu_ns: int, frame: FrameType | None) -> None:
        """Between two callbacks: most likely in a wait. What was done since the last sample belongs to no stack."""
        self._waits.add(-self.signal_ns)
        if self._asleep is not None and self._in_loop(frame):
            self.idle()
            self._asleep()
            return
        self._decide(cpu_ns)
        self._count_run(cpu_ns)
        self._rearm_in_turn()
        self._resume()

    def _record(self, frame: FrameType | None, cpu_ns: int, garbage_ns: int, late: bool = False) -> None:
        at_ns = perf_counter_ns()
        collected_ns = max(0, min(cpu_ns, garbage_ns - self._garbage_ns))
        weight_ns, waits = cpu_ns - collected_ns, self._waits
        while frame is not None and (frame.f_code in CALLBACK_CODES or frame.f_code is _HANDLER):
            # One that came just before a collection, or just when this handler is entered, is handled inside of that.
            frame = frame.f_back
        stack = self._stack_of(frame)
        if self._blocks is not None and (self._blocks.grew() or late):
            self._doubtful = DoubtfulSample(at_ns, weight_ns, collected_ns, EXCHANGE.get(-1), stack, late)
            signal.setitimer(signal.ITIMER_REAL, _SECOND_LOOK_NS / 1e9, self._armed_ns / 1e9)
            return
        if waits.waited:
            stands_ns = self._armed_ns * (1 + max(0, min(at_ns - self._first_due_ns, cpu_ns)) // self._armed_ns)
            own_ns = max(0, stands_ns - collected_ns)
            waits.rest_ns += weight_ns - own_ns
            weight_ns, waits.waited = own_ns, False
        self._rows.add(at_ns, weight_ns, collected_ns, 0, EXCHANGE.get(-1), stack)

    def _stack_of(self, frame: FrameType | None) -> int:
        native = self._native(frame)
        return self._stacks.of(frame) if native is None else self._stacks.of_code(native)

    def _decide(self, cpu_ns: int, frame: FrameType | None = None) -> bool:
        """Whether a sample was in doubt: it is written now, after a second look at what the thread does in ``frame``."""
        doubtful, self._doubtful = self._doubtful, None
        if doubtful is None or self._second_look is None:
            return False
        # It stands for the time from one sample to the next.
        stands_ns = self._armed_ns + _SECOND_LOOK_NS
        stack = None if frame is None else self._stack_of(frame)
        weight_ns, off_ns, in_wait = self._second_look.decide(doubtful, stands_ns, stack)
        weight_ns = max(0, weight_ns - doubtful.collected_ns)
        waits = self._waits
        waits.add(doubtful.weight_ns - weight_ns)
        waits.waited = in_wait
        self._count_run(cpu_ns)
        self._rows.add(doubtful.at_ns, weight_ns, doubtful.collected_ns, off_ns, doubtful.exchange, doubtful.stack)
        return True

    def _start_thread(self) -> None:
        self.notes.append(NO_TIMER)
        self._last_cpu_ns = time.process_time_ns()

        def sample(frame: FrameType | None) -> bool:
            now_ns = time.process_time_ns()
            try:
                self._record(frame, now_ns - self._last_cpu_ns, self._garbage.cpu_ns)
            except Exception as error:
                self._remove(error)
                return False
            self._last_cpu_ns = now_ns
            self._garbage_ns = self._garbage.cpu_ns
            return True

        end = look_at_main_thread(lambda: (0.5 + self._random()) * self.interval_us / 1e6, sample)

        def stop() -> None:
            end()
            if not self._failures.removed(_NAME):
                self._record_tail(time.process_time_ns())

        self._stop = stop


_HANDLER = Sampler._on_signal.__code__
