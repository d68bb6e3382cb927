"""How a client's costs change with what it has done before: in one process, under a load that stays the same."""

from dataclasses import dataclass

from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.samples import CodeLocation


@dataclass(frozen=True, slots=True)
class AgingCost:
    """One cost, CPU microseconds per request, after ``requests`` had been made (the middle of each part) of one process.

    ``location`` None is all CPU of the process, without instruments. ``slope`` is log-log over the requests made before,
    None with too few points above 0; ``grows`` says that the cost certainly grows and matters.
    """

    requests: tuple[float, ...]
    us_per_request: tuple[float, ...]
    slope: Estimate | None
    grows: bool
    layer: Layer | None = None
    location: CodeLocation | None = None
