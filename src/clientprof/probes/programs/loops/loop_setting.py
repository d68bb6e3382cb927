"""What all event loops of a program's process share."""

import weakref
from collections.abc import Callable
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.loops.windowed_patches import WindowedPatches
from clientprof.probes.programs.seam_stamps import SeamStamps
from clientprof.probes.programs.waiting.gates import Gates


class LoopSetting:
    """Where loops get their lanes, and who hears that a lane runs or has stopped, and that its detail pauses or goes on."""

    def __init__(
        self, book: LaneBook, exchanges: Exchanges, stamps: SeamStamps, failures: Failures, windowed: WindowedPatches,
        gates: Gates,
        running: Callable[[Lane], None], stopped: Callable[[Lane], None],
        paused: Callable[[Lane], None], resumed: Callable[[Lane], None],
    ) -> None:  # fmt: skip
        self.book = book
        self.exchanges = exchanges
        self.stamps = stamps
        self.failures = failures
        self.running = running
        self.stopped = stopped
        self.windowed = windowed
        self.gates = gates
        self.paused = paused
        self.resumed = resumed
        # Only where the instruments come out again while the program goes on: all loops of ours, and of what kind transports
        # are made, one that can become asyncio's own again.
        self.kept: weakref.WeakSet[Any] | None = None
        self.transport_kind: Any = None
