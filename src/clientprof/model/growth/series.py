"""How costs grow with the number of requests at once: series over n, slopes, crossings, retention."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clientprof.model.estimate import Estimate
from clientprof.model.findings import Notice
from clientprof.model.layers import Layer
from clientprof.model.results import Setting
from clientprof.model.samples import CodeLocation

FEWEST_N = 3
"""Different n that a slope needs: with two, nothing tells growth from chance."""


class Subject(StrEnum):
    """What a series is about."""

    TOTAL = "CPU per request"
    LATENCY = "latency p50"
    LAYER = "layer"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """A cost at one n; a cost not seen there at all has the value 0 and no interval."""

    n: int
    cost: Estimate


@dataclass(frozen=True, slots=True)
class Series:
    """One cost of one client over n. ``slope`` is None with fewer than three points.

    ``suspect`` marks a scaling suspect: slope above 0.3, its interval above 0.1, and a cost at the largest n that matters.
    """

    client: str
    subject: Subject
    points: tuple[GrowthPoint, ...]
    slope: Estimate | None
    layer: Layer | None = None
    location: CodeLocation | None = None
    suspect: bool = False

    @property
    def title(self) -> str:
        """The function's or the layer's name, else the subject."""
        return self.location.name if self.location else str(self.layer or self.subject)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where another client becomes the cheaper: below ``at`` it is ``below``, above it ``above``. None: no crossing."""

    first: str
    second: str
    subject: Subject
    at: Estimate | None
    below: str | None = None
    above: str | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """Requests per second at the larger n over those at the smaller: 1 where throughput does not suffer from concurrency."""

    client: str
    small_n: int
    large_n: int
    ratio: Estimate
    small_rps: float
    large_rps: float


@dataclass(frozen=True, slots=True)
class GrowthResult:
    """A sweep over n, answered. ``material_us`` is, by client, the least cost at the largest n that makes a suspect."""

    title: str
    command: tuple[str, ...]
    created: str
    seed: int
    complete: bool
    environment: tuple[Setting, ...]
    workload: tuple[Setting, ...]
    clients: tuple[str, ...]
    versions: Mapping[str, str]
    n: tuple[int, ...]
    totals: tuple[Series, ...]
    latencies: tuple[Series, ...]
    layers: tuple[Series, ...]
    functions: tuple[Series, ...]
    crossings: tuple[Crossing, ...]
    retentions: tuple[Retention, ...]
    material_us: Mapping[str, float]
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def suspects(self) -> tuple[Series, ...]:
        """All scaling suspects, layers first, the costliest first in each."""
        return tuple(row for row in (*self.layers, *self.functions) if row.suspect)
