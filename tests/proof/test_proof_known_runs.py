"""Runs whose answer a reader can work out by hand: who waited for what, and what the ledger says of it."""

import pytest

from clientprof.attribution.costs.layer_costs import layer_costs
from clientprof.attribution.costs.sampled_time import sampled_time
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import PhaseRow
from clientprof.model.phases import Phase
from clientprof.proof.expected import expected_loop
from clientprof.proof.ledger_proof import only, prove
from clientprof.proof.plan import ExchangePlan, NoisePlan, Order, Plan
from clientprof.proof.scripted_run import CALIBRATIONS, play

MS = 1_000_000
FREE = ExchangePlan(
    prepare_ns=0, door_ns=0, setup_ns=0, write_ns=0, send_ns=0, parse_ns=0, headers_ns=0, decode_ns=0, release_ns=0,
    connect_wait_ns=1_000, server_ns=5 * MS,
)  # fmt: skip


def rows(plan: Plan, place: int = 0) -> dict[Phase, PhaseRow]:
    ledger = build_ledger(only(play(plan)[0], CALIBRATIONS + place))
    assert ledger is not None
    return {row.phase: row for row in ledger.phases}


@pytest.mark.parametrize("order", list(Order))
def test_a_slow_server_on_an_idle_loop_is_all_waiting(order: Order) -> None:
    found = rows(Plan((FREE,), order))
    assert found[Phase.SERVER].wait_us == 5000
    assert sum(row.ready_us + row.cpu_us for row in found.values()) == 0


@pytest.mark.parametrize("order", list(Order))
def test_a_response_that_comes_while_the_loop_is_busy_waits_for_the_loop_and_not_for_the_server(order: Order) -> None:
    # The server has answered at 5 ms; another callback holds the loop from 1 to 21 ms.
    found = rows(Plan((FREE,), order, transit_ns=1, noise=(NoisePlan(1 * MS, 20 * MS, Layer.TLS),)))
    assert found[Phase.SERVER].wall_us == 5000
    assert found[Phase.SERVER].ready_us == 0
    assert round(found[Phase.LOOP].ready_us) == 16_000
    assert set(found[Phase.LOOP].blame) == {Layer.TLS}


def test_the_pool_s_wait_is_waiting_while_another_exchange_holds_the_connection() -> None:
    found = rows(Plan((FREE, FREE), connections=1), place=1)
    assert found[Phase.POOL].wall_us == found[Phase.POOL].wait_us == 5080
    assert found[Phase.SERVER].wait_us == 5000


def test_waiting_for_the_pool_is_waiting_for_the_server_of_whoever_holds_the_connection() -> None:
    ledger = build_ledger(play(Plan((FREE, FREE), connections=1))[0])
    assert ledger is not None
    pool = next(row for row in ledger.phases if row.phase is Phase.POOL)
    assert pool.cascade["server"] > 0.95 * pool.wait_us


def test_a_connection_handed_out_twice_stays_in_the_pool_s_phase() -> None:
    found = rows(Plan((ExchangePlan(rejections=3, setup_ns=10_000),)))
    assert found[Phase.POOL].cpu_us == 5 + 3 * 10
    assert Phase.UNATTRIBUTED not in found


@pytest.mark.parametrize("order", list(Order))
def test_a_body_that_trickles_in_on_an_idle_loop_is_waiting_and_not_queueing(order: Order) -> None:
    found = rows(Plan((ExchangePlan(body_after_ns=30 * MS),), order))
    assert found[Phase.BODY].ready_us == 0
    assert found[Phase.BODY].wait_us > 29_000


def test_a_request_that_never_got_its_connection_did_not_send() -> None:
    holder, rejected = ExchangePlan(server_ns=90 * MS), ExchangePlan(rejections=1, cancel_after_ns=20 * MS)
    found = rows(Plan((ExchangePlan(), holder, rejected), connections=1), place=2)
    assert set(found) == {Phase.PREPARE, Phase.POOL}


def test_a_cancelled_request_has_its_time_up_to_the_end() -> None:
    found = rows(Plan((ExchangePlan(cancel_after_ns=400_000),)))
    assert sum(row.wall_us for row in found.values()) == 400
    assert Phase.SERVER not in found


def test_a_timeout_while_the_loop_is_busy_is_queueing_from_its_due_time_on() -> None:
    plan = Plan((ExchangePlan(server_ns=50 * MS, timeout_ns=2 * MS),), noise=(NoisePlan(1 * MS, 9 * MS),))
    assert prove(plan) == []
    assert rows(plan)[Phase.WAIT].blame[Layer.APP] > 7000


def test_collections_inside_an_exchange_are_blamed_on_the_collector() -> None:
    plan = Plan((ExchangePlan(collect_ns=3 * MS), ExchangePlan(server_ns=501_000)))
    assert prove(plan) == []
    assert rows(plan, place=1)[Phase.LOOP].blame[Layer.GC] > 2900


def test_the_layers_of_the_sampled_time_are_the_layers_of_the_work() -> None:
    plan = Plan(tuple(ExchangePlan(prepare_ns=1000 * n) for n in range(30)), noise=(NoisePlan(0, 500_000),))
    run, truth = play(plan)
    time = sampled_time(run)
    assert time is not None
    busy = {}
    for activity in truth.activities:
        if activity.actor != -2:
            busy[activity.layer] = busy.get(activity.layer, 0) + activity.end_ns - activity.start_ns
    costs = {row.layer: round(row.cpu_us_per_request.value * 30_000) for row in layer_costs(time)}
    assert {layer: ns for layer, ns in costs.items() if ns} == busy


def test_the_loop_s_time_is_its_round_and_nothing_else() -> None:
    run, truth = play(Plan((ExchangePlan(),) * 10, select_ns=700))
    ledger = build_ledger(run)
    busy, idle = expected_loop(truth)
    assert ledger is not None
    assert sum(busy.values()) + idle == truth.round_ns[1] - truth.round_ns[0]
    assert ledger.loop_idle_us * 1e4 == pytest.approx(idle)


def test_a_plan_that_can_never_end_is_an_error_and_not_a_hang() -> None:
    with pytest.raises(RuntimeError, match="never happens"):
        play(Plan((ExchangePlan(),), connections=0))
