"""The running counts of a process, in all and by call site. They only grow: who wants a stretch of time subtracts."""

import threading
from collections.abc import Mapping
from typing import NamedTuple

REQUESTS, FAILURES, CONNECTIONS, HANDSHAKES, POOL_NS, BLOCKED_NS = range(6)

# Call site and client, both by number.
Place = tuple[int, int]
NOWHERE: Place = (-1, -1)
# The six counts of a place.
Cell = list[int]


class Counts(NamedTuple):
    """A copy: the six counts by place, and failures by the number of their type."""

    places: Mapping[Place, tuple[int, ...]]
    failures: Mapping[int, int]


class Tally:
    """``add`` to a ``cell`` from any thread, or hold the ``lock``; ``NOWHERE`` has what no exchange can be found for."""

    def __init__(self) -> None:
        self._cells: dict[Place, Cell] = {}
        self._failures: dict[int, int] = {}
        self.lock = threading.Lock()

    def cell(self, place: Place) -> Cell:
        """Where the place is counted."""
        found = self._cells.get(place)
        return self._cells.setdefault(place, [0] * 6) if found is None else found

    def add(self, cell: Cell, what: int, amount: int = 1) -> None:
        with self.lock:
            cell[what] += amount

    def fail(self, cell: Cell, error: int) -> None:
        """A failure of this type."""
        with self.lock:
            cell[FAILURES] += 1
            self._failures[error] = self._failures.get(error, 0) + 1

    def copy(self) -> Counts:
        with self.lock:
            return Counts({place: tuple(cell) for place, cell in self._cells.items()}, dict(self._failures))
