"""The running counts of a process, in all and by call site. They only grow: who wants a stretch of time subtracts."""

import threading
from collections.abc import Mapping
from typing import NamedTuple

REQUESTS, FAILURES, CONNECTIONS, HANDSHAKES, POOL_NS, BLOCKED_NS = range(6)
NOWHERE = (-1, -1)

Place = tuple[int, int]


class Counts(NamedTuple):
    """A copy: one list of the six counts by place (call site, client), and failures by the number of their type."""

    places: Mapping[Place, tuple[int, ...]]
    failures: Mapping[int, int]


class Tally:
    """``add`` from any thread. What no exchange can be found for belongs to ``NOWHERE``."""

    def __init__(self) -> None:
        self._places: dict[Place, list[int]] = {}
        self._failures: dict[int, int] = {}
        # A response that the garbage collector drops is counted in whatever the thread does just then.
        self._lock = threading.RLock()

    def add(self, place: Place, what: int, amount: int = 1) -> None:
        with self._lock:
            counts = self._places.get(place)
            if counts is None:
                counts = self._places[place] = [0] * 6
            counts[what] += amount

    def fail(self, place: Place, error: int) -> None:
        """A failure of this type."""
        with self._lock:
            self.add(place, FAILURES)
            self._failures[error] = self._failures.get(error, 0) + 1

    def copy(self) -> Counts:
        with self._lock:
            places = {place: tuple(counts) for place, counts in self._places.items()}
            return Counts(places, dict(self._failures))
