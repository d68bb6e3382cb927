"""When the thread of an event loop stands still in a callback: it neither computes nor waits for a core or the interpreter.

Theory of operation. Between two selects a loop calls callbacks, and each of them should compute and return. Wall time that
passes there is CPU of the thread, or waiting for a core (the kernel counts that, see ``run_delay``), or the thread stood
still: in a sleep, a lock, a file, a socket, or waiting for the interpreter's lock while another thread computes. What other
threads computed meanwhile (``OthersCpu``) is taken for the last of these. The difference does not grow with the load of the
machine, so it can be held against a bound. A stretch of less than ``LEAST_NS`` is no news.

The kernel's account of waiting for a core is short by some hundred microseconds for each time that the thread lost its core,
and what a hypervisor takes is in no account. Therefore a stretch counts only if the thread has given up its core by itself
(``voluntary_switches``), and only if it is long against what it waited for a core.

Reading the clocks takes some microseconds, so a stretch begins with readings that may be ``_FRESH_NS`` old. What the thread
computed or waited in between is taken for the stretch's own, which makes it shorter by that at most, never longer.

A blocking client called on a loop's thread needs no finding out: its whole wall time counts, however short.
"""

import threading
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from typing import Any

from clientprof.probes.sampling.others_cpu import OthersCpu
from clientprof.probes.sampling.run_delay import run_delay_ns
from clientprof.probes.sampling.voluntary_switches import voluntary_switches

LEAST_NS = 10_000_000
_FRESH_NS = 1_000_000
# A loop that came back to its callbacks sooner has not slept in its select.
_NO_SELECT_NS = 20_000
# The part of the time waiting for a core by which the account of it may be short.
_SHORT = 16


class _Stretch:
    """What a thread does just now: since when it has been in callbacks (0: it is in none), and its clocks when they were
    read. ``held_ns`` is of the stretch that began at ``held_in_ns``."""

    __slots__ = (
        "cpu_ns",
        "delay_ns",
        "ended_ns",
        "held_in_ns",
        "held_ns",
        "others",
        "others_ns",
        "read_ns",
        "slept",
        "started_ns",
    )

    def __init__(self) -> None:
        self.held_ns = self.held_in_ns = 0
        self.started_ns = self.ended_ns = self.cpu_ns = self.delay_ns = self.others_ns = self.read_ns = 0
        self.others = OthersCpu()
        switches = voluntary_switches()
        self.slept: Callable[[], bool] = _unknown if switches is None else switches.grew

    def start(self) -> None:
        """Callbacks begin now."""
        self.started_ns = now_ns = perf_counter_ns()
        if now_ns - self.ended_ns > _NO_SELECT_NS:
            self.woke(now_ns)

    def woke(self, now_ns: int) -> None:
        """There may have been a select that slept."""
        self.slept()
        if now_ns - self.read_ns > _FRESH_NS:
            self.read(now_ns)

    def read(self, now_ns: int) -> None:
        self.delay_ns = run_delay_ns() or 0
        self.cpu_ns = thread_time_ns()
        self.others_ns = self.others.since_last_ns(self.cpu_ns)
        self.read_ns = now_ns


def _unknown() -> bool:
    return True


class StandingStill:
    """``begin`` and ``end`` enclose what a loop's thread does between two selects; ``blocked(ns)`` hears of what stood
    still."""

    def __init__(self, blocked: Callable[[int], None]) -> None:
        self._blocked = blocked
        self._local = threading.local()
        self.known = run_delay_ns() is not None

    def _here(self) -> _Stretch:
        try:
            here: _Stretch = self._local.here
        except AttributeError:
            here = self._local.here = _Stretch()
        return here

    def begin(self) -> None:
        """Callbacks begin in this thread."""
        self._here().start()

    def end(self) -> None:
        """They are over, or somebody wants to know so far; harmless if none began."""
        here = self._here()
        if here.started_ns:
            here.ended_ns = now_ns = perf_counter_ns()
            if now_ns - here.started_ns >= LEAST_NS:
                self._weigh(here)
            here.started_ns = 0

    def calling(self) -> Callable[..., Any]:
        """What calls the callbacks of a loop of C: ``call(callback, *args)``. Its ``failed`` is the last one that raised."""
        local, new, end, weigh = self._local, self._here, self.end, self._weigh
        now = perf_counter_ns

        def call(callback: Callable[..., Any], *args: Any) -> Any:
            try:
                here = local.here
            except AttributeError:
                here = new()
            if here.started_ns:
                end()  # one that began unseen
            here.started_ns = now_ns = now()
            if now_ns - here.ended_ns > _NO_SELECT_NS:
                here.woke(now_ns)
            try:
                return callback(*args) if args else callback()
            except BaseException:
                call.failed = callback  # type: ignore[attr-defined]
                raise
            finally:
                if here.started_ns:
                    here.ended_ns = now_ns = now()
                    if now_ns - here.started_ns >= LEAST_NS:
                        weigh(here)
                    here.started_ns = 0

        return call

    def _weigh(self, here: _Stretch) -> None:
        """The stretch has lasted: whether it stood still."""
        cpu_ns, delay_ns = here.cpu_ns, here.delay_ns
        here.read(here.ended_ns)
        waited_ns = here.delay_ns - delay_ns
        wall_ns = here.ended_ns - here.started_ns
        held_ns = here.held_ns if here.held_in_ns == here.started_ns else 0
        still_ns = wall_ns - held_ns - (here.cpu_ns - cpu_ns) - waited_ns - here.others_ns
        if here.slept() and still_ns >= LEAST_NS + waited_ns // _SHORT:
            self._blocked(still_ns)

    def settle(self) -> None:
        """Count what there is so far of the stretch that the calling thread is in."""
        if self._here().started_ns:
            self.end()
            self.begin()

    def held(self, wall_ns: int, cpu_ns: int) -> None:
        """A blocking client's call was made here and is counted; it stood still for the difference."""
        here = self._here()
        if here.held_in_ns != here.started_ns:
            here.held_in_ns, here.held_ns = here.started_ns, 0
        here.held_ns += max(0, wall_ns - cpu_ns)
