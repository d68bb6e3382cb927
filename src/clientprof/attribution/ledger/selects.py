"""Which steps of the loop are selects, and which of those were allowed to block. The one place that knows older files."""

import numpy as np
import numpy.typing as npt

from clientprof.model.run import Run, StepOwner

Mask = npt.NDArray[np.bool_]


def selects(run: Run) -> Mask:
    """The steps in which the loop asked for events, waiting or not; shape of the step columns."""
    owner = np.asarray(run.column("step.owner"), dtype=np.int64)
    found: Mask = (owner == StepOwner.SELECT) | (owner == StepOwner.WAIT)
    return found


def may_block(run: Run) -> Mask:
    """The selects that were allowed to block; shape of the step columns."""
    owner = np.asarray(run.column("step.owner"), dtype=np.int64)
    enqueued = np.asarray(run.column("step.enqueued_ns"), dtype=np.int64)
    # In older files a select that may block is SELECT too, and the time at which it was queued says so by being 1.
    found: Mask = (owner == StepOwner.WAIT) | ((owner == StepOwner.SELECT) & (enqueued == 1))
    return found
