"""What a rule about a program looks at, and how a finding names a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clientprof.attribution.costs.sampled_time import SampledTime
from clientprof.attribution.programs.call_sites import CallSites
from clientprof.attribution.programs.instances import Instances
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.garbage_pauses import GarbagePauses
from clientprof.attribution.programs.loops.loop_parts import LoopPart
from clientprof.attribution.programs.overtaken import Overtaken
from clientprof.attribution.programs.pieces.sent_pieces import SentPieces
from clientprof.attribution.programs.rules.error_answers import ErrorAnswers
from clientprof.model.findings import Culprit, Finding
from clientprof.model.knobs import Turn
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import (
    FoundSettings,
    GateResult,
    HeldConnections,
    Holder,
    LoopResult,
    ProgramPhase,
    SiteResult,
    TimeoutVerdict,
    UptimeSeries,
)
from clientprof.model.programs.threads import ThreadUse, WorkBetween

_LEAST_S = 5.0
_NOTICED_S = 0.05
# What a request goes through for a connection.
CONNECTING = (Phase.DNS, Phase.CONNECT, Phase.TLS, Phase.H2_SETUP)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of a program before its findings. ``samples`` are of the lane that has most of them.

    ``parts`` are kinds of work that is done everywhere a little, by name (``loops.kinds_of_work``). ``waits_in_calls`` is
    where tasks wait for code of the program inside of calls, the most first; ``waits_before_calls`` is what waits outside.
    ``threads`` are those that make requests, ``between`` what others compute while none is under way; None and nothing where
    a process that makes any runs an event loop. ``sent`` are the lines that cut the bodies they send small, on loops.
    """

    facts: ProgramFacts
    lanes: Sequence[Lane]
    sites: CallSites
    instances: Instances
    measured_s: float
    in_flight_s: float
    call_sites: Sequence[SiteResult]
    requests: int
    phases: Sequence[ProgramPhase]
    loops: Sequence[LoopResult]
    holders: Sequence[Holder]
    held: Sequence[HeldConnections]
    overtaken: Sequence[Overtaken]
    timeouts: Sequence[TimeoutVerdict]
    uptime: Sequence[UptimeSeries]
    settings: Sequence[FoundSettings]
    samples: SampledTime | None
    parts: Mapping[str, LoopPart] = field(default_factory=dict)
    garbage: GarbagePauses = field(default_factory=GarbagePauses)
    error_answers: Sequence[ErrorAnswers] = ()
    waits_in_calls: Sequence[GateResult] = ()
    waits_before_calls: Sequence[GateResult] = ()
    threads: ThreadUse | None = None
    between: Sequence[WorkBetween] = ()
    sent: Sequence[SentPieces] = ()

    @property
    def asked_s(self) -> float:
        """What a finding's share is of: the time in which requests were under way, for a service may be measured for hours
        with its load test in it. Some seconds at least, below which all shares are chance's."""
        return min(self.measured_s, max(_LEAST_S, self.in_flight_s))

    def noticed_s(self, share: float) -> float:
        """From how many seconds on something takes this share of that time, and is noticed: of a short program that may be
        some milliseconds, for which nobody waits."""
        return max(_NOTICED_S, share * self.asked_s)

    def over_all(self, us: float, requests: int) -> float:
        """What costs each of so many requests this much, as a mean over all requests of the program: only so can causes
        be compared that meet different requests."""
        return us * requests / max(1, self.requests)

    def for_each_us(self, seconds: float) -> float:
        """So many seconds altogether, as microseconds of each request."""
        return seconds * 1e6 / max(1, self.requests)

    def standing_us(self, holder: Holder, still_s: float) -> float:
        """What each request takes for a holder that stood still for so many seconds: these, and what ready requests waited
        for them."""
        return self.for_each_us(still_s) + holder.blamed_us * min(1.0, still_s / holder.held_s.value)

    @property
    def request_us(self) -> float:
        """Wall time of a request, on average."""
        return sum(phase.wall_us for phase in self.phases)

    def timeouts_at(self, site: SiteResult | TimeoutVerdict) -> list[TimeoutVerdict]:
        """Those of requests that were made in the same line."""
        return [row for row in self.timeouts if (row.file, row.line) == (site.file, site.line)]

    @property
    def loop_names(self) -> set[str]:
        """Which kinds of event loops there are."""
        return {loop.loop for loop in self.loops}

    def client_name(self, place: int) -> str:
        """Of the program's clients, the one at that place."""
        return self.facts.clients[place].name if 0 <= place < len(self.facts.clients) else "an unknown client"

    @property
    def loop_busy_share(self) -> float:
        """Of the busiest loop while requests were in flight; 0 where there is none."""
        return max((loop.busy_for_requests for loop in self.loops), default=0.0)


def place(file: str, line: int, function: str = "") -> str:
    """``app.py:41`` or ``fetch (app.py:41)``."""
    where = f"{file}:{line}" if file else "an unknown place"
    return f"`{function}` ({where})" if function else where


def starts(loops: Sequence[LoopResult]) -> int:
    """How many starts there are: one of each process that has event loops, 1 where none has."""
    return max(1, len({loop.process for loop in loops}))


def queued_share(holders: Sequence[Holder]) -> float:
    """How much of their busy time the loops' threads only waited for a core; 0 where nobody counted that."""
    held_s = sum(holder.held_s.value for holder in holders)
    return sum(holder.queued_s for holder in holders) / held_s if held_s else 0.0


def waited_us(phase: ProgramPhase) -> float:
    """The phase without what was computed, stood in line for the loop, or lay between two pieces of a body; all but the last
    where nobody saw the states."""
    return phase.inside_us if phase.wait_us is None else phase.wait_us


def connecting_us(phases: Sequence[ProgramPhase]) -> float:
    """What a request takes for a connection, name look-up and handshake included; standing in line is not it."""
    return sum(phase.wall_us - (phase.ready_us or 0.0) for phase in phases if phase.phase in CONNECTING)


def waited_share(site: SiteResult, *phases: str) -> float:
    """The share of the site's wall time that it waited in these phases; 0 where none was seen.

    What a client computes in a phase is no wait, and standing in line for the loop is one for the loop. Where no state is
    known, all of the phase is taken for one.
    """
    total = sum(phase.wall_us for phase in site.phases)
    waited = sum(waited_us(phase) for phase in site.phases if phase.phase in phases)
    return waited / total if total else 0.0


def finding(
    identity: str,
    title: str,
    layer: Layer,
    at: tuple[str, int, str],
    claim: str,
    evidence: Sequence[str],
    remedy: str,
    falsifier: str,
    *,
    off_cpu_us: float | None = None,
    cost_us: float | None = None,
    mechanism: str = "",
    code: str = "",
    threads: tuple[str, ...] = (),
    turns: tuple[Turn, ...] = (),
    close_to_bound: bool = False,
) -> Finding:
    """A finding at a call site (file, line, function); ``code`` is the remedy to paste."""
    file, line, function = at
    return Finding(
        id=identity,
        title=title,
        layer=layer,
        culprits=(Culprit(f"{file}:{line}" if file else "", function, None),) if function else (),
        claim=claim,
        evidence=tuple(evidence),
        remedy=remedy,
        falsifier=falsifier,
        cost_us_per_request=cost_us,
        off_cpu_us_per_request=off_cpu_us,
        mechanism=mechanism,
        threads=threads,
        code=code,
        turns=turns,
        close_to_bound=close_to_bound,
    )
