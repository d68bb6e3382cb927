"""What a service run answers: per route what its users get, and which code held the event loop while requests waited."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.model.estimate import Estimate
from clientprof.model.findings import Finding, Notice
from clientprof.model.layers import Layer
from clientprof.model.programs.results import Holder, ServedRoute, SiteResult
from clientprof.model.results import Latency, Setting


@dataclass(frozen=True, slots=True)
class RouteControl:
    """One route without instruments. Estimates hold the mean and the range of the blocks, not a 95 % interval.

    ``ok`` answers of status 2xx within the time, over all blocks; ``errors`` by kind. ``cpu_us_per_request`` is of the whole
    process of the service, by its clock, ``other_threads_us`` the part that was not the main thread's (its loop's), None
    where the system does not tell it. ``connects_per_1000`` are the service's connections to the origin by the origin's
    log, None where the route calls nobody.
    """

    requests_per_second: Estimate
    latency_ms: Latency
    ok: int
    errors: Mapping[str, int]
    cpu_us_per_request: Estimate
    other_threads_us: float | None
    app_cpu_share: float
    connects_per_1000: float | None
    generator: str


@dataclass(frozen=True, slots=True)
class RouteInside:
    """What `clientprof run` says of the service while this route alone was asked; means in microseconds per request.

    ``served`` is the life of the ``requests`` that it handled, from when the service could have read each to its last word;
    ``pool_wait_us`` the part of its waiting between the door of the client's pool and a connection in hand, None where the
    route has no such pool. ``calls`` are those that the route makes, with their phases.

    ``held_us`` is the time the loop was held, per request, whoever held it; ``held`` splits it by layer. Of it
    ``held_cpu_us`` was CPU of the loop's thread; ``blocked_us``, the rest, was spent in a call that blocks, waiting for
    the interpreter's lock, or without a core. ``idle_us`` was spent in a select that could wait. ``holders`` are the
    program's functions that held it, over all requests.

    ``blocking_us`` and ``blocking_cpu_us`` are how long the route's calls of a blocking client held the loop, by the call's
    own clocks; None where it has none. ``answer`` is the sentence of `clientprof run`, ``findings`` its findings.
    """

    requests: int
    samples: int
    served: ServedRoute
    pool_wait_us: float | None
    calls: tuple[SiteResult, ...]
    held_us: float
    held_cpu_us: float
    idle_us: float
    held: Mapping[Layer, float]
    holders: tuple[Holder, ...]
    callbacks_per_request: float
    cpu_us_per_request: float
    blocking_us: float | None = None
    blocking_cpu_us: float | None = None
    answer: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def blocked_us(self) -> float:
        """Loop time per request that was held without CPU."""
        return max(0.0, self.held_us - self.held_cpu_us)

    def self_check(self, tolerance: float = 1e-6) -> None:
        """Assert conservation: the served requests' states, and layers add up to what was held.

        Raises:
            AssertionError: an account does not balance.
        """
        self.served.self_check(tolerance)
        assert min(self.held.values(), default=0.0) >= 0, "negative held"
        parts, scale = sum(self.held.values()), tolerance * max(1.0, self.held_us)
        assert abs(parts - self.held_us) <= scale, f"held {parts} != {self.held_us}"


@dataclass(frozen=True, slots=True)
class RouteCounts:
    """Requests of the measured run by three accounts: what the load generator was answered, what `clientprof run` counted of
    the route's calls, what the origin saw."""

    handled: int
    called: int
    by_origin: int


@dataclass(frozen=True, slots=True)
class RouteResult:
    """One route. ``observer`` is the service's CPU per request under `clientprof run` as a multiple of none."""

    name: str
    what: str
    control: RouteControl | None
    inside: RouteInside | None
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
