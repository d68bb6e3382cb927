"""Whether the client's thread stood still by its own will: in a sleep, a lock, a file, a name look-up that blocks.

The kernel counts a thread's voluntary context switches (getrusage(2), ``ru_nvcsw`` of ``RUSAGE_THREAD``): it counts on when
the thread blocks, not when the machine gives the core to somebody else.
"""

from collections.abc import Callable


def _counter() -> Callable[[], int] | None:
    try:
        import resource
    except ImportError:
        return None
    who = getattr(resource, "RUSAGE_THREAD", None)
    if who is None:
        return None
    usage = resource.getrusage
    return lambda: int(usage(who).ru_nvcsw)


# Looked up when this is imported, not when a loop first asks: there an import would hold it.
_COUNT = _counter()


class VoluntarySwitches:
    """The thread's voluntary context switches since it was asked last."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._seen = count()

    def grew(self) -> bool:
        """Whether the thread blocked since the last time this was asked."""
        before, self._seen = self._seen, self._count()
        return self._seen > before


def voluntary_switches() -> VoluntarySwitches | None:
    """Of the calling thread; None where the platform counts them by process only (macOS) or not at all (Windows)."""
    return None if _COUNT is None else VoluntarySwitches(_COUNT)


def thread_switches() -> int:
    """How often the calling thread has blocked so far; 0 where the platform does not count that."""
    return 0 if _COUNT is None else _COUNT()
