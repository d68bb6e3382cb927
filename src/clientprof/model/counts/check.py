"""What ``clientprof check`` found: bounds, and what became of each in each scenario."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.counts.exact import ExactCounts, FunctionDifference
from clientprof.model.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Bound:
    """What must hold of a figure per request, as the user wrote it. ``relative``: ``number`` is a multiple of the base's.

    ``number`` is kept as it was written, so that it is compared without rounding. ``function`` is set for the calls of one.
    """

    text: str
    name: str
    operator: str
    number: str
    relative: bool
    function: str | None = None


class Kept(StrEnum):
    """What became of a bound."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class JudgedBound:
    """A bound in one scenario. ``value``, ``base`` and ``limit`` are per request; None where there is no such figure.

    ``moved`` are the functions that moved the figure most, ``changed`` those whose code is not the base's.
    """

    scenario: str
    bound: str
    outcome: Kept
    reason: str
    value: float | None = None
    base: float | None = None
    limit: float | None = None
    moved: tuple[FunctionDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeBeside:
    """CPU per request of head over base in one scenario, and of base over itself (A/A)."""

    scenario: str
    ratio: Estimate
    aa_ratio: Estimate | None
    verdict: str


@dataclass(frozen=True, slots=True)
class ChangedFunction:
    """A function whose code is not the same in base and head. ``path`` is that of its file in the repository, if found."""

    name: str
    file: str
    line: int
    path: str | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A head held against its bounds. ``base`` names what it was held against, None where no bound asked for one."""

    command: tuple[str, ...]
    head: str
    base: str | None
    bounds: tuple[JudgedBound, ...]
    heads: tuple[ExactCounts, ...]
    bases: tuple[ExactCounts, ...]
    times: tuple[TimeBeside, ...] = ()
    changed: tuple[ChangedFunction, ...] = ()
    paths: Mapping[str, str] | None = None

    @property
    def broken(self) -> tuple[JudgedBound, ...]:
        return tuple(row for row in self.bounds if row.outcome is Kept.BROKEN)

    @property
    def undecided(self) -> tuple[JudgedBound, ...]:
        return tuple(row for row in self.bounds if row.outcome is Kept.UNDECIDED)
