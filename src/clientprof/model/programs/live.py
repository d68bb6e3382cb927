"""What a program did in the last seconds, as a view of it is shown while it is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveSite:
    """One call site and client. ``p50_ms`` is None where nothing ended lately."""

    place: str
    function: str
    client: str
    per_s: float
    p50_ms: float | None
    failed: int


@dataclass(frozen=True, slots=True)
class LiveHolder:
    """For whom the event loops ran, as a share of the time that was recorded in detail."""

    name: str
    share: float


@dataclass(frozen=True, slots=True)
class LiveLook:
    """``requests`` and ``failed`` are of the whole measurement, all else of the last seconds.

    ``waiting`` requests stand in the queue of a pool. It, ``busy`` (share of the time), ``longest_step_ms`` and
    ``lag_p99_ms`` (how long callbacks stood in line) are known where detail is recorded, otherwise None.
    """

    seconds: float
    requests: int
    failed: int
    per_s: float
    in_flight: int
    waiting: int | None
    busy: float | None
    longest_step_ms: float | None
    lag_p99_ms: float | None
    sites: tuple[LiveSite, ...]
    holders: tuple[LiveHolder, ...]
