"""What a load generator is told, as one JSON line on its standard input, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """One load: ``concurrency`` connections, each with one request in flight, on one URL of this machine.

    It ends after ``seconds`` or after ``requests``, whichever comes first; None means no such end. ``timeout_s`` bounds
    each request.
    """

    port: int
    path: str
    concurrency: int
    seconds: float | None
    requests: int | None
    timeout_s: float


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What a load generator saw. ``finished`` answers came within ``duration_ns``; errors are counted by kind.

    ``latency_us`` and ``latency_count`` are a histogram of whole microseconds, of every answer of status 2xx. ``cpu_ns`` is
    the generator's own CPU, None where it is not known.
    """

    generator: str
    duration_ns: int
    finished: int
    errors: Mapping[str, int]
    latency_us: tuple[int, ...]
    latency_count: tuple[int, ...]
    cpu_ns: int | None

    @property
    def answered(self) -> int:
        """Answers of any status, in time or not. wrk's histogram is no count of them: it has values that are corrected for
        requests that it could not send in time."""
        ok = self.finished if self.generator == "wrk" else sum(self.latency_count)
        return ok + self.errors.get("status", 0)
