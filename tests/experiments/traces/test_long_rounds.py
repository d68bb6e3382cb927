"""What a trace of long rounds leaves out, so that its answer comes in time, and what it never leaves out."""

import contextlib
from dataclasses import replace

import pytest

from clientprof.experiments.traces.in_time import fewest_rounds, left_out, long_clients, most_of_step_s
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_session import Session
from clientprof.experiments.traces.trace_steps import check_unfinished
from clientprof.model.run import RoundKind, Run, UnfinishedRound
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.process import WorkerError
from recordings import exchanges, rounds, run_of

S = 1_000_000_000
PLAN = TracePlan("httpx", "aiohttp", Scenario(4096), blocks=6, mirrored=False, in_time=True)


def lasting(seconds: float, lens: str = "control") -> Run:
    run = run_of(rounds((RoundKind.COLD, 0, 1, 0, 60 * S), (RoundKind.MEASURED, 0, 1, 60 * S, int((60 + seconds) * S))))
    return replace(run, facts=replace(run.facts, client="httpx", lens=lens))


def step(lens: str, block: int = 0, client: str = "httpx") -> WorkerStep:
    return WorkerStep(client, client, lens, block, False)


@pytest.mark.parametrize(
    ("what", "after_s", "notice"),
    [
        (step("control", 3), 500.0, None),
        (step("control", 4), 0.0, "blocks-left-out"),
        (step("control", 4, "aiohttp"), 0.0, "blocks-left-out"),
        (step("ledger"), 500.0, None),
        (step("count"), 500.0, None),
        (step("pyinstrument"), 80.0, None),
        (step("pyinstrument"), 100.0, "lens-left-out"),
    ],
)
def test_of_long_rounds_later_blocks_and_late_cross_checks_are_left_out(
    what: WorkerStep, after_s: float, notice: str | None
) -> None:
    found = left_out(PLAN, what, (lasting(7.0),), after_s)
    assert (None if found is None else found[0]) == notice
    if found is not None:
        assert found[1].startswith("A round of httpx takes 7 s, so ")


@pytest.mark.parametrize("runs", [(), (lasting(1.0),), (lasting(60.0, lens="count"),)])
def test_nothing_is_left_out_of_short_rounds_whatever_a_first_round_or_an_instrument_took(
    runs: tuple[Run, ...],
) -> None:
    assert not long_clients(PLAN, runs)
    assert left_out(PLAN, step("control", 5), runs, 900.0) is None


def test_blocks_that_were_asked_for_are_measured() -> None:
    assert left_out(replace(PLAN, in_time=False), step("control", 5), (lasting(9.0),), 900.0) is None


@pytest.mark.parametrize(
    ("lens", "cold", "raises"), [("control", True, False), ("control", False, True), ("ledger", True, True)]
)
def test_a_first_round_that_does_not_end_says_nothing_against_the_warm_ones_that_did(
    lens: str, cold: bool, raises: bool
) -> None:
    session = Session(replace(PLAN, in_time=False), (), lambda *_: None, runs=[lasting(7.0)])
    broken_off = UnfinishedRound(0, 0, 4096, 30.0, cold=cold)
    with pytest.raises(WorkerError) if raises else contextlib.nullcontext():
        check_unfinished(session, step(lens), broken_off)
    assert not session.slow
    # It is seen once.
    run = lasting(7.0)
    session.runs.append(replace(run, facts=replace(run.facts, unfinished=broken_off)))
    assert session.wants_cold(replace(step("ledger"), cold=True)) is not cold


def test_the_calls_of_functions_are_given_up_where_counting_them_would_take_too_long() -> None:
    assert most_of_step_s(PLAN, step("count"), (lasting(20.0),)) == 80.0
    assert most_of_step_s(PLAN, step("count"), (lasting(5.0),)) == 30.0
    assert most_of_step_s(PLAN, step("count"), (lasting(1.0),)) == PLAN.worker_timeout_s
    assert most_of_step_s(PLAN, step("ledger"), (lasting(20.0),)) == PLAN.worker_timeout_s


def cold_run(seconds: float = 4.0, error: int = 0) -> Run:
    columns = rounds((RoundKind.COLD, 0, 1, 0, int(seconds * S)), (RoundKind.MEASURED, 1, 1, 5 * S, 6 * S))
    return run_of(columns, exchanges((0, S, error), (5 * S, 6 * S)), client="httpx", lens="control", error_types=("E",))


@pytest.mark.parametrize(
    ("plan", "run", "again"),
    [
        (PLAN, cold_run(), False),
        (PLAN, cold_run(seconds=0.4), True),
        (PLAN, cold_run(error=1), True),
        (replace(PLAN, scenario=Scenario(4096, tls=True)), cold_run(), True),
        (replace(PLAN, scenario=Scenario(4096, by_name=True)), cold_run(), True),
        (replace(PLAN, in_time=False), cold_run(), True),
    ],
    ids=["long", "short", "failed", "handshakes", "names", "asked-for"],
)
def test_a_long_cold_round_is_measured_again_under_the_ledger_only_where_that_tells_more(
    plan: TracePlan, run: Run, again: bool
) -> None:
    session = Session(plan, (), lambda *_: None, runs=[run])
    assert session.wants_cold(replace(step("ledger"), cold=True)) is again
    assert session.wants_cold(replace(step("control", 3), cold=True))
    assert session.wants_cold(replace(step("ledger", client="aiohttp"), cold=True))


def test_the_cpu_that_a_lens_needs_decides_alone_unless_blocks_or_rounds_were_asked_for() -> None:
    assert fewest_rounds(PLAN, step("ledger")) == 1
    assert fewest_rounds(replace(PLAN, in_time=False), step("ledger")) == 2
    assert fewest_rounds(replace(PLAN, in_time=False, rounds=7), step("ledger")) == 7
