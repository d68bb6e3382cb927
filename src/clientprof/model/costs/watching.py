"""What a stretch of a program cost: requests, connections, handshakes, waits; in all and by call site."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from clientprof.model.programs.recording import CallSite


@dataclass(frozen=True, slots=True)
class Costs:
    """``requests``: calls of a client that began; ``failures``: calls that raised, or whose body did not come whole;
    ``connections_opened``, ``handshakes``: TCP connections and TLS handshakes that clients completed; ``pool_wait_s``:
    seconds in which calls waited for a connection, added up; ``blocked_s``: seconds in which the thread of an event loop
    stood still in a callback.
    """

    requests: int = 0
    failures: int = 0
    connections_opened: int = 0
    handshakes: int = 0
    pool_wait_s: float = 0.0
    blocked_s: float = 0.0

    def __add__(self, other: "Costs") -> "Costs":
        return Costs(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    def __sub__(self, earlier: "Costs") -> "Costs":
        """What came since ``earlier``."""
        return Costs(*(getattr(self, name) - getattr(earlier, name) for name in NAMES))

    def __bool__(self) -> bool:
        """Whether there is anything at all."""
        return any(getattr(self, name) for name in NAMES)


NAMES = tuple(field.name for field in fields(Costs))
COUNTS = tuple(field.name for field in fields(Costs) if field.type in (int, "int"))


@dataclass(frozen=True, slots=True)
class SiteCosts:
    """The costs of the calls of one line of the program, of one client library. ``site`` None: no line of the program stood
    above them."""

    site: CallSite | None
    client: str
    costs: Costs


@dataclass(frozen=True, slots=True)
class Watched:
    """All that was seen: in all, by call site (the most requests first), failures by the error's type; ``notes`` name what
    could not be watched."""

    costs: Costs = Costs()
    call_sites: tuple[SiteCosts, ...] = ()
    failure_types: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
