"""Results of many recordings over versions, days or Pythons: what ``history show`` answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clientprof.model.estimate import Estimate


class By(StrEnum):
    """What a trend goes over; all else is the same along it, the machine first of all."""

    VERSION = "version"
    DATE = "date"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Observation:
    """One client in one recording. ``client`` is without its version; ``created`` is ISO 8601 in UTC.

    ``cpu_us`` is CPU per request. ``ratio`` is that over the baseline's in the same recording, ``baseline`` what it was;
    both None where there was none. ``layers_us`` is CPU per request by layer, empty where it was not sampled.
    """

    recording: str
    created: str
    machine: str
    python: str
    load: str
    client: str
    version: str
    cpu_us: Estimate
    ratio: Estimate | None = None
    baseline: str | None = None
    layers_us: Mapping[str, float] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.client} {self.version}".rstrip()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A position of a trend: the geometric mean of its recordings in the trend's unit, and means by layer.

    The interval is over recordings; of a single one it is its own.
    """

    label: str
    recordings: int
    value: Estimate
    layers_us: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LevelChange:
    """The level changed between two neighbouring positions, or, with 95 %, between ``earliest`` and ``latest``.

    ``earliest`` and ``latest`` are the first positions of the new level. ``ratio`` is new over old. ``layers_us`` are
    differences of means by layer, the largest first, where layers are known on both sides.
    """

    before: str
    after: str
    earliest: str
    latest: str
    ratio: Estimate
    p: float
    layers_us: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Trend:
    """One client under one load on one machine. ``unit`` is ``us`` or ``x``; then ``against`` is the baseline.

    ``same`` says what all its recordings share, for the reader.
    """

    client: str
    machine: str
    same: tuple[str, ...]
    unit: str
    against: str | None
    points: tuple[TrendPoint, ...]
    changes: tuple[LevelChange, ...]

    @property
    def recordings(self) -> int:
        return sum(point.recordings for point in self.points)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of the history: its name, what it is, and how many recordings are of it."""

    name: str
    about: str
    recordings: int


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """All trends of a history. ``rate`` is the share of false changes allowed in all of them together.

    ``single`` counts clients that have one position only, and so no trend.
    """

    by: By
    created: str
    recordings: int
    machines: tuple[Machine, ...]
    trends: tuple[Trend, ...]
    single: int
    rate: float
    seed: int
    files: Mapping[str, str] = field(default_factory=dict)
