"""What exporters need beyond a result: every exchange, connection and loop step, the call graph. Built on demand only."""

import datetime
from array import array
from dataclasses import dataclass

from clientprof.model.phases import Phase
from clientprof.model.results import ClientResult, TraceResult


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """One phase of one exchange, nanoseconds; what is neither running nor ready was spent waiting.

    States are None where nothing stamped the loop's steps: then only the phases are known.
    """

    phase: Phase
    started_ns: int
    ended_ns: int
    running_ns: int | None
    ready_ns: int | None

    @property
    def wall_ns(self) -> int:
        return self.ended_ns - self.started_ns

    @property
    def waiting_ns(self) -> int | None:
        if self.running_ns is None or self.ready_ns is None:
            return None
        return self.wall_ns - self.running_ns - self.ready_ns


@dataclass(frozen=True, slots=True)
class TraceParent:
    """The span of the program's own tracing inside which an exchange began (https://www.w3.org/TR/trace-context/): the
    trace's 128 bits and the span's 64, neither of them 0."""

    trace_id: int
    span_id: int


@dataclass(frozen=True, slots=True)
class ExchangeActivity:
    """One exchange; its phases follow each other without a gap. ``status`` is None where no response came.

    ``connection`` is the one it was written on, None where it was written on none; ``round`` counts from 0. ``error`` is
    the exception type's name. ``address`` and ``site`` say whom a program called and from where; they are empty in a
    load of our own. ``parent`` is None where the program does not trace, or does not trace this one.
    """

    number: int
    round: int
    connection: int | None
    status: int | None
    body_bytes: int
    error: str | None
    phases: tuple[PhaseTime, ...]
    address: str = ""
    site: str = ""
    parent: TraceParent | None = None

    @property
    def started_ns(self) -> int:
        return self.phases[0].started_ns

    @property
    def ended_ns(self) -> int:
        return self.phases[-1].ended_ns


@dataclass(frozen=True, slots=True)
class ConnectionLife:
    """A connection of the client; ``closed_ns`` is None where it outlived the recording."""

    number: int
    opened_ns: int
    closed_ns: int | None


@dataclass(frozen=True, slots=True)
class Activity:
    """All that happened in the ledger lens' warm rounds. Times are nanoseconds since the first of them began.

    ``rounds`` are (start, end). ``step_owner`` is an exchange or a value of ``StepOwner``; the step columns are of one
    length, empty where no loop was stamped. ``collections`` are (start, end, generation) of the garbage collector.
    ``origin_ns`` is ``perf_counter_ns`` when the first of them began.
    """

    rounds: tuple[tuple[int, int], ...]
    exchanges: tuple[ExchangeActivity, ...]
    connections: tuple[ConnectionLife, ...]
    step_started_ns: "array[int]"
    step_ended_ns: "array[int]"
    step_owner: "array[int]"
    collections: tuple[tuple[int, int, int], ...]
    origin_ns: int = 0


@dataclass(frozen=True, slots=True)
class CalledFunction:
    """A function of one round: calls by the count lens, CPU by the sample lens, each 0 where that lens did not run.

    ``self_us`` is of the function's own frame alone, without the standard library below it.
    """

    file: str
    line: int
    function: str
    calls: int
    self_us: float
    total_us: float


@dataclass(frozen=True, slots=True)
class Call:
    """Calls from one function to another, places in ``CallGraph.functions``; ``total_us`` is the callee's CPU in them."""

    caller: int
    callee: int
    calls: int
    total_us: float


@dataclass(frozen=True, slots=True)
class CallGraph:
    """Functions and calls of one round of ``requests`` requests."""

    requests: int
    functions: tuple[CalledFunction, ...]
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class ClientExport:
    """One client's result with what was asked for beside it: None where it was not asked for or not measured."""

    client: ClientResult
    activity: Activity | None = None
    call_graph: CallGraph | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """What an exporter turns into a file: the result and the clients to be written, at least one.

    ``clock_offset_ns`` as in the manifest.
    """

    result: TraceResult
    clients: tuple[ClientExport, ...]
    clock_offset_ns: int | None = None

    def began_ns(self, activity: Activity) -> int:
        """When the activity's first round began, nanoseconds since 1970; older recordings know it to some minutes only:
        by when they were written."""
        if self.clock_offset_ns is not None:
            return activity.origin_ns + self.clock_offset_ns
        return round(_instant(self.result.created).timestamp()) * 1_000_000_000


def _instant(created: str) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(created.replace(" UTC", "+00:00"))
    except ValueError:
        return datetime.datetime.fromtimestamp(0, datetime.UTC)
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
