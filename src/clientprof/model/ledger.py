"""The conserved account of where each request's wall time went, and whom it waited for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.model.layers import Layer
from clientprof.model.phases import Phase


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase, means per request in microseconds; wall = cpu + ready + wait.

    ``cpu_us`` is the time the request's own code held the loop. ``blame`` splits ``ready_us`` by the layer that ran
    meanwhile. ``cascade`` splits ``wait_us`` of phase ``pool`` by what the holders of the connections did: a layer's name
    where they were runnable and that layer held the loop, else ``server``, ``connecting``, ``each other`` or ``nobody``;
    it may fall short of ``wait_us`` by waits before the first and after the last callback. ``requests`` is how many went
    through the phase; the means are over all requests of the ledger.
    """

    phase: Phase
    wall_us: float
    cpu_us: float
    ready_us: float
    wait_us: float
    blame: Mapping[Layer, float]
    requests: int
    p50_us: float
    p99_us: float
    cascade: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """One phase of one exchange for the waterfall: offsets in microseconds from the round's start."""

    phase: Phase
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """One exchange of the waterfall. ``error`` is the exception type's name, None where it succeeded."""

    exchange: int
    connection: int | None
    spans: tuple[TimelineSpan, ...]
    running_us: int
    ready_us: int
    waiting_us: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All requests of the ledger lens' measured rounds, conserved.

    ``wall_us`` is the mean wall time per request; the rows of ``phases`` (the unattributed row included) add up to it.
    ``loop_busy_us`` is loop time per request spent in callbacks, by layer; ``loop_idle_us`` is time spent blocked in
    select per request. ``server_stamps`` says whether the origin's stamps could be used.
    """

    requests: int
    wall_us: float
    phases: tuple[PhaseRow, ...]
    loop_busy_us: Mapping[Layer, float]
    loop_idle_us: float
    callbacks_per_request: float
    server_stamps: bool
    unattributed_share: float
    timelines: tuple[Timeline, ...]
    timelines_total: int

    def self_check(self, tolerance: float = 1e-6) -> None:
        """Assert conservation: phases add up to wall, states to each phase, blame to ready; nothing negative.

        Raises:
            AssertionError: an account does not balance.
        """
        total = sum(row.wall_us for row in self.phases)
        scale = max(1.0, self.wall_us)
        assert abs(total - self.wall_us) <= tolerance * scale, f"phases {total} != wall {self.wall_us}"
        for row in self.phases:
            states = row.cpu_us + row.ready_us + row.wait_us
            assert min(row.cpu_us, row.ready_us, row.wait_us) >= -tolerance, f"negative state in {row.phase}"
            assert abs(states - row.wall_us) <= tolerance * scale, f"{row.phase}: states {states} != {row.wall_us}"
            blamed = sum(row.blame.values())
            assert all(value >= -tolerance for value in row.blame.values()), f"negative blame in {row.phase}"
            assert abs(blamed - row.ready_us) <= tolerance * scale, f"{row.phase}: blame {blamed} != {row.ready_us}"
