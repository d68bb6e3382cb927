"""What the loop did inside the warm rounds, layer by layer: busy, in select, and how many callbacks it ran."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.loop_time import LAYERS, LoopTime
from clientprof.attribution.ledger.selects import selects
from clientprof.model.layers import Layer
from clientprof.model.run import RoundKind, Run, StepOwner

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LoopTotal:
    """Of the warm rounds of a run or of a piece of one: nanoseconds by layer, selects included, and in select."""

    by_layer: npt.NDArray[np.float64]
    idle_ns: int
    callbacks: int

    @classmethod
    def of(cls, run: Run, started: Integers, owner: Integers, loop_time: LoopTime) -> "LoopTotal":
        """``started`` and ``owner`` are the columns of the loop's steps."""
        measured = np.asarray(run.column("round.kind"), dtype=np.int64) == RoundKind.MEASURED
        begin = np.asarray(run.column("round.started_ns"), dtype=np.int64)[measured]
        end = np.asarray(run.column("round.ended_ns"), dtype=np.int64)[measured]
        total = (loop_time.by_layer(end) - loop_time.by_layer(begin)).sum(axis=1)
        number = np.searchsorted(begin, started[:-1], side="right") - 1
        inside = (number >= 0) & (started[:-1] < end[np.maximum(number, 0)])
        idle = int(np.diff(started)[inside & selects(run)[:-1]].sum())
        return cls(total, idle, int((inside & (owner[:-1] >= StepOwner.NOBODY)).sum()))


def loop_account(parts: Sequence[LoopTotal]) -> tuple[dict[Layer, float], float | None, int | None]:
    """Busy microseconds by layer, microseconds in select, and callbacks, of all pieces; unknown where there are none."""
    if not parts:
        return {}, None, None
    total = np.add.reduce([part.by_layer for part in parts]) / 1e3
    idle = float(sum(part.idle_ns for part in parts)) / 1e3
    busy = {layer: float(us) for layer, us in zip(LAYERS, total, strict=True) if us > 0}
    busy[Layer.LOOP] = max(0.0, busy.get(Layer.LOOP, 0.0) - idle)
    return busy, idle, sum(part.callbacks for part in parts)
