"""Shares of a program whose cost and rate change, from windows of detail, are those of all of its time.

The program lives in simulated time and everything it does is counted; the windows are those of the duty cycle.
"""

from array import array
from dataclasses import dataclass, field

import numpy as np
import pytest

from clientprof.attribution.programs.lane import Lane, lanes_of
from clientprof.attribution.programs.loops.loop_holders import loop_holders
from clientprof.attribution.programs.loops.loop_results import loop_results
from clientprof.attribution.programs.loops.time_in_flight import time_in_flight
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import ClientName, ProgramFacts
from clientprof.model.run import RoundKind, StepOwner
from clientprof.model.samples import CodeLocation
from clientprof.probes.programs.duty import Duty
from recordings import columns, recording_of, rounds, run_of, sampled

MS, SECOND = 1_000_000, 1_000_000_000
BEGUN = 5 * SECOND
LOOP = LaneFacts(0, LaneKind.LOOP, "MainThread", main=True, sampled=True)
STACKS = [
    CodeLocation("app", name, "app.py", line, "app") for line, name in enumerate(("warms", "parses", "scans", "asks"))
]


@dataclass(frozen=True)
class Phase:
    """So many requests a second for so long; each computes ``cost_us`` in a function, or blocks in a counted call."""

    seconds: float
    per_s: int
    cost_us: int
    function: int
    blocks: bool = False


