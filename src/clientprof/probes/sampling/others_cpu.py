"""What the process's other threads computed between two samples of a loop.

A loop's thread that neither computes nor waits for a core may stand still by its own will, or wait for the interpreter's
lock. The second needs somebody who has that lock: other threads that compute meanwhile. No clock tells more, from inside.
"""

from time import process_time_ns

from clientprof.probes.real_threads import threads_share_interpreter


class OthersCpu:
    """``since_last_ns`` takes the CPU of the loop's own thread so far; 0 where the interpreter has no lock to wait for."""

    def __init__(self) -> None:
        self._locks = threads_share_interpreter()
        self._before_ns: int | None = None

    def since_last_ns(self, own_cpu_ns: int) -> int:
        """Nanoseconds since it was asked last, by all threads but the one with that CPU."""
        if not self._locks:
            return 0
        before_ns, self._before_ns = self._before_ns, process_time_ns() - own_cpu_ns
        return 0 if before_ns is None else max(0, self._before_ns - before_ns)
