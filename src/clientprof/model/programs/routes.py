"""What a service run answers: per route what its users get, and which code held the event loop while requests waited."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.model.estimate import Estimate
from clientprof.model.findings import Notice
from clientprof.model.layers import Layer
from clientprof.model.results import Latency, Setting


@dataclass(frozen=True, slots=True)
class RouteControl:
    """One route without instruments. Estimates hold the mean and the range of the blocks, not a 95 % interval.

    ``ok`` answers of status 2xx within the time, over all blocks; ``errors`` by kind. ``cpu_us_per_request`` is of the whole
    app process, ``other_threads_us`` the part that was not the loop's thread. ``connects_per_1000`` are the app's
    connections to the origin by the origin's log, None where the route calls nobody.
    """

    requests_per_second: Estimate
    latency_ms: Latency
    ok: int
    errors: Mapping[str, int]
    cpu_us_per_request: Estimate
    other_threads_us: float
    app_cpu_share: float
    connects_per_1000: float | None
    generator: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Code that held the loop. ``function`` ran (or blocked), called through ``through`` from the route ``caller``.

    ``held_us`` is loop time per request, wall, from the samples that found it.
    """

    layer: Layer
    function: str
    through: str | None
    caller: str | None
    held_us: float
    samples: int


@dataclass(frozen=True, slots=True)
class RouteLedger:
    """Where the requests of one route spent their time inside the service, means in microseconds per request.

    A request lives from the moment the load generator sent it to the app's last word; ``wall_us = running_us + ready_us +
    waiting_us``. Running: its own code holds the loop. Ready: it could run, but the loop was held by something else;
    ``blame`` splits that by the layer that ran (or blocked), ``blame_on_requests_us`` is the part in which the loop ran
    other requests of the route. Waiting: for the origin, for a connection, for a thread; ``pool_wait_us`` is the part of
    it between the door of the client's pool and a connection in hand, None where the route has no such pool.
    ``origin_us`` is what the origin itself says of its share in the request, wherever it fell.

    ``held_us`` is the time the loop was held, per request, whoever held it; ``held`` splits it by layer. Of it
    ``held_cpu_us`` was CPU of the loop's thread; ``blocked_us``, the rest, was spent in a call that blocks, waiting for
    the interpreter's lock, or without a core. ``idle_us`` was spent in a select that could wait.

    ``own_hold_us`` and ``own_hold_cpu_us`` are the route's own clocks around its blocking call, and
    ``blame_on_hold_us`` the part of ``ready_us`` that fell into such calls of other requests; None where it has none.
    """

    requests: int
    samples: int
    wall_us: float
    running_us: float
    ready_us: float
    waiting_us: float
    pool_wait_us: float | None
    origin_us: float | None
    blame: Mapping[Layer, float]
    blame_on_requests_us: float
    held_us: float
    held_cpu_us: float
    idle_us: float
    held: Mapping[Layer, float]
    holders: tuple[Holder, ...]
    callbacks_per_request: float
    cpu_us_per_request: float
    own_hold_us: float | None = None
    own_hold_cpu_us: float | None = None
    blame_on_hold_us: float | None = None

    @property
    def blocked_us(self) -> float:
        """Loop time per request that was held without CPU."""
        return max(0.0, self.held_us - self.held_cpu_us)

    def self_check(self, tolerance: float = 1e-6) -> None:
        """Assert conservation: states add up to wall, blame to ready, layers to what was held; nothing negative.

        Raises:
            AssertionError: an account does not balance.
        """
        scale = tolerance * max(1.0, self.wall_us, self.held_us)
        states = (self.running_us, self.ready_us, self.waiting_us)
        assert min(states) >= -scale, f"negative state among {states}"
        assert abs(sum(states) - self.wall_us) <= scale, f"states {states} != wall {self.wall_us}"
        for what, parts, total in (("blame", self.blame, self.ready_us), ("held", self.held, self.held_us)):
            assert min(parts.values(), default=0.0) >= -scale, f"negative {what}"
            assert abs(sum(parts.values()) - total) <= scale, f"{what} {sum(parts.values())} != {total}"


@dataclass(frozen=True, slots=True)
class RouteCounts:
    """Requests by three accounts: what the app's routes handled, what they asked of the origin, what the origin saw."""

    handled: int
    called: int
    by_origin: int


@dataclass(frozen=True, slots=True)
class RouteResult:
    """One route. ``observer`` is the app's CPU per request under the ledger as a multiple of the control's."""

    name: str
    what: str
    control: RouteControl | None
    ledger: RouteLedger | None
    observer: float | None
    counts: RouteCounts


@dataclass(frozen=True, slots=True)
class RouteComparison:
    """One route against another, per block: ratios of requests per second and of CPU per request."""

    candidate: str
    baseline: str
    requests_per_second: Estimate
    cpu: Estimate


@dataclass(frozen=True, slots=True)
class ServiceResult:
    """All routes of one service run. ``complete`` is False when it was cut short."""

    title: str
    command: tuple[str, ...]
    created: str
    seed: int
    complete: bool
    environment: tuple[Setting, ...]
    workload: tuple[Setting, ...]
    packages: Mapping[str, str]
    loop: str
    routes: tuple[RouteResult, ...]
    comparison: RouteComparison | None = None
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
