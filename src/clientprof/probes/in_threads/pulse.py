"""A thread that calls a function at short, uneven intervals while something happens, and sleeps without a wake-up otherwise.

It is none of ``threading``'s: a program that lists its threads does not see it. It blocks all signals, so that they reach
whom they would reach without it. Nothing of it is left after ``stop``; the next ``wake`` starts it again.
"""

import _thread
import signal
import sys
from collections.abc import Callable
from time import thread_time_ns

_LONGEST = 16
# How often it beats at the longest interval before it sleeps.
_LAST_BEATS = 3
# What it may take of a core: an interval lasts so many times as long as the beat before it computed.
_LEAST_TIMES_COST = 100
# But one that meets much for the first time, and computes for long, does not blind it for longer than that on average.
_LONGEST_FOR_COST_US = 400_000.0
_STOP_S = 2.0


class Pulse:
    """``beat()`` says whether something happened since the beat before. Where nothing did, the next interval is twice as
    long, and after the longest the thread sleeps until ``wake``.

    ``interval_us`` is the mean; each is drawn from 0.5 to 1.5 times that. ``end()`` is called in the thread as it stops;
    ``failed(error)`` if a beat raises, after which there are no more.
    """

    def __init__(
        self,
        beat: Callable[[], bool],
        interval_us: float,
        random: Callable[[], float],
        end: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._beat = beat
        self._interval_us = interval_us
        self._random = random
        self._end = end
        self._failed = failed
        self.slow = True
        self.off = False
        # What a beat has computed for something that bounds itself; it keeps no beat away.
        self.aside_ns = 0
        self._running = self._stopping = False
        self._change = _thread.allocate_lock()
        self._gate = _thread.allocate_lock()
        self._done = _thread.allocate_lock()

    def wake(self) -> None:
        """Something happens. Ask for ``slow`` before: where that is False, this would change nothing."""
        if self.off:
            return
        with self._change:
            if not self.slow:
                return
            self.slow = False
            if self._running:
                self._open()
            else:
                self._start()

    def _open(self) -> None:
        if self._gate.locked():  # else it is open already, and the thread about to see that
            self._gate.release()

    def _start(self) -> None:
        self._stopping = False
        self._gate.acquire(blocking=False)  # held while the thread runs: whoever lets go of it wakes the thread
        if not self._done.acquire(blocking=False):
            self.off = True  # the one before could not be stopped
            return
        try:
            _thread.start_new_thread(self._run, ())
            self._running = True
        except Exception as error:  # no more threads, or the interpreter is going away
            self._done.release()
            self.off = True
            self._failed(error)

    def stop(self) -> None:
        """End the thread, if it runs, and wait until it has. Any thread may call it but its own."""
        with self._change:
            if not self._running:
                return
            self._stopping = True
            self._open()
        # A thread that cannot go on, because the interpreter is going away, is not waited for.
        if self._done.acquire(timeout=_STOP_S):
            self._done.release()
        self._running, self.slow = False, True

    def forget(self) -> None:
        """This is a process that was forked off: the thread is not here."""
        self._running, self.slow = False, True
        self._change, self._gate, self._done = (_thread.allocate_lock() for _ in range(3))

    def _run(self) -> None:
        try:
            if hasattr(signal, "pthread_sigmask"):
                signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            self._go_on()
            self._end()
        except Exception as error:
            self.off = True
            self._failed(error)
        finally:
            self._done.release()

    def _go_on(self) -> None:
        times, quiet, cost_us = 1, 0, 0.0
        while not self._stopping:
            if quiet > _LAST_BEATS:
                self._gate.acquire()
            else:
                pause_us = max(times * self._interval_us, min(_LEAST_TIMES_COST * cost_us, _LONGEST_FOR_COST_US))
                self._gate.acquire(timeout=pause_us * (0.5 + self._random()) / 1e6)
            if self._stopping or sys.is_finalizing():
                return
            self.aside_ns, began_ns = 0, thread_time_ns()
            happened = self._beat()
            cost_us = (thread_time_ns() - began_ns - self.aside_ns) / 1e3
            with self._change:
                if happened or not self.slow:
                    # Woken, or busy all the time.
                    times, quiet, self.slow = 1, 0, not happened
                    continue
            if times < _LONGEST:
                times *= 2
            else:
                quiet += 1
