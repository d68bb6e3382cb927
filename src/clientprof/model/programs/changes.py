"""Two recordings of the same program beside each other: figures before and after, and what they allow to be said."""

from dataclasses import dataclass

from clientprof.model.programs.recording import Peer
from clientprof.model.results import Latency


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """One side of a call site; ``wall_us`` is the mean wall time of a request."""

    line: int
    requests: int
    per_second: float
    wall_us: float
    latency_ms: Latency
    failed: int
    open: int


@dataclass(frozen=True, slots=True)
class SiteChange:
    """A call site, client and peer before and after; a side is None where it made no call there.

    Sites are matched by file, function, client and peer: lines move. ``several`` peers, of which ``peer`` names none, stand
    in one row where each is asked a few times only.
    """

    file: str
    function: str
    client: str
    peer: Peer | None
    before: SiteFigures | None
    after: SiteFigures | None
    several: bool = False


@dataclass(frozen=True, slots=True)
class ProgramSide:
    """One recording as a whole. ``cpu_us_per_request`` is of all its processes; None where nobody counted it."""

    created: str
    measured_s: float
    requests: int
    failed: int
    open: int
    cpu_us_per_request: float | None
    connects_per_1000: float | None
    answer: str

    @property
    def per_second(self) -> float:
        return self.requests / self.measured_s if self.measured_s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class ProgramChanges:
    """Both sides. Findings are titles; ``differences`` says in what the runs differ besides the program's code.

    ``cautions`` are reasons why a difference of times need not be the change's. There is no verdict in it.
    """

    program: str
    before: ProgramSide
    after: ProgramSide
    sites: tuple[SiteChange, ...]
    gone: tuple[str, ...]
    stayed: tuple[str, ...]
    new: tuple[str, ...]
    differences: tuple[str, ...]
    cautions: tuple[str, ...]
