"""Exact counts of a client: whole numbers over the requests of one round, the same in every run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.model.run import Counter
from clientprof.model.samples import CodeLocation


@dataclass(frozen=True, slots=True)
class FunctionCount:
    """One function. ``calls`` is None for the standard library's, whose calls are not counted; ``bytecodes`` are executed
    instructions, None where the Python cannot count them.
    """

    location: CodeLocation
    layer: str | None
    calls: int | None
    bytecodes: int | None


@dataclass(frozen=True, slots=True)
class ExactCounts:
    """One client in one scenario, over ``requests`` requests of a warm round.

    ``calls`` are of the client and its libraries, and so are ``bytecodes``; those of the standard library on the client's
    behalf are ``library_bytecodes``. ``inexact`` names what two processes did not agree on: no gate may rest on it.
    """

    client: str
    scenario: str
    version: str
    python: str
    packages: Mapping[str, str]
    requests: int
    calls: int
    bytecodes: int | None
    library_bytecodes: int | None
    counters: tuple[Counter, ...]
    functions: tuple[FunctionCount, ...]
    inexact: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[MeasuredSource, ...] = ()

    def totals(self) -> dict[str, int]:
        """What a bound may name, over all requests: ``calls``, ``bytecodes``, and every counter by its name."""
        found = {"calls": self.calls}
        if self.bytecodes is not None and self.library_bytecodes is not None:
            found |= {"bytecodes": self.bytecodes, "library_bytecodes": self.library_bytecodes}
        return found | {counter.name: counter.total for counter in self.counters}


@dataclass(frozen=True, slots=True)
class CountDifference:
    """One figure per request: ``counted`` here, ``other`` there."""

    name: str
    counted: float
    other: float

    @property
    def ratio(self) -> float | None:
        """``counted / other``; None where that is no number."""
        return self.counted / self.other if self.other else None


@dataclass(frozen=True, slots=True)
class FunctionDifference:
    """One function in two clients, or in a client and its real run; calls and bytecodes per request, None: not there."""

    location: CodeLocation
    layer: str | None
    calls: float | None
    other_calls: float | None
    bytecodes: float | None = None
    other_bytecodes: float | None = None


@dataclass(frozen=True, slots=True)
class RealDifference:
    """A client's exact counts beside the real count lens's: every figure that both have, and the functions that differ."""

    client: str
    rows: tuple[CountDifference, ...]
    functions: tuple[FunctionDifference, ...]


@dataclass(frozen=True, slots=True)
class CountsResult:
    """What ``clientprof count`` shows. ``changes`` are against the first client, by label."""

    command: tuple[str, ...]
    scenario: str
    clients: tuple[ExactCounts, ...]
    changes: Mapping[str, tuple[FunctionDifference, ...]] = field(default_factory=dict)
    real: tuple[RealDifference, ...] = ()
    seconds: float = 0.0
