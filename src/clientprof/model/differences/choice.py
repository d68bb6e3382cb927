"""Which arm of a comparison to take, and what speaks against it."""

from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.estimate import Effect


class Decision(StrEnum):
    """By CPU per request: the best candidate is taken, the baseline kept, nothing is decided, or nothing differs."""

    TAKE = "take"
    STAY = "stay"
    MEASURE_AGAIN = "measure again"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Choice:
    """``candidate`` is the arm that decides: the best one, or the nearest to the baseline; empty where none does.

    ``reason`` is what stands in the way of a verdict. ``wall`` is the effect on wall time where its verdict is the opposite
    one. ``unlike_loads``: the arms were not under the same load, and the user wanted a verdict all the same.
    """

    decision: Decision
    candidate: str = ""
    reason: str = ""
    wall: Effect | None = None
    unlike_loads: bool = False
