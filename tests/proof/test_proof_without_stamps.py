"""The accounts of a program whose servers send no stamps, held against scripted worlds: bounds instead of points.

The recording is that of a scripted run without the server's instants, as a program's lane. Only one thing may be unknown
then: where the wait for the answer ends and the loop's part begins. It must lie within its bounds; all else is exact.
"""

from array import array
from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from clientprof.attribution.ledger.phase_segments import PHASES
from clientprof.attribution.programs.answer_bounds import answer_bounds
from clientprof.attribution.programs.lane import Lane, lanes_of
from clientprof.attribution.programs.program_phases import PhaseSums, segments_of
from clientprof.model.phases import Phase
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.run import Run
from clientprof.proof.expected import expected_phases
from clientprof.proof.plan import ExchangePlan, NoisePlan, Order, Plan
from clientprof.proof.scripted_run import CALIBRATIONS, play
from clientprof.proof.truth import Truth
from plans import plans
from recordings import recording_of

LOOP = LaneFacts(0, LaneKind.LOOP, "MainThread", main=True, sampled=True)
# One phase with stamps is several without.
_WAITING = (Phase.UPLINK, Phase.SERVER, Phase.DOWNLINK, Phase.LOOP, Phase.WAIT)

# Everything at once but connecting, which takes a thousand nanoseconds.
_QUICK = ExchangePlan(
    prepare_ns=0, door_ns=0, setup_ns=0, connect_wait_ns=1_000, write_ns=0, send_ns=0, server_ns=0, parse_ns=0,
    headers_ns=0, decode_ns=0, release_ns=0,
)  # fmt: skip
# One loop turn lies between a connection and the step that has the selector look at it: the answer comes before.
_NOT_LOOKED_AT_YET = Plan(
    (
        _QUICK,
        replace(_QUICK, body_after_ns=1_121, cancel_after_ns=1_472),
        _QUICK,
        replace(_QUICK, start_after_ns=1),
        replace(_QUICK, server_ns=1_562, parse_ns=1_000),
        replace(_QUICK, connect_wait_ns=1_002),
    ),
    order=Order.POOL_FIRST,
    connections=2,
    transit_ns=1,
    select_ns=187,
)


def played(plan: Plan) -> tuple[Lane, Truth]:
    """The plan's recording as a program's lane, without a word from the server."""
    run, truth = play(plan)
    silent = array("q", [0] * len(run.column("exchange.started_ns")))
    columns = {**run.columns, "exchange.received_ns": silent, "exchange.written_ns": silent}
    facts = replace(run.facts, lens="program", loop="asyncio", program=LOOP)
    (lane,) = lanes_of(recording_of(Run(facts, columns)))
    return lane, truth


def times(lane: Lane, exchange: int) -> tuple[Counter[Phase], Counter[Phase], Counter[Phase]]:
    """Wall, running and ready nanoseconds by phase."""
    found = segments_of(lane, np.array([exchange]))
    wall: Counter[Phase] = Counter()
    running: Counter[Phase] = Counter()
    ready: Counter[Phase] = Counter()
    for phase, start, end, cpu, waited in zip(
        found.phase.tolist(), found.start.tolist(), found.end.tolist(), found.cpu, found.ready, strict=True
    ):
        wall[PHASES[phase]] += end - start
        running[PHASES[phase]] += round(float(cpu))
        ready[PHASES[phase]] += round(float(waited))
    return wall, running, ready


@given(plans(trouble=False, parts=True))
def test_the_true_arrival_of_every_answer_lies_within_its_bounds(plan: Plan) -> None:
    lane, truth = played(plan)
    bounds = answer_bounds(lane)
    for exchange in lane.detailed.tolist():
        arrived = truth.exchanges[exchange].arrived_ns
        assert bounds.low_ns[exchange] <= arrived <= bounds.high_ns[exchange]
        assert bounds.low_ns[exchange] <= bounds.here_ns[exchange] <= bounds.high_ns[exchange]


@given(plans(parts=True))
@example(_NOT_LOOKED_AT_YET)
def test_the_arrival_of_answers_lies_within_its_bounds_when_others_time_out(plan: Plan) -> None:
    lane, truth = played(plan)
    bounds = answer_bounds(lane)
    for exchange in bounds.here_ns:
        mine = truth.exchanges[exchange]
        if mine.failure is None:
            assert bounds.low_ns[exchange] <= mine.arrived_ns <= bounds.high_ns[exchange]


@given(plans(parts=True))
def test_phases_conserve_every_exchange_and_no_state_is_negative(plan: Plan) -> None:
    lane, truth = played(plan)
    sums = PhaseSums(1)
    sums.add(lane, np.zeros(lane.count, dtype=np.int64))  # checks itself
    assert sums.exchanges[0] == len(plan.exchanges)
    for exchange in lane.detailed.tolist():
        wall, running, ready = times(lane, exchange)
        mine = truth.exchanges[exchange]
        assert wall.total() == mine.ended_ns - mine.started_ns
        assert all(running[phase] >= 0 and ready[phase] >= 0 for phase in wall)
        assert all(running[phase] + ready[phase] <= wall[phase] for phase in wall)


@given(plans(trouble=False, parts=True))
def test_all_phases_but_the_wait_s_end_are_exact_to_the_nanosecond(plan: Plan) -> None:
    lane, truth = played(plan)
    for exchange in lane.detailed.tolist():
        wall, running, _ = times(lane, exchange)
        expected = expected_phases(truth, exchange)
        others = {phase: (account.wall_ns, account.running_ns) for phase, account in expected.items()}
        shown = {phase: (wall[phase], running[phase]) for phase in wall if wall[phase]}
        assert _joined(shown) == _joined(others)


@given(plans(trouble=False, parts=True))
def test_the_wait_s_length_lies_within_the_bounds_that_are_shown(plan: Plan) -> None:
    lane, truth = played(plan)
    numbers = lane.detailed
    found = segments_of(lane, numbers)
    assert found.low is not None
    assert found.high is not None
    for place in np.flatnonzero(found.phase == PHASES.index(Phase.WAIT)).tolist():
        expected = expected_phases(truth, int(found.owner[place]))
        waited = sum(
            account.wall_ns
            for phase, account in expected.items()
            if phase in (Phase.UPLINK, Phase.SERVER, Phase.DOWNLINK)
        )
        assert found.low[place] - 1 <= waited <= found.high[place] + 1


@given(st.integers(1_000_000, 50_000_000), st.integers(0, 900_000))
def test_on_a_loop_with_time_the_answer_s_arrival_is_known_exactly(server_ns: int, held_ns: int) -> None:
    plan = Plan((ExchangePlan(server_ns=server_ns),), noise=(NoisePlan(0, held_ns),))
    lane, truth = played(plan)
    bounds = answer_bounds(lane)
    assert bounds.here_ns[CALIBRATIONS] == truth.exchanges[CALIBRATIONS].arrived_ns


def _joined(phases: dict[Phase, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """With the parts of the wait as one phase."""
    found: dict[str, tuple[int, int]] = {}
    for phase, (wall, running) in phases.items():
        name = "wait" if phase in _WAITING else str(phase)
        before = found.get(name, (0, 0))
        found[name] = (before[0] + wall, before[1] + running)
    return {name: both for name, both in found.items() if both[0]}
