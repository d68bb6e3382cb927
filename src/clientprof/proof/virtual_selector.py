"""A select that blocks in simulated time: sockets are real, what happens to them is on an agenda."""

import heapq
import selectors
from collections.abc import Callable
from itertools import count
from typing import ClassVar

from clientprof.model.layers import Layer
from clientprof.model.recording import StepOwner
from clientprof.probes.on_asyncio.stamped_loop import StampedSelector
from clientprof.proof.truth import Truth
from clientprof.proof.virtual_clock import VirtualClock

Action = Callable[[int], None]


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


class ScriptedReadiness(selectors.DefaultSelector):
    """Stands below ``StampedSelector`` in the order of bases, so that its own code runs unchanged."""

    clock: ClassVar[VirtualClock]
    agenda: ClassVar[Agenda]
    truth: ClassVar[Truth]
    select_ns: ClassVar[int]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait in simulated time for the agenda or the timeout.

        Raises:
            RuntimeError: nothing will ever happen.
        """
        began_ns = self.clock.now_ns
        deadline_ns = None if timeout is None else began_ns + round(timeout * 1e9)
        self.clock.now_ns += self.select_ns
        while True:
            self.agenda.happen_until(self.clock.now_ns)
            ready = super().select(0)
            if ready or (deadline_ns is not None and self.clock.now_ns >= deadline_ns):
                break
            coming = [at for at in (deadline_ns, self.agenda.next_ns()) if at is not None]
            if not coming:
                raise RuntimeError("the script waits for something that never happens")
            self.clock.now_ns = max(self.clock.now_ns, min(coming))
        self.truth.worked(began_ns, self.clock.now_ns, int(StepOwner.SELECT), Layer.LOOP)
        self.truth.reported_ns = self.clock.now_ns
        return ready


def selector_type(clock: VirtualClock, agenda: Agenda, truth: Truth, select_ns: int) -> type[StampedSelector]:
    """The real stamped selector on a scripted one."""
    attributes = {"clock": clock, "agenda": agenda, "truth": truth, "select_ns": select_ns}
    return type("VirtualSelector", (StampedSelector, ScriptedReadiness), attributes)
