"""Two arms of a comparison as the samplers saw them, with what is known of them without instruments."""

from collections.abc import Sequence
from dataclasses import dataclass

from clientprof.attribution.costs.process_spread import Spread
from clientprof.attribution.costs.sampled_time import SampledTime


@dataclass(frozen=True, slots=True)
class SampledArms:
    """``names`` are baseline and candidate, of which each was sampled in one or more processes.

    ``paired``: process i of both arms ran in the same block. ``control``: the spread between control processes; ``levels``:
    what the requesting threads of each arm took without instruments, us per request, None where that is not known.
    """

    names: tuple[str, str]
    baseline: Sequence[SampledTime]
    candidate: Sequence[SampledTime]
    paired: bool = False
    control: Spread | None = None
    levels: tuple[float | None, float | None] = (None, None)