@dataclass
class Life:
    """What the program did, what of it was recorded, and the lane of that."""

    steps: list[tuple[int, int, int]] = field(default_factory=list)
    samples: list[tuple[int, int, int]] = field(default_factory=list)
    exchanges: list[tuple[int, int, int]] = field(default_factory=list)
    clock: list[tuple[int, int, int]] = field(default_factory=list)
    windows: list[tuple[int, int]] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)
    begun: int = 0
    blocked_ns: int = 0
    now_ns: int = BEGUN
    cpu_ns: int = 0

    def live(self, *phases: Phase) -> None:
        duty, since = Duty(1), BEGUN
        duty.start(BEGUN, 0)
        self.clock.append((BEGUN, 0, 0))
        for phase in phases:
            for _ in range(round(phase.seconds * phase.per_s)):
                if self.now_ns >= duty.due_ns:
                    before, on = duty.on, duty.decide(self.now_ns, self.begun, 4)
                    self.clock.append((self.now_ns, self.cpu_ns, self.begun))
                    if before and not on:
                        self.steps.append((self.now_ns, 0, int(StepOwner.WAIT)))
                        self.windows.append((since, self.now_ns))
                    since = self.now_ns if on and not before else since
                self._ask(phase, detailed=duty.on)
        self.clock.append((self.now_ns, self.cpu_ns, self.begun))
        self.steps.append((self.now_ns, 0, int(StepOwner.WAIT)))
        if duty.on:
            self.windows.append((since, self.now_ns))

    def _ask(self, phase: Phase, *, detailed: bool) -> None:
        began, ended = self.now_ns, self.now_ns + 1_000 * phase.cost_us
        self.begun += 1
        name = STACKS[phase.function].function
        self.spent[name] = self.spent.get(name, 0) + ended - began
        self.blocked_ns += (ended - began) * phase.blocks
        self.cpu_ns += (ended - began) // (50 if phase.blocks else 1)
        if detailed:
            owner = len(self.exchanges) if phase.blocks else int(StepOwner.NOBODY)
            self.exchanges.append((began, ended, int(phase.blocks)))
            self.steps += [(began, 0, owner), (ended, 0, int(StepOwner.WAIT))]
            self.samples.append((ended, (ended - began) // (50 if phase.blocks else 1), phase.function))
        self.now_ns = max(ended, began + SECOND // phase.per_s)

    def lane(self, *, counted: bool = True) -> tuple[ProgramFacts, Lane]:
        codes, found = sampled([[each] for each in STACKS], self.samples)
        started = np.array([each[0] for each in self.exchanges])
        first = [int(np.searchsorted(started, low)) for low, _ in self.windows]
        count = [int(np.searchsorted(started, high)) - at for at, (_, high) in zip(first, self.windows, strict=True)]
        measured = [
            (RoundKind.MEASURED, *row) for row in zip(first, count, *zip(*self.windows, strict=True), strict=True)
        ]
        run = run_of(
            found,
            columns("step", ("started_ns", "enqueued_ns", "owner"), self.steps),
            columns("exchange", ("started_ns", "ended_ns", "blocking"), self.exchanges),
            columns("clock", ("at_ns", "cpu_ns", "begun"), self.clock if counted else []),
            columns("slice", ("client", "ended", "wall_ns"), [(0, self.begun, self.blocked_ns)]),
            rounds(*measured),
            {"sample.route": array("q", [-1] * len(self.samples))},
            lens="program", loop="asyncio", codes=codes, program=LOOP,
        )  # fmt: skip
        (lane,) = lanes_of(recording_of(run))
        facts = ProgramFacts(
            ("app.py",), 0, BEGUN, self.now_ns, "exit", (), clients=(ClientName("requests", "2", blocking=True),)
        )
        return facts, lane

    @property
    def shares(self) -> dict[str, float]:
        whole = sum(self.spent.values())
        return {name: spent / whole for name, spent in self.spent.items()}


CHANGING = (Phase(4, 300, 2_000, 0), Phase(30, 1_500, 150, 1), Phase(30, 500, 700, 2))


@pytest.fixture(scope="module")
def changing() -> Life:
    life = Life()
    life.live(*CHANGING)
    return life


def _told(facts: ProgramFacts, lane: Lane) -> dict[str, float]:
    return {holder.function: holder.share_of_loop for holder in loop_holders(facts, (lane,))}


def test_windows_by_themselves_would_tell_wrong_shares(changing: Life) -> None:
    seen = dict.fromkeys(changing.shares, 0.0)
    whole = sum(weight for _, weight, _ in changing.samples)
    for _, weight, function in changing.samples:
        seen[STACKS[function].function] += weight / whole
    assert max(abs(seen[name] - share) for name, share in changing.shares.items()) > 0.1


def test_functions_have_their_shares_of_all_loop_time_whatever_changes(changing: Life) -> None:
    told = _told(*changing.lane())
    assert told == {name: pytest.approx(share, abs=0.03) for name, share in changing.shares.items()}


def test_held_time_busy_time_and_cost_are_those_of_the_whole(changing: Life) -> None:
    facts, lane = changing.lane()
    spent_ns = sum(changing.spent.values())
    held_s = sum(holder.held_s.value for holder in loop_holders(facts, (lane,)))
    assert held_s == pytest.approx(spent_ns / 1e9, rel=0.02)
    (loop,) = loop_results(facts, (lane,), time_in_flight(facts, (lane,)))
    assert loop.busy_share == pytest.approx(spent_ns / (changing.now_ns - BEGUN), abs=0.01)
    assert loop.profile is not None
    assert loop.profile.requests == changing.begun
    assert loop.profile.cpu_us_per_request == pytest.approx(spent_ns / 1e3 / changing.begun, rel=0.02)


def test_exchanges_in_detail_stand_for_all_that_began(changing: Life) -> None:
    facts, lane = changing.lane()
    stand_for = WindowWeights(facts, lane).of_exchanges.at(lane.started + 1)
    assert stand_for.sum() == pytest.approx(changing.begun, rel=0.01)
    assert stand_for.min() == 1.0


def test_a_recording_without_counts_is_weighed_by_time(changing: Life) -> None:
    told = _told(*changing.lane(counted=False))
    assert told == {name: pytest.approx(share, abs=0.05) for name, share in changing.shares.items()}


def test_the_exact_time_of_blocking_calls_wins_over_what_windows_say() -> None:
    life = Life()
    # Calls of a blocking client take longer and longer, so that no window is like the gaps beside it.
    life.live(*(Phase(0.5, 400, 100 + 20 * number, 3, blocks=True) for number in range(60)), Phase(8, 1_000, 600, 1))
    facts, lane = life.lane()
    told = {holder.function: holder for holder in loop_holders(facts, (lane,))}
    assert told["asks"].held_s.value == pytest.approx(life.blocked_ns / 1e9, rel=1e-9)
    assert told["asks"].share_of_loop == pytest.approx(life.shares["asks"], abs=0.01)


def test_where_everything_is_in_detail_nothing_is_weighed() -> None:
    life = Life()
    life.live(Phase(2, 100, 500, 0))
    facts, lane = life.lane()
    weights = WindowWeights(facts, lane)
    assert not weights.has_gaps
    assert set(weights.of_cpu.at(lane.started)) == {1.0}
