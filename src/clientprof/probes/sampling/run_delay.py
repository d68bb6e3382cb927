"""How long the calling thread has waited for a core since it began.

Source: the second number in ``/proc/thread-self/schedstat`` (Linux, Documentation/scheduler/sched-stats.rst): time that the
thread could have run and was not let. Wall time less CPU less this is time that the thread itself did not want to run.
"""

import os
import threading

from clientprof.probes.sampling.voluntary_switches import thread_switches

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


class ThreadWaits:
    """How long the threads that ask waited for a core, and how often they stood still by their own will, each while it was
    the one that asked: a loop's, wherever it runs."""

    def __init__(self) -> None:
        self._so_far = (0, 0)
        self._before: tuple[int, int, int] | None = None

    def so_far(self) -> tuple[int, int]:
        """Nanoseconds and times until now; 0 where the system does not tell."""
        now = (threading.get_ident(), run_delay_ns() or 0, thread_switches())
        before, self._before = self._before, now
        if before is not None and before[0] == now[0]:
            queued_ns, blocked = (max(0, new - old) for new, old in zip(now[1:], before[1:], strict=True))
            self._so_far = (self._so_far[0] + queued_ns, self._so_far[1] + blocked)
        return self._so_far
