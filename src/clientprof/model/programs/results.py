"""What the analysis of a program's recording answers; ``attribution/programs`` fills it, ``report/programs`` shows
it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clientprof.model.estimate import Estimate
from clientprof.model.findings import Finding, Notice, SharedCause
from clientprof.model.layers import Layer
from clientprof.model.programs.recording import ClientName, Gate, Peer, Process, Route, Settings, Thinning
from clientprof.model.programs.threads import ThreadTime
from clientprof.model.results import CounterRow, FunctionCost, Latency, LayerCost, Setting
from clientprof.model.samples import Profile


class Limit(StrEnum):
    """What limits a program most."""

    POOL = "pool"
    SERVER = "server"
    LOOP = "loop"
    CPU = "cpu"
    CONNECT = "connect"
    STREAM = "stream"
    OUTSIDE = "outside"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """The one sentence, with the figure that it rests on, and what to do; both are whole sentences in plain English."""

    limit: Limit
    sentence: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgramPhase:
    """One phase, mean microseconds per exchange: ``wall = cpu + ready + wait``; None where no step was seen.

    ``wait`` is "network and server" in the phase ``WAIT``. ``low_us`` and ``high_us`` bound a phase whose edge is only
    known to lie in one select, None where it is exact.

    Of the phase ``STREAM`` the states are those of the client's calls that give the next piece; the rest of it,
    ``between_us``, is between them, in the program: ``wall = cpu + ready + wait + between``. In ``late_us`` of that the next
    piece was already there, or none was asked for any more. ``asks`` is how many of these calls there were; a client may
    tell only those that found nothing there. All three are None of other phases, and where nobody saw the calls.
    """

    phase: str
    wall_us: float
    cpu_us: float | None
    ready_us: float | None
    wait_us: float | None
    blame: Mapping[Layer, float] = field(default_factory=dict)
    low_us: float | None = None
    high_us: float | None = None
    between_us: float | None = None
    late_us: float | None = None
    asks: float | None = None

    @property
    def inside_us(self) -> float:
        """The phase without what lies between two pieces; all of it where that is not known."""
        return self.wall_us - (self.between_us or 0.0)


@dataclass(frozen=True, slots=True)
class SiteResult:
    """Exchanges of one call site, client and peer. ``requests`` are those that ended, by the exact counts.

    ``detailed`` of them are in ``phases``; ``open`` began and have not ended. ``errors`` by type. ``held_cpu_us`` is the CPU
    of those that held their loop from start to end, mean of one; None where none did. ``peers`` is how many were asked, each
    a few times, where that is more than one: then ``peer`` is None.
    """

    file: str
    line: int
    function: str
    through: tuple[str, ...]
    client: ClientName
    peer: Peer | None
    requests: int
    failed: int
    errors: Mapping[str, int]
    per_second: float
    wall_us: float
    latency_ms: Latency
    phases: tuple[ProgramPhase, ...]
    detailed: int
    open: int
    routes: tuple[Route, ...] = ()
    connects_per_1000: float | None = None
    blocking: bool = False
    held_cpu_us: float | None = None
    peers: int = 1


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One route of the program: its exchanges, and how long its own code held the loop."""

    route: Route
    requests: int
    wall_us: float
    held_us_per_exchange: float | None
    sites: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ServedRoute:
    """Requests that a server framework in the program served whole while detail was recorded, by route: means in
    microseconds per request.

    A request is here from when the server could have read it to its last word; the instant of the first is known between
    two looks of the event loop, which ``low_us`` and ``high_us`` bound. ``wall_us = running_us + ready_us + waiting_us``.
    Running: its own code holds the loop. Ready: it, or what belongs to it, could be read or run, but something else held the
    loop; ``blame`` splits that by the layer that ran (or blocked). ``behind_requests_us`` is the part in which the loop ran
    other requests, ``behind_blocking_us`` that in which it stood still in calls of blocking clients. Waiting: for a server,
    a connection, a thread.
    """

    route: Route
    requests: int
    wall_us: float
    low_us: float
    high_us: float
    running_us: float
    ready_us: float
    waiting_us: float
    blame: Mapping[Layer, float]
    behind_requests_us: float
    behind_blocking_us: float

    def self_check(self, tolerance: float = 1e-6) -> None:
        """Assert conservation: states add up to wall, blame to ready, and nothing is negative.

        Raises:
            AssertionError: an account does not balance.
        """
        scale = tolerance * max(1.0, self.wall_us)
        states = (self.running_us, self.ready_us, self.waiting_us)
        assert min(states) >= -scale, f"negative state among {states}"
        assert abs(sum(states) - self.wall_us) <= scale, f"states {states} != wall {self.wall_us}"
        blamed = sum(self.blame.values())
        assert abs(blamed - self.ready_us) <= scale, f"blame {blamed} != ready {self.ready_us}"
        assert self.low_us - scale <= self.wall_us <= self.high_us + scale, "the wall time is not between its bounds"


@dataclass(frozen=True, slots=True)
class Holder:
    """A function of the program (or of a package, where no frame was the program's) that held a loop.

    ``held_s`` is loop time, wall, with its interval from the samples; ``cpu_s`` the part that computed, ``queued_s`` the
    part that waited for a core, ``interpreter_s`` the part in which it may have waited for the interpreter's lock, because
    other threads had it (both 0 where that is not known); the rest stood still. ``longest_ms`` is its longest single step;
    ``blamed_us`` the ready time that it caused, mean of an exchange. ``inside`` is the function below that took the most,
    None where it took less than the function itself. ``calls`` is the package in whose calls it spends most of the time,
    empty where that is its own code or the standard library.
    ``steps`` is in how many different steps of a loop it was seen, ``long_steps`` in how many of 20 ms and more, and
    ``long_s`` is what it held the loop in these.
    """

    file: str
    line: int
    function: str
    origin: str
    layer: Layer
    held_s: Estimate
    cpu_s: float | None
    share_of_loop: float
    longest_ms: float | None
    blamed_us: float
    routes: tuple[Route, ...] = ()
    inside: str | None = None
    calls: str = ""
    samples: int = 0
    steps: int = 0
    long_steps: int = 0
    long_s: float = 0.0
    queued_s: float = 0.0
    interpreter_s: float = 0.0


