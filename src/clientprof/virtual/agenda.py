"""What the world does at stated instants, and a wait that blocks in simulated time."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from clientprof.virtual.clock import VirtualClock

Action = Callable[[int], None]
T = TypeVar("T")


class NothingComes(RuntimeError):
    """A wait for something that no entry of the agenda and no timer will ever bring."""

    def __init__(self) -> None:
        super().__init__(
            "it waits for something that never happens in virtual time: a thread, a signal, or a socket of the system"
        )


class Agenda:
    """What the world does at stated instants; each action is told its own instant, even if it is looked at later."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Action]] = []
        self._numbers = count()

    def add(self, at_ns: int, action: Action) -> None:
        heapq.heappush(self._entries, (at_ns, next(self._numbers), action))

    def next_ns(self) -> int | None:
        return self._entries[0][0] if self._entries else None

    def happen_until(self, now_ns: int) -> None:
        while self._entries and self._entries[0][0] <= now_ns:
            at_ns, _, action = heapq.heappop(self._entries)
            action(at_ns)


def wait_for(
    look: Callable[[], list[T]], timeout: float | None, clock: VirtualClock, agenda: Agenda, look_ns: int
) -> list[T]:
    """What ``look`` finds once the agenda has brought something, empty after ``timeout`` seconds of simulated time.

    The first look takes ``look_ns``; then the clock goes from one instant at which something happens to the next.

    Raises:
        NothingComes: nothing will ever happen.
    """
    deadline_ns = None if timeout is None else clock.now_ns + round(timeout * 1e9)
    clock.now_ns += look_ns
    while True:
        agenda.happen_until(clock.now_ns)
        found = look()
        if found or (deadline_ns is not None and clock.now_ns >= deadline_ns):
            return found
        coming = [at for at in (deadline_ns, agenda.next_ns()) if at is not None]
        if not coming:
            raise NothingComes
        clock.now_ns = max(clock.now_ns, min(coming))
