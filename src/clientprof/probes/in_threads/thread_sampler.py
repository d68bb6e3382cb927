"""The sampler of blocking clients: it looks at the main thread, which is one of the client's threads.

Why only that one: a Python signal handler runs in the main thread alone, and any other thread could look at frames only when
the running one lets go of the interpreter, which it does at its socket calls: everything would seem to happen there. (A C
handler that needs no lock, ``faulthandler``'s, crashed CPython 3.11 about once in 1500 samples: it may hit the entry of a
frame that is half made.) The threads of a load are alike and take their requests from one counter, so what the main thread
does stands for all. Its samples are scaled to the CPU that all threads spent, by their own clocks.

Why a wall timer: the kernel looks at timers on a thread's CPU clock only at its tick, and on a busy core a thread that had
waited gets its turn at a tick, so that the next one comes when it waits again.

Waiting is treated as a loop's select is: the timer stands still during each call that may block, because a signal would cost
the waiting thread CPU for nothing (at 16 threads, reads seemed to take 36 % instead of 15 %). Intervals are exponential, so
without memory: one that is drawn anew after a wait is as good as the rest of the one before, and code soon after a wait is
hit as often as any other. The call's own CPU is read, at both ends, and charged to the stack that made it. Other calls let
go of the interpreter too (``os.stat``, say), and a thread may wait to get it back: a signal from that time is handled late,
and dropped.

A thread may stand still in a call that nobody wraps (``time.sleep``, a lock of the program's own). Where neither it nor the
rest of the process computed for a tenth of the time since the signal before, the mean interval doubles, to 16 ms at most, so
that an idle program is hardly woken. A sample weighs the mean that its interval was drawn from, so that none counts for more
than its share. Work, and the end of a wrapped call, set the mean back.

Only the main thread's own part of a round is sampled, not its opening of the other threads' gates.

Measured on 2026-11-20, two shared and busy cores: burns of known size moved between two functions of requests were reported
0.99 +- 0.04 (front end) and 0.98 +- 0.04 (reads) in one thread, 0.99 +- 0.04 (front end) and 0.98 +- 0.05 (pool) in four.
"""

import functools
import math
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from threading import get_ident
from time import perf_counter_ns, process_time_ns, thread_time_ns
from types import FrameType
from typing import Any

from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import WaitSpec, find
from clientprof.probes.patches import Patches
from clientprof.probes.sampling.sampler import Sampler
from clientprof.probes.seam_table import Instrument, fits
from clientprof.recording.recorder import Recorder

# What may block a thread, where all clients pass: the calls of sockets, TLS on them, and name lookup.
_BLOCKING: Sequence[tuple[Any, str]] = (
    (socket.socket, "connect"),
    (socket.socket, "recv"),
    (socket.socket, "recv_into"),
    (socket.socket, "send"),
    (socket.socket, "sendall"),
    (ssl.SSLSocket, "read"),
    (ssl.SSLSocket, "send"),
    (ssl.SSLSocket, "do_handshake"),
)

# A running thread handles its signals within this, or it has not been idle since.
PROMPT_NS = 40_000
_MOST_IDLE_US = 16_000.0
# Of the time between two signals: whoever computed less stood still.
_IDLE_SHARE = 0.1


