"""What really happened, kept by the script itself and by none of the probes.

Theory. Simulated time passes only in work and in select, so the truth is a list of activities, each with its actor and
its layer; a list of moments at which an exchange could have run on, each closed when it did; and a list of phases. The
accounts follow by plain intersection, without prefix sums and without any look at the recording.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from clientprof.model.layers import Layer
from clientprof.model.phases import Phase

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Activity:
    """Loop time: who used it (an exchange, or a value of StepOwner) and in which layer."""

    start_ns: int
    end_ns: int
    actor: int
    layer: Layer


@dataclass(slots=True)
class ExchangeTruth:
    """One exchange: its bounds, phases as (phase, since), ready intervals, and the server's instants if it answered.

    ``reads`` are (arrived, reported by select, read). Without the server's stamps nobody can know the first; an exchange
    that failed has none, and its data counts as there when it was reported.
    """

    started_ns: int = 0
    ended_ns: int = 0
    failure: str | None = None
    phases: list[tuple[Phase, int]] = field(default_factory=list)
    ready: list[Interval] = field(default_factory=list)
    reads: list[tuple[int, int, int]] = field(default_factory=list)
    received_ns: int = 0
    written_ns: int = 0
    arrived_ns: int = 0


class Truth:
    """Filled by the script while it plays."""

    def __init__(self) -> None:
        self.activities: list[Activity] = []
        self.exchanges: dict[int, ExchangeTruth] = defaultdict(ExchangeTruth)
        self.round_ns: Interval = (0, 0)
        self.reported_ns = 0
        self._wakes: dict[int, list[int]] = defaultdict(list)
        self._arrivals: dict[int, int] = {}

    def worked(self, start_ns: int, end_ns: int, actor: int, layer: Layer) -> None:
        if end_ns > start_ns:
            self.activities.append(Activity(start_ns, end_ns, actor, layer))

    def phase(self, exchange: int, phase: Phase, since_ns: int) -> None:
        self.exchanges[exchange].phases.append((phase, since_ns))

    def woken(self, exchange: int, at_ns: int) -> None:
        """From this instant on (perhaps still to come) the exchange's task could run on."""
        self._wakes[exchange].append(at_ns)

    def resumed(self, exchange: int, now_ns: int) -> None:
        """The task runs on: whatever woke it is dealt with, what has not happened yet is void."""
        causes = [at for at in self._wakes.pop(exchange, ()) if at <= now_ns]
        if causes:
            self.exchanges[exchange].ready.append((min(causes), now_ns))

    def arrived(self, exchange: int, at_ns: int) -> None:
        """Data for the exchange lies in the kernel."""
        self._arrivals.setdefault(exchange, at_ns)

    def read(self, exchange: int, now_ns: int) -> None:
        """The callback that reads the data begins."""
        self.exchanges[exchange].reads.append((self._arrivals.pop(exchange), self.reported_ns, now_ns))
