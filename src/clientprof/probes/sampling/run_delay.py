"""How long the calling thread has waited for a core since it began.

Source: the second number in ``/proc/thread-self/schedstat`` (Linux, Documentation/scheduler/sched-stats.rst): time that the
thread could have run and was not let. Wall time less CPU less this is time that the thread itself did not want to run.
"""

import os
import threading

_FILE = "/proc/thread-self/schedstat"


def run_delay_ns() -> int | None:
    """Nanoseconds; None where the system does not tell."""
    try:
        descriptor = os.open(_FILE, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fields = os.read(descriptor, 80).split()
        finally:
            os.close(descriptor)
        # A kernel without these statistics writes three zeros; who runs has been given the core at least once.
        return int(fields[1]) if len(fields) == 3 and fields[2] != b"0" else None
    except (OSError, ValueError, AttributeError):
        return None


class TimeQueued:
    """How long the threads that ask waited for a core, each while it was the one that asked: a loop's, wherever it runs."""

    def __init__(self) -> None:
        self._so_far_ns = 0
        self._before: tuple[int, int] | None = None

    def so_far_ns(self) -> int:
        """The sum until now; 0 where the system does not tell."""
        ident, delay_ns, before = threading.get_ident(), run_delay_ns(), self._before
        if delay_ns is not None:
            if before is not None and before[0] == ident:
                self._so_far_ns += max(0, delay_ns - before[1])
            self._before = (ident, delay_ns)
        return self._so_far_ns