class ThreadSampler(Sampler):
    """``wrap_calls()`` first; then as the sampler of a loop, but for ``end_round()``, which knows of the other threads.

    ``signal_ns`` is the CPU that a signal costs outside its handler: no stack's, so it is left out of what is spread.
    """

    def __init__(
        self,
        recorder: Recorder,
        garbage: GarbageProbe,
        interval_us: float,
        seed: int,
        failures: Failures | None = None,
        *,
        signal_ns: int = 0,
    ) -> None:
        super().__init__(recorder, garbage, interval_us, seed, failures)
        self._main = threading.main_thread().ident
        self._in_call = self._sampled = False
        self._seen_at_ns = self._seen_cpu_ns = 0
        self._calls_ns: dict[int, int] = {}
        self.signal_ns = signal_ns
        self._own = {method.__code__ for method in (self._arm, self._resume, self._on_signal, self.end_wait)}
        self._mean_us = interval_us
        self._still_at_ns = self._still_process_ns = 0
        self._due_ns = 0
        self._delays = 0
        self._delays_ns = 0

    def _arm(self) -> None:
        drawn_s = -math.log(1.0 - self._random()) * self._mean_us / 1e6
        self._armed_ns = int(drawn_s * 1e9)
        self._due_ns = perf_counter_ns() + self._armed_ns
        # Never 0, which would stop it.
        signal.setitimer(signal.ITIMER_REAL, max(1e-6, drawn_s))

    def _resume(self) -> None:
        self._last_cpu_ns = cpu_ns = thread_time_ns()
        self._garbage_ns = self._garbage.spent_ns(cpu_ns)
        self._seen_at_ns, self._seen_cpu_ns = perf_counter_ns(), cpu_ns
        # First, because the timer fires once: a signal that is dropped as one of a call would be the last.
        self._in_call = False
        self._arm()
        # Again, because setting a timer is dear; should a sample have come meanwhile, it has set the same.
        self._last_cpu_ns = thread_time_ns()

    def _on_signal(self, _signal: int, frame: FrameType | None) -> None:
        # One that was under way when the timer was stopped says nothing; the end of the call sets the timer again.
        if self._stop is None or self._sampling or self._in_call:
            return
        self._sampling = True
        at_ns, cpu_ns = perf_counter_ns(), thread_time_ns()
        collecting = self._garbage.under_way
        self._waits.add(-self.signal_ns, -self.signal_ns if collecting else 0)
        if self._ran(at_ns, cpu_ns) and not collecting:
            try:
                self._record(frame, cpu_ns - self._last_cpu_ns, self._garbage.spent_ns(cpu_ns))
            except Exception as error:
                self._remove(error)
                self.stop()
                return
        else:
            self._count_run(cpu_ns)
        self._choose_mean(at_ns, cpu_ns)
        self._sampling = False
        self._resume()

    def _choose_mean(self, at_ns: int, cpu_ns: int) -> None:
        """The mean interval from here on, by whether anybody computed since the signal before or the wait after it."""
        self._mean_us, before_us = self.interval_us, self._mean_us
        if cpu_ns - self._seen_cpu_ns > _IDLE_SHARE * (at_ns - self._seen_at_ns):
            return
        process_ns = process_time_ns()
        if process_ns - self._still_process_ns < _IDLE_SHARE * (at_ns - self._still_at_ns):
            self._mean_us = min(2 * before_us, max(self.interval_us, _MOST_IDLE_US))
        self._still_at_ns, self._still_process_ns = at_ns, process_ns

    def _ran(self, at_ns: int, cpu_ns: int) -> bool:
        """Whether the thread was running when the timer fired."""
        late_ns = at_ns - self._due_ns
        if late_ns <= PROMPT_NS:
            self._delays += 1
            self._delays_ns += late_ns
            return True
        return at_ns - self._seen_at_ns - (cpu_ns - self._seen_cpu_ns) <= PROMPT_NS

    def _record(self, frame: FrameType | None, cpu_ns: int, garbage_ns: int, _late: bool = False) -> None:
        """A sample stands for one mean interval, whatever was drawn, or for two: see at the top of this file."""
        weight_ns = round(self._mean_us * 1e3)
        if (self._armed_ns + self.signal_ns) * self._delays < self._delays_ns:
            weight_ns *= 2
        collected_ns = max(0, min(cpu_ns, garbage_ns - self._garbage_ns))
        weight_ns = max(0, weight_ns - collected_ns)
        self._waits.rest_ns += cpu_ns - collected_ns - weight_ns
        while frame is not None and frame.f_code in self._own:
            # An interval of a few microseconds is over before the call that sets the timer returns.
            frame = frame.f_back
        self._row(weight_ns, collected_ns, self._stacks.of(frame), EXCHANGE.get(-1))

    def begin_wait(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._count_run(thread_time_ns())

    def wrap_calls(self, patches: Patches, waits: Sequence[WaitSpec]) -> None:
        """Have the calls that may block read their CPU. Targets that are missing are the ledger's to report."""
        if fits(Instrument.THREADS, self._failures):
            for owner, name in _BLOCKING:
                patches.set(owner, name, self._reading(getattr(owner, name)))
            patches.set_everywhere(socket, "getaddrinfo", self._reading(socket.getaddrinfo))
        for wait in waits:
            seam = find(wait.target)
            if seam is not None and not seam.replace(self._reading(seam.function), patches):
                self._failures.leave_out(f"waits in {wait.target}", "cannot be replaced")

    def start(self) -> None:
        """Begin to sample; call it in the main thread, when its own part of a round begins."""
        self._sampled = True
        self._calls_ns.clear()
        self._in_call = False
        self._mean_us = self.interval_us
        self._seen_at_ns, self._seen_cpu_ns = perf_counter_ns(), thread_time_ns()
        self._still_at_ns, self._still_process_ns = self._seen_at_ns, process_time_ns()
        super().start()

    def end_round(self, others_cpu_ns: int, others_garbage_ns: int) -> None:
        """Record what the calls took, and the CPU of the other threads, which the analysis spreads over all rows.

        Sampling may have been stopped before, when the main thread's part of the round was done.
        """
        sampled, self._sampled = self._sampled, False
        self.stop()
        if not sampled or self._failures.removed("sampler"):
            return
        for stack, spent_ns in self._calls_ns.items():
            self._row(spent_ns, 0, stack)
        self._calls_ns.clear()
        self._row(max(0, others_cpu_ns - others_garbage_ns), others_garbage_ns, -1)

    def _row(self, weight_ns: int, garbage_ns: int, stack: int, exchange: int = -1) -> None:
        self._rows.add(perf_counter_ns(), weight_ns, garbage_ns, 0, exchange, stack)

    def _reading(self, function: Callable[..., Any]) -> Callable[..., Any]:
        main = self._main

        def called(*args: Any, **kwargs: Any) -> Any:
            if get_ident() != main or self._in_call or self._stop is None:
                return function(*args, **kwargs)
            self._in_call = True
            self.begin_wait()
            try:
                return function(*args, **kwargs)
            finally:
                self.end_wait(sys._getframe(1))

        self._own.add(called.__code__)
        return functools.wraps(function)(called)

    def end_wait(self, caller: FrameType) -> None:
        """The call that ``caller`` made is over; its CPU is that stack's."""
        if self._stop is None:
            self._in_call = False
            return
        cpu_ns = thread_time_ns()
        try:
            stack = self._stacks.of(caller)
            self._calls_ns[stack] = self._calls_ns.get(stack, 0) + cpu_ns - self._last_cpu_ns
        except Exception as error:
            self._remove(error)
            self.stop()
            return
        self._mean_us = self.interval_us
        self._resume()
