"""Waiting for sockets, told to the sampler by the selector or by the instrument that stamps it."""

import selectors
import sys
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Protocol


@dataclass(slots=True)
class WaitAccount:
    """What the sampler knows of the waits of one round; thread CPU in nanoseconds.

    ``rest_ns`` belongs to no stack yet, ``garbage_ns`` went to collections meanwhile, ``selector_ns`` to selects that could
    block, called by ``caller``. ``waited`` is True from a wait to the next sample.
    """

    waited: bool = False
    rest_ns: int = 0
    garbage_ns: int = 0
    selector_ns: int = 0
    caller: CodeType | None = None

    def add(self, cpu_ns: int, garbage_ns: int = 0) -> None:
        """So much more CPU of no stack, ``garbage_ns`` of it in collections."""
        self.rest_ns += cpu_ns - garbage_ns
        self.garbage_ns += garbage_ns


class Waiter(Protocol):
    """What wants to know of waits: the sampler."""

    @property
    def running(self) -> bool: ...

    def begin_wait(self) -> None: ...

    def end_wait(self, caller: FrameType) -> None: ...


class ReportingSelector(selectors.DefaultSelector):
    """The platform's selector; each select that is allowed to block is reported, at two reads of the CPU clock."""

    def __init__(self, waiter: Waiter) -> None:
        super().__init__()
        self._waiter = waiter

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if (timeout is not None and timeout <= 0) or not self._waiter.running:
            return super().select(timeout)
        self._waiter.begin_wait()
        try:
            return super().select(timeout)
        finally:
            self._waiter.end_wait(sys._getframe(1))


class Stoppable(Protocol):
    """What has a timer that wakes a waiting loop: the sampler. ``woken`` says that it did, or that it stands still."""

    woken: bool

    def idle(self) -> None: ...

    def busy(self) -> None: ...


class LongWaits:
    """Stops the sampler's timer in waits that last, at a comparison for each of the others.

    Nobody knows beforehand how long a wait will be; it is taken to be like the one before it. A long one that follows a
    short one costs two signals: the second stops the timer. Measured on a virtual machine, a signal that finds the loop
    waiting costs 14 us and stopping and starting the timer 19 us, so from one interval on stopping is cheaper.
    """

    def __init__(self, sampler: Stoppable, interval_us: float) -> None:
        self._sampler = sampler
        self._long_ns = round(interval_us * 1e3)
        self._expected = False

    def begins(self) -> None:
        """The loop is about to wait; what it did before has been stamped."""
        if self._expected:
            self._sampler.idle()

    def ended(self, waited_ns: int) -> None:
        """The wait is over, and nobody takes the loop for waiting any more."""
        self._expected = waited_ns > self._long_ns
        if self._sampler.woken:
            self._sampler.busy()
