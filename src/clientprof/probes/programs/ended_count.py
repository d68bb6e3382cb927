"""How many requests of all processes have ended, told as they end, where a measurement is to last for so many.

Each adds a byte to one file: its size is the sum, which the launcher sees without asking anybody. The process that adds the
last one writes down what it has at once, so that nothing is missing when the launcher ends the measurement.
"""

import os
from collections.abc import Callable

from clientprof.probes.programs.measured_from import measured_from_ns
from clientprof.recording.segments import ENDED, LIMIT

_FLAGS = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)


class EndedCount:
    """``add`` counts a request that ended. ``reached`` is called once in this process, when they are enough."""

    def __init__(self, folder: str, limit: int, from_ns: int, reached: Callable[[int], None]) -> None:
        self._path = f"{folder}/{ENDED}"
        self._limit = limit
        self._from_ns = from_ns
        self._reached = reached
        self._told = False

    def add(self, now_ns: int) -> None:
        """A request ended now. Where the file cannot be written any more, nobody counts."""
        if now_ns < self._from_ns:
            return
        try:
            # Opened for each byte: a program may close every descriptor that it has.
            descriptor = os.open(self._path, _FLAGS)
            try:
                os.write(descriptor, b".")
                ended = os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)
        except OSError:
            self._from_ns = 1 << 62
            return
        if ended >= self._limit and not self._told:
            self._told = True
            self._reached(now_ns)


def ended_count(folder: str, reached: Callable[[int], None]) -> EndedCount | None:
    """The count of the processes of this folder; None where the measurement has no such limit."""
    try:
        with open(f"{folder}/{LIMIT}", "rb") as limit:
            return EndedCount(folder, int(limit.read()), measured_from_ns(folder), reached)
    except (OSError, ValueError):
        return None
