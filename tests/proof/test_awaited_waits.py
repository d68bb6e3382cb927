"""Waiting is divided up by function to the nanosecond, whatever is cancelled, times out or has to be asked for again."""

import pytest
from hypothesis import given

from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.attribution.waits import awaited
from clientprof.attribution.waits.awaited import awaited_costs
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.ledger.off_cpu import OffCpuCost
from clientprof.model.phases import Phase
from clientprof.model.run import Run
from clientprof.proof.ledger_proof import only
from clientprof.proof.plan import Plan
from clientprof.proof.scripted_run import CALIBRATIONS, play
from plans import plans

IN_POOL = (Phase.POOL,)
ASLEEP = (Phase.CONNECT, Phase.TLS)


def rows_of(run: Run) -> tuple[OffCpuCost, ...]:
    """All rows, however small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(awaited, "SMALLEST_SHARE", 0.0)
        return awaited_costs(run)


def total_ns(rows: list[OffCpuCost]) -> int:
    return round(sum(row.us_per_request.value for row in rows) * 1e3)


def waiting_ns(ledger: Ledger, phases: tuple[Phase, ...] = tuple(Phase)) -> int:
    """The waiting of one exchange's ledger, which is itself held against the truth."""
    return round(sum(row.wait_us or 0.0 for row in ledger.phases if row.phase in phases) * 1e3)


@given(plans())
def test_each_exchange_s_rows_are_its_waiting_and_every_wait_has_its_function(plan: Plan) -> None:
    run, _ = play(plan)
    for exchange in range(CALIBRATIONS, CALIBRATIONS + len(plan.exchanges)):
        rows, ledger = list(rows_of(only(run, exchange))), build_ledger(only(run, exchange))
        assert ledger is not None
        assert all(row.function for row in rows)
        assert total_ns(rows) == waiting_ns(ledger)
        in_pool = [row for row in rows if row.function == "ScriptedPool.take"]
        assert total_ns(in_pool) == waiting_ns(ledger, IN_POOL)
        asleep = [row for row in rows if row.function == "ScriptedClient._sleep"]
        assert total_ns(asleep) == waiting_ns(ledger, ASLEEP)


@given(plans(trouble=False))
def test_the_rows_of_a_round_add_up_to_the_waiting_of_its_ledger(plan: Plan) -> None:
    run = play(plan)[0]
    ledger = build_ledger(run)
    assert ledger is not None
    waiting_us = sum(row.wait_us or 0.0 for row in ledger.phases)
    assert sum(row.us_per_request.value for row in awaited_costs(run)) == pytest.approx(waiting_us, abs=1e-6)
    assert sum(row.share or 0.0 for row in awaited_costs(run)) == pytest.approx(waiting_us / ledger.wall_us, abs=1e-9)
