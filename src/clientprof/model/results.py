"""What the analysis hands to the report and to ``summary.json``: plain results, ready to show."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.model.costs.memory import MemoryCosts
from clientprof.model.costs.tls_costs import TlsCosts
from clientprof.model.estimate import Effect, Estimate
from clientprof.model.failures import Closings, FailedRequest, Goaways
from clientprof.model.findings import Finding, Notice, SharedCause
from clientprof.model.growth.aging import AgingCost
from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.off_cpu import OffCpuCost
from clientprof.model.lenses import ON_EVERY_PYTHON
from clientprof.model.provenance.interpreter import SIGN, InterpreterFacts
from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.model.provenance.sources import Sources
from clientprof.model.run import UnfinishedRound
from clientprof.model.samples import Boundary, Profile
from clientprof.model.story import Story


@dataclass(frozen=True, slots=True)
class Latency:
    """Latency percentiles of the control lens' successful requests, milliseconds; None where none succeeded."""

    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Control:
    """The headline: measured with nothing but two clock reads per request. Errors are counted by exception type."""

    wall_s: Estimate
    cpu_us_per_request: Estimate
    latency_ms: Latency
    ok: int
    errors: Mapping[str, int]
    rounds: int
    requests_per_round: int

    @property
    def share_of_core(self) -> float | None:
        """CPU time per wall time; None where no time passed."""
        wall_us = self.wall_s.value * 1e6
        return self.cpu_us_per_request.value * self.requests_per_round / wall_us if wall_us > 0 else None


@dataclass(frozen=True, slots=True)
class ColdRound:
    """The first round of a new client: connections and TLS handshakes, by the client and by the origin's own log.

    Handshake CPU and wall are sums over all handshakes of the round, in microseconds; None where there was no TLS.
    Counts are None where nobody counted. ``connections_needed`` are those that replace what the server closes by its rules.
    ``name_lookups`` are names that the client had looked up, None where nobody counted.
    """

    wall_s: Estimate
    cpu_us_per_request: Estimate
    connects: int | None
    connects_by_origin: int | None
    handshakes: int | None
    handshakes_by_origin: int | None
    resumed_by_origin: int | None
    handshake_wall_us: float | None
    handshake_cpu_us: float | None
    most_connections_by_origin: int | None = None
    errors: Mapping[str, int] = field(default_factory=dict)
    connections_needed: float = 0.0
    name_lookups: int | None = None


@dataclass(frozen=True, slots=True)
class LayerCost:
    """CPU of one owner layer per request; ``work`` splits it by the layer of the code that ran, shares of this row."""

    layer: Layer
    cpu_us_per_request: Estimate
    share: float
    work: Mapping[Layer, float]


@dataclass(frozen=True, slots=True)
class FunctionCost:
    """CPU and calls of one function per request.

    ``self_us_per_request`` is the function's own code with the standard library and C code it calls; ``total`` includes
    every function below it, counted once where it recurses. ``calls_per_request`` is None without the count lens.
    """

    layer: Layer
    module: str
    function: str
    file: str
    line: int
    origin: str
    self_us_per_request: Estimate
    total_us_per_request: Estimate
    calls_per_request: float | None
    growth: Estimate | None = None


@dataclass(frozen=True, slots=True)
class CounterRow:
    """A count per request. ``expected`` is what a client without the fault would need, where that is known."""

    name: str
    value: float
    unit: str
    meaning: str
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What other profilers say of the same layers: their shares beside ours, 0..1; None for one that did not run."""

    layer: Layer
    ours: float
    pyinstrument: float | None
    tachyon: float | None = None


@dataclass(frozen=True, slots=True)
class InFlight:
    """Requests in flight on the wire at once, by the origin's log, of those that were ``asked`` at once.

    ``most`` is the highest number ever, which the client's limits allow; ``measured`` that of the warm rounds.
    ``streams`` of HTTP/2: a connection carries many, so they are the requests that had come to the server and not yet
    ended in the client; ``allowed`` is how many the server lets be under way on a connection, by the SETTINGS that it sent,
    None where it said nothing. ``least`` is the lowest number that a run of a client in threads came to: 0 of too few runs,
    None for other clients, whose number is their own whatever a run came to.
    """

    asked: int
    most: int
    measured: int
    streams: bool = False
    allowed: int | None = None
    least: int | None = None

    @property
    def sure(self) -> int:
        """What the client has in flight at least, whatever chance does."""
        return self.most if self.least is None else self.least

    @property
    def bounded(self) -> bool:
        """Whether ``most`` is the client's own number, and not chance."""
        return self.sure == self.most


