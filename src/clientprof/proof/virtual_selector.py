"""A select that blocks in simulated time: sockets are real, what happens to them is on an agenda."""

import selectors
from typing import ClassVar

from clientprof.model.layers import Layer
from clientprof.model.run import StepOwner
from clientprof.probes.on_asyncio.stamped_loop import StampedSelector
from clientprof.proof.truth import Truth
from clientprof.virtual.agenda import Agenda, wait_for
from clientprof.virtual.clock import VirtualClock


class ScriptedReadiness(selectors.DefaultSelector):
    """Stands below ``StampedSelector`` in the order of bases, so that its own code runs unchanged."""

    clock: ClassVar[VirtualClock]
    agenda: ClassVar[Agenda]
    truth: ClassVar[Truth]
    select_ns: ClassVar[int]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait in simulated time for the agenda or the timeout.

        Raises:
            NothingComes: nothing will ever happen.
        """
        began_ns = self.clock.now_ns
        look = super().select
        ready = wait_for(lambda: look(0), timeout, self.clock, self.agenda, self.select_ns)
        self.truth.worked(began_ns, self.clock.now_ns, int(StepOwner.SELECT), Layer.LOOP)
        self.truth.reported_ns = self.clock.now_ns
        return ready


def selector_type(clock: VirtualClock, agenda: Agenda, truth: Truth, select_ns: int) -> type[StampedSelector]:
    """The real stamped selector on a scripted one."""
    attributes = {"clock": clock, "agenda": agenda, "truth": truth, "select_ns": select_ns}
    return type("VirtualSelector", (StampedSelector, ScriptedReadiness), attributes)
