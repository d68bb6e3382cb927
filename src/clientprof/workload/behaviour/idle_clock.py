"""An event loop whose clock stands while it works: on a busy machine timeouts run out for want of answers, not of a core.

Many clients at once take a second of CPU, which a shared machine may spread over ten. By this clock a request that waits for
a connection which is never given back still times out, because then nothing is left to do; one whose turn has not come does
not.
"""

import asyncio
import selectors
import time
from typing import Any


class IdleClockLoop(asyncio.SelectorEventLoop):
    """``time()`` is the time spent waiting for sockets and timers."""

    def __init__(self) -> None:
        self._waits = _TimedSelector()
        super().__init__(self._waits)

    def time(self) -> float:
        return self._waits.waited_s


class _TimedSelector(selectors.DefaultSelector):
    waited_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        began = time.monotonic()
        try:
            return super().select(timeout)
        finally:
            self.waited_s += time.monotonic() - began
