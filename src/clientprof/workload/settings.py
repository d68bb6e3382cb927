"""Everything a worker process needs to know, as one JSON line on its standard input."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Scenario


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """One worker: one client, one lens.

    ``client`` is the name it goes by in results (``httpx==0.27.2``), ``adapter`` the row of CLIENTS that drives it, and
    ``version`` what must be installed, None for any. ``marks`` are set behind the versions of packages that are no release.
    ``urls`` are asked in turn. The warm rounds go on until at least ``rounds`` are done and ``min_cpu_s`` of process CPU
    are spent on them (under an instrument: as near to it as whole rounds come), at most ``max_rounds`` and not beyond
    ``max_seconds`` of wall time. ``cpu`` is the core to run on, None to leave it to the system. ``expected_bytes`` is the
    body size every answer must have, None to take the first answer's. ``cold`` records the first round of the new client;
    without it the client's connections are opened by an unrecorded round of ``opening`` requests.

    With ``most_s`` the worker heeds its parent's signals to end a round that cannot be finished in that time.

    With ``turns``, the warm rounds come in that many bursts of ``turn_cpu_s`` of process CPU each, and the worker waits
    for its turn before each of them; ``rounds``, ``max_rounds`` and ``min_cpu_s`` say nothing then. ``reopen`` begins each
    turn with a new client and an unrecorded round of ``opening`` requests. ``changes`` are made to
    the process before its client is built.
    """

    client: str
    adapter: str
    lens: str
    arm: str
    block: int
    urls: tuple[str, ...]
    scenario: Scenario
    cold: bool
    opening: int
    ca_file: str | None
    expected_status: int
    expected_bytes: int | None
    rounds: int
    max_rounds: int
    min_cpu_s: float
    max_seconds: float
    seed: int
    cpu: int | None
    interval_us: float
    output: str
    most_s: float = 0.0
    turns: int = 0
    turn_cpu_s: float = 0.0
    reopen: bool = False
    version: str | None = None
    changes: tuple[Change, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