@dataclass(frozen=True, slots=True)
class HeldConnections:
    """Connections of one call site and peer: how many it held at most, how long each, and what it never gave back.

    ``limit`` is the limit of its client that it meets first, that of one host where ``one_host`` says so; ``in_use`` is how
    many of it were in use at most, by whichever calls. None: no limit, not known, or several.
    ``leaked`` responses were collected unclosed or outlived their call; ``oldest_s`` is the age of the oldest at the
    end. ``peers`` are several, and ``peer`` is None, where the site asks many a few times each.
    """

    file: str
    line: int
    function: str
    peer: Peer | None
    holds: int
    most: int
    limit: int | None
    mean_ms: float
    leaked: int
    oldest_s: float | None
    in_use: int
    one_host: bool = False
    peers: int = 1

    @property
    def full(self) -> bool:
        """Whether every connection of the limit was in use."""
        return self.limit is not None and self.in_use >= self.limit


@dataclass(frozen=True, slots=True)
class GateResult:
    """Where tasks of the program wait for others of it, such as at a semaphore, outside of requests.

    ``looks`` found some there, of ``all_looks`` at such loops while requests were in flight; ``tasks`` is their mean over
    all of these, ``most`` the largest number. ``left`` is how many at least went on: those that fewer were there at the
    next look.
    """

    gate: Gate
    tasks: float
    most: int
    looks: int
    all_looks: int
    left: int = 0


@dataclass(frozen=True, slots=True)
class TimeoutVerdict:
    """Timeouts of one type at one call site, and what the clock ran out on: ``server``, ``loop``, ``pool``,
    ``handshake``, ``unknown``."""

    type: str
    file: str
    line: int
    count: int
    verdict: str
    evidence: str
    own: bool


@dataclass(frozen=True, slots=True)
class UptimeSeries:
    """One cost or count over the program's age: ``at_s`` and ``values`` of equal length, and how it grows.

    ``slope`` is the log-log slope with its interval, None where there is too little to fit.
    """

    name: str
    unit: str
    at_s: tuple[float, ...]
    values: tuple[float, ...]
    slope: Estimate | None = None
    culprit: str | None = None


@dataclass(frozen=True, slots=True)
class LoopResult:
    """One event loop: busy and idle share of the measured time, its longest step, callbacks that stood in line at
    most.

    ``busy_share_in_flight`` is of the time from the first request to the last, without what was idle in long pauses between
    them; None where there was no request. ``recorded_s`` is how long it was recorded in detail. All else is of that time:
    ``held`` is the share by layer in which the loop was held, working or blocked, which is all but selects that could wait;
    ``cpu_share`` the CPU of its thread, None where nobody read that clock; ``callbacks`` how many it ran.
    """

    process: int
    name: str
    loop: str
    busy_share: float
    longest_ms: float
    queue_most: int | None
    profile: Profile | None = None
    recorded_s: float = 0.0
    held: Mapping[Layer, float] = field(default_factory=dict)
    cpu_share: float | None = None
    callbacks: int = 0
    busy_share_in_flight: float | None = None

    @property
    def busy_for_requests(self) -> float:
        """The share that says what requests met: the one in flight, where there were any."""
        return self.busy_share if self.busy_share_in_flight is None else self.busy_share_in_flight


@dataclass(frozen=True, slots=True)
class FoundSettings:
    """Settings of the client objects built at one place, beside what the load needed."""

    client: ClientName
    file: str
    line: int
    instances: int
    settings: Settings
    most_in_flight: int
    most_connections: int | None


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """Everything known about one run of a program. What was not seen is empty or None; absent is never 0.

    ``how`` is the command that measured it: run or attach. ``in_flight_s`` is how long requests were under way, pauses
    shorter than a second included; None without a request.
    """

    title: str
    how: str
    command: tuple[str, ...]
    created: str
    seed: int
    complete: bool
    measured_s: float
    exit_code: int | None
    environment: tuple[Setting, ...]
    packages: Mapping[str, str]
    processes: tuple[Process, ...]
    answer: Answer
    requests: int
    failed: int
    open: int
    detailed: int
    call_sites: tuple[SiteResult, ...] = ()
    routes: tuple[RouteRow, ...] = ()
    served: tuple[ServedRoute, ...] = ()
    phases: tuple[ProgramPhase, ...] = ()
    loops: tuple[LoopResult, ...] = ()
    holders: tuple[Holder, ...] = ()
    thread_times: tuple[ThreadTime, ...] = ()
    held: tuple[HeldConnections, ...] = ()
    gates: tuple[GateResult, ...] = ()
    timeouts: tuple[TimeoutVerdict, ...] = ()
    uptime: tuple[UptimeSeries, ...] = ()
    counters: tuple[CounterRow, ...] = ()
    settings: tuple[FoundSettings, ...] = ()
    profile: Profile | None = None
    layers: tuple[LayerCost, ...] = ()
    functions: tuple[FunctionCost, ...] = ()
    thinning: Thinning | None = None
    unattributed_share: float | None = None
    findings: tuple[Finding, ...] = ()
    causes: tuple[SharedCause, ...] = ()
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    in_flight_s: float | None = None
