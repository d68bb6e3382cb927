"""The ledger is right to the nanosecond for random schedules, whatever goes wrong in them."""

import random
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.model.phases import Phase
from clientprof.model.run import Run
from clientprof.proof.expected import expected_phases
from clientprof.proof.ledger_proof import only, prove, row_ns
from clientprof.proof.plan import ExchangePlan, NoisePlan, Plan
from clientprof.proof.scripted_run import CALIBRATIONS, play
from plans import plans

Rows = dict[Phase, dict[str, int]]


def rows_of(run: Run, exchange: int) -> Rows:
    ledger = build_ledger(only(run, exchange))
    assert ledger is not None
    return {row.phase: row_ns(row) for row in ledger.phases}


# The timer is due before the cancellation runs, and is taken back before it runs itself.
_DUE_AND_TAKEN_BACK = Plan(
    (ExchangePlan(start_after_ns=1), ExchangePlan(lock_yields=1, timeout_ns=1, cancel_after_ns=1)),
    connections=1, transit_ns=1, select_ns=0, noise=(NoisePlan(0, 1), NoisePlan(1, 2)),
)  # fmt: skip

# A connect is due while other work runs, and is cancelled before the loop looks at its timers again.
_IDLE = ExchangePlan(
    prepare_ns=0, door_ns=0, setup_ns=0, connect_wait_ns=1_000, write_ns=0, send_ns=0, server_ns=0, parse_ns=0,
    headers_ns=0, decode_ns=0, release_ns=0,
)  # fmt: skip
_CONNECTED_AND_TAKEN_BACK = Plan(
    (
        replace(_IDLE, start_after_ns=1, door_ns=2_178, lock_yields=2),
        replace(_IDLE, timeout_ns=1),
        replace(_IDLE, cancel_after_ns=7_866),
    ),
    connections=1, transit_ns=1_670, select_ns=783,
)  # fmt: skip
# A connect and its cancellation are due when the loop looks at its timers: the connect's runs too, and tells since when.
_CONNECTED_AND_CANCELLED = Plan(
    (replace(_IDLE, server_ns=100_000, timeout_ns=1), replace(_IDLE, cancel_after_ns=900)),
    connections=1, transit_ns=1, noise=(NoisePlan(800, 2_000),),
)  # fmt: skip


@given(plans())
@example(_DUE_AND_TAKEN_BACK)
@example(_CONNECTED_AND_TAKEN_BACK)
@example(_CONNECTED_AND_CANCELLED)
def test_every_exchange_and_the_loop_are_accounted_for_to_the_nanosecond(plan: Plan) -> None:
    assert prove(plan) == []


@given(plans(parts=True))
def test_sums_are_conserved_and_nothing_is_negative_when_bodies_come_in_parts(plan: Plan) -> None:
    ledger = build_ledger(play(plan)[0])
    assert ledger is not None
    ledger.self_check(1e-9)


@given(plans(parts=True))
def test_wall_and_own_time_are_exact_by_phase_when_bodies_come_in_parts(plan: Plan) -> None:
    run, truth = play(plan)
    for exchange in range(CALIBRATIONS, CALIBRATIONS + len(plan.exchanges)):
        shown = {p: (row["wall"], row["running"]) for p, row in rows_of(run, exchange).items()}
        expected = {p: (a.wall_ns, a.running_ns) for p, a in expected_phases(truth, exchange).items()}
        assert shown == expected


@given(plans(trouble=False))
def test_unrelated_work_changes_no_exchange_s_own_time(plan: Plan) -> None:
    with_noise, without = play(plan)[0], play(replace(plan, noise=()))[0]
    for exchange in range(CALIBRATIONS, CALIBRATIONS + len(plan.exchanges)):
        busy, calm = rows_of(with_noise, exchange), rows_of(without, exchange)
        # Who has to connect may change with the schedule; the pool's and the connection's work is left aside.
        own = (Phase.PREPARE, Phase.HEADERS, Phase.BODY, Phase.RELEASE)
        assert [busy.get(p, {}).get("running", 0) for p in own] == [calm.get(p, {}).get("running", 0) for p in own]


@given(plans(trouble=False), st.randoms(use_true_random=False))
def test_numbering_the_exchanges_otherwise_changes_nothing(plan: Plan, shuffler: random.Random) -> None:
    numbers = list(range(len(plan.exchanges)))
    shuffler.shuffle(numbers)
    plain, shuffled = play(plan)[0], play(replace(plan, numbers=tuple(numbers)))[0]
    for place, number in enumerate(numbers):
        assert rows_of(plain, CALIBRATIONS + place) == rows_of(shuffled, CALIBRATIONS + number)
    assert totals(plain) == totals(shuffled)


@given(plans(parts=True))
def test_the_wait_for_the_pool_is_split_without_more_coming_out_than_went_in(plan: Plan) -> None:
    ledger = build_ledger(play(plan)[0])
    assert ledger is not None
    for row in ledger.phases:
        assert all(us >= 0 for us in row.cascade.values())
        assert sum(row.cascade.values()) <= row.wait_us + 1e-6


@given(plans())
def test_a_simulated_run_is_the_same_every_time(plan: Plan) -> None:
    first, second = play(plan)[0], play(plan)[0]
    assert first == second


def totals(run: Run) -> tuple[object, ...]:
    ledger = build_ledger(run)
    assert ledger is not None
    rows = {row.phase: (row_ns(row), row.requests) for row in ledger.phases}
    return rows, {layer: round(us * 1e3) for layer, us in ledger.loop_busy_us.items()}, ledger.callbacks_per_request
