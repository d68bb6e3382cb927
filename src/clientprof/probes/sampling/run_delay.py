"""How long the calling thread has waited for a core since it began.

Source: the second number in ``/proc/thread-self/schedstat`` (Linux, Documentation/scheduler/sched-stats.rst): time that the
thread could have run and was not let. Wall time less CPU less this is time that the thread itself did not want to run.
"""

import os

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
