"""Time that passes in a function without computing: a task that waits, or a loop's thread that is blocked."""

from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase


class OffCpu(StrEnum):
    """Who stood still: the request's own task, while the loop went on, or the loop's thread and with it every request."""

    AWAITED = "awaited"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class OffCpuCost:
    """One function's time off the CPU, wall microseconds per request.

    ``layer`` owns the stack, as it does for CPU; the function is the innermost one of a package on it. ``by`` is the
    innermost function of all, what it stood still in (``asyncio.tasks.sleep``), of trio's the outermost
    (``trio._timeouts.sleep``); empty where that is the function itself.
    ``phase`` is the one in which most of it passed and ``share`` its part of a request's wall time, None where not known.
    ``explained`` says that most of it is what a request must wait for: a connection, the server, data on its way.

    A row without a function holds the rest: what is too small for a row of its own, and waits that nothing was seen of.
    """

    kind: OffCpu
    layer: Layer
    module: str
    function: str
    file: str
    line: int
    origin: str
    by: str
    us_per_request: Estimate
    phase: Phase | None = None
    share: float | None = None
    explained: bool = False