@dataclass(frozen=True, slots=True)
class ClientResult:
    """Everything known about one client in one run. A lens that did not run leaves its part None or empty.

    ``lenses`` are those that the command has for such a client: only of these can one be missing.
    ``observer`` is CPU under each lens as a multiple of the control's, ``observer_of_core`` the same difference as CPU time
    per wall time.
    ``interpreter`` is that of its worker processes, None in recordings before it was kept.
    ``off_cpu`` says where time passed without computing, the most first.
    ``failures`` are the failed requests of the ledger's run, one by one, and ``goaways`` counts of them; that run is of no
    other use where more failed in it than without instruments (``failures_disturbed``).
    ``in_flight`` is None where nobody could tell: another server, HTTP/2, requests at a rate.
    ``unfinished`` tells of a warm round that was broken off, of the control's first of all: costs per request are then
    of what was done until then, and the client is in no comparison. ``unfinished_cold`` is the same of a first round.
    ``tls`` is what TLS costs in parts, None where none was seen. ``memory`` is None without its lens.
    ``aging`` is how costs change with the requests made before, empty where a process made few rounds.
    ``other_threads_us`` is CPU per request of threads that make no requests, which layers, functions and profile do not
    show; shares of layers are of all CPU. 0 where it is too little to tell.
    ``closings`` tells who closed connections between requests, None where no server's log was read.
    ``opaque`` clients do their work outside Python: what layers, functions and phases say is of Python's part alone.
    """

    name: str
    version: str
    packages: Mapping[str, str]
    loop: str
    control: Control | None
    cold: ColdRound | None
    observer: Mapping[str, Estimate]
    layers: tuple[LayerCost, ...]
    functions: tuple[FunctionCost, ...]
    ledger: Ledger | None
    profile: Profile | None
    counters: tuple[CounterRow, ...]
    boundaries: tuple[Boundary, ...]
    cross_check: tuple[CrossCheck, ...]
    unattributed_share: float | None
    notes: tuple[str, ...] = ()
    opaque: bool = False
    sources: Sources = field(default_factory=Sources)
    lenses: tuple[str, ...] = ON_EVERY_PYTHON
    off_cpu: tuple[OffCpuCost, ...] = ()
    observer_of_core: Mapping[str, float] = field(default_factory=dict)
    interpreter: InterpreterFacts | None = None
    failures: tuple[FailedRequest, ...] = ()
    goaways: Goaways | None = None
    failures_disturbed: bool = False
    in_flight: InFlight | None = None
    unfinished: UnfinishedRound | None = None
    unfinished_cold: UnfinishedRound | None = None
    tls: TlsCosts | None = None
    memory: MemoryCosts | None = None
    aging: tuple[AgingCost, ...] = ()
    closings: Closings | None = None
    other_threads_us: float = 0.0

    @property
    def accounted_us(self) -> float:
        """CPU per request over all layers, and of other threads; microseconds, 0 without the sample lens."""
        return sum(row.cpu_us_per_request.value for row in self.layers) + self.other_threads_us

    @property
    def title(self) -> str:
        """``httpx 0.28.1``, ``httpx 0.28.1 (new each)``, ``httpx 0.28.1 on py3.14.2``.

        A name that states its version, or its source, already is left as it is.
        """
        name, at, python = self.name.partition(SIGN)
        if at:
            asked, space, number = python.partition(" ")
            version = asked if self.interpreter is None else self.interpreter.version
            at = f" on py{version}{space}{number}"
        client = name.partition("+")[0]
        if f"=={self.version}" in client or "@" in client:
            return name + at
        client, comma, way = name.partition(",")
        return f"{client} {self.version}".strip() + at + (f" ({way.strip()})" if comma else "")


@dataclass(frozen=True, slots=True)
class GapRow:
    """One layer's part of the difference between two clients, microseconds of CPU per request."""

    layer: Layer
    us_per_request: Estimate
    share_of_gap: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against the baseline, with the gap by layer. The rows add up to ``gap_us_per_request``."""

    effect: Effect
    wall_effect: Effect
    gap_us_per_request: Estimate
    gap: tuple[GapRow, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the environment or of the workload, as shown to the reader."""

    group: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SelfCheckRow:
    """One check of the profiler against a known truth; ``error`` is None where nothing could be measured."""

    name: str
    error: float | None
    tolerance: float
    unit: str
    verdict: str


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What ``clientprof selfcheck`` found on the same machine, and when."""

    date: str
    verdict: str
    rows: tuple[SelfCheckRow, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that Python can do under the same load, by a raw protocol client of ours.

    ``times`` is the CPU per request of each client in multiples of it, by the client's name.
    """

    cpu_us_per_request: Estimate
    wall_s: Estimate
    times: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TraceResult:
    """One measured question, answered: what ``report.html`` shows and what ``summary.json`` holds.

    ``clients[0]`` is the client asked about; the baseline, if any, follows. ``complete`` is False when the run was cut
    short, and then ``notices`` says what is missing. ``measured_sources`` are the packages that are no release. ``causes``
    group the findings, in the same order.
    """

    title: str
    command: tuple[str, ...]
    created: str
    seed: int
    complete: bool
    environment: tuple[Setting, ...]
    workload: tuple[Setting, ...]
    clients: tuple[ClientResult, ...]
    comparisons: tuple[Comparison, ...] = ()
    findings: tuple[Finding, ...] = ()
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    selfcheck: SelfCheck | None = None
    story: Story | None = None
    floor: Floor | None = None
    measured_sources: tuple[MeasuredSource, ...] = ()
    causes: tuple[SharedCause, ...] = ()
