"""The conserved account of where each request's wall time went, and whom it waited for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clientprof.model.layers import Layer
from clientprof.model.ledger.bins import OverTime
from clientprof.model.ledger.timeline import ShownRound, Timeline
from clientprof.model.phases import Phase


class HolderWait(StrEnum):
    """What a request in the pool's queue waits for, where no holder of a connection keeps the loop; in order of display."""

    SERVER = "server"
    NETWORK = "network"
    CONNECTING = "connecting"
    EACH_OTHER = "each other"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase, means per request in microseconds; wall = cpu + ready + wait.

    The three states are None, all of them, where nothing saw the loop's steps.
    ``cpu_us`` is the time the request's own code held the loop. ``blame`` splits ``ready_us`` by the layer that ran
    meanwhile. ``cascade`` splits ``wait_us`` of phase ``pool`` by what the holders of the connections did: a layer's name
    where they were runnable and that layer held the loop, else a ``HolderWait``;
    it may fall short of ``wait_us`` by waits before the first and after the last callback. ``requests`` is how many went
    through the phase; the means are over all requests of the ledger.
    """

    phase: Phase
    wall_us: float
    cpu_us: float | None
    ready_us: float | None
    wait_us: float | None
    blame: Mapping[Layer, float]
    requests: int
    p50_us: float
    p99_us: float
    cascade: Mapping[str, float] = field(default_factory=dict)

    @property
    def states_us(self) -> tuple[float, float, float] | None:
        """Running, ready, waiting; None where they are unknown."""
        if self.cpu_us is None or self.ready_us is None or self.wait_us is None:
            return None
        return self.cpu_us, self.ready_us, self.wait_us


@dataclass(frozen=True, slots=True)
class Ledger:
    """All requests of the ledger lens' warm rounds, conserved.

    ``wall_us`` is the mean wall time per request; the rows of ``phases`` (the unattributed row included) add up to it.
    ``loop_busy_us`` is loop time per request spent in callbacks, by layer; ``loop_idle_us`` is time spent blocked in
    select per request; with ``callbacks_per_request`` they are empty or None where nothing saw the loop's steps.
    ``threads`` is how many threads made the requests of a blocking client, 0 where a loop did: with threads there is no loop
    time, "ready" means runnable or waiting for the interpreter's lock, and blame is empty.
    ``server_stamps`` says whether the origin's stamps could be used. ``timelines`` are requests of one round, ``shown``
    says of which and how they were chosen, ``over_time`` what went on during it.
    """

    requests: int
    wall_us: float
    phases: tuple[PhaseRow, ...]
    loop_busy_us: Mapping[Layer, float]
    loop_idle_us: float | None
    callbacks_per_request: float | None
    server_stamps: bool
    unattributed_share: float
    timelines: tuple[Timeline, ...]
    shown: ShownRound
    threads: int = 0
    over_time: OverTime | None = None

    def self_check(self, tolerance: float = 1e-6) -> None:
        """Assert conservation: phases add up to wall, states to each phase, blame to ready (of a loop);
        nothing negative.

        Raises:
            AssertionError: an account does not balance.
        """
        total = sum(row.wall_us for row in self.phases)
        scale = max(1.0, self.wall_us)
        assert abs(total - self.wall_us) <= tolerance * scale, f"phases {total} != wall {self.wall_us}"
        for row in self.phases:
            blamed = sum(row.blame.values())
            known = row.states_us
            if known is None:
                assert not row.blame, f"{row.phase}: blame for a state that nobody saw"
                assert not row.cascade, f"{row.phase}: a cascade of waits that nobody saw"
                continue
            states = sum(known)
            assert min(known) >= -tolerance, f"negative state in {row.phase}"
            assert abs(states - row.wall_us) <= tolerance * scale, f"{row.phase}: states {states} != {row.wall_us}"
            if self.threads:
                continue
            assert all(value >= -tolerance for value in row.blame.values()), f"negative blame in {row.phase}"
            assert abs(blamed - known[1]) <= tolerance * scale, f"{row.phase}: blame {blamed} != {known[1]}"
