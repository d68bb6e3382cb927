"""Workers of blocking clients: their columns, and a ledger by thread that balances against the threads' CPU clocks."""

import numpy as np
import pytest

from clientprof.attribution.costs.function_costs import function_costs
from clientprof.attribution.costs.sampled_time import sampled_time
from clientprof.attribution.ledger.thread_ledger import build_thread_ledger
from clientprof.clients import CLIENTS
from clientprof.experiments.feasible import obstacle
from clientprof.model.phases import Phase
from clientprof.model.run import RoundKind
from clientprof.origin.process import OriginProcess
from clientprof.workload.drivers.thread_driver import MAX_THREADS
from clientprof.workload.lenses import THREAD_LENSES
from clientprof.workload.load.scenario import Scenario
from measurable_clients import BLOCKING, SEEN_BLOCKING
from small_load import followed

pytestmark = pytest.mark.usefixtures("no_process_left")


@pytest.mark.parametrize("lens", [lens for lens in THREAD_LENSES if lens != "memory"])
@pytest.mark.parametrize("client", BLOCKING)
def test_every_request_succeeds_in_one_of_the_threads(client: str, lens: str, origin: OriginProcess) -> None:
    worker = followed(origin, client=client, lens=lens, concurrency=4, requests=20, opening=4, rounds=2, max_rounds=2)
    facts, columns = worker.run.facts, worker.run.columns
    assert facts.complete
    assert facts.loop == "none: 4 threads"
    for group in {name.partition(".")[0] for name in columns}:
        assert len({len(values) for name, values in columns.items() if name.startswith(f"{group}.")}) == 1
    assert set(columns["exchange.error"]) == {0}
    assert set(columns["exchange.thread"]) <= {0, 1, 2, 3}
    assert worker.journals["end"].since(worker.journals["cold"]).requests == 60
    assert not [note for note in facts.notes if note.startswith(("probe removed", "not found"))]


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("client", SEEN_BLOCKING)
def test_the_ledger_balances_against_both_clocks(client: str, threads: int, origin: OriginProcess) -> None:
    run = followed(origin, client=client, lens="ledger", concurrency=threads, requests=24, opening=threads).run
    ledger = build_thread_ledger(run)  # checks that phases add up to wall, and states to phases
    assert ledger is not None
    assert ledger.threads == len(set(run.column("exchange.thread")[-24:]))
    assert ledger.unattributed_share <= 0.01
    assert ledger.server_stamps
    clock_us = sum(run.column("exchange.cpu_ns")[-24:]) / 24 / 1e3
    assert sum(row.cpu_us for row in ledger.phases) == pytest.approx(clock_us, rel=0.02)


@pytest.mark.parametrize("client", ["requests", "httpx-sync", "urllib3"])
def test_a_slow_servers_time_is_waiting_in_phase_server(client: str, origin: OriginProcess) -> None:
    run = followed(origin, client=client, lens="ledger", concurrency=4, requests=16, opening=4, path="/delay/20/1k").run
    ledger = build_thread_ledger(run)
    assert ledger is not None
    rows = {row.phase: row for row in ledger.phases}
    # Sent is a request for the kernel before it is for a thread that then waits for the interpreter: hence not the mean.
    assert rows[Phase.SERVER].p50_us >= 20_000
    assert max(ledger.phases, key=lambda row: row.wall_us).phase is Phase.SERVER
    assert rows[Phase.SERVER].wait_us > 0.9 * rows[Phase.SERVER].wall_us


@pytest.mark.parametrize("client", ["requests", "httpx-sync", "urllib3"])
def test_a_queue_for_one_connection_is_waiting_in_phase_pool(client: str, origin: OriginProcess) -> None:
    run = followed(
        origin, client=client, lens="ledger", concurrency=4, requests=16, opening=4, limit=1, path="/delay/10/1k"
    ).run
    ledger = build_thread_ledger(run)
    assert ledger is not None
    pool = next(row for row in ledger.phases if row.phase is Phase.POOL)
    # Three others are served first, most of the time.
    assert pool.wait_us > 15_000
    assert pool.wait_us > 0.9 * pool.wall_us


def test_samples_add_up_to_the_cpu_of_all_threads(origin: OriginProcess) -> None:
    worker = followed(
        origin, client="requests", lens="sample", concurrency=4, requests=200, opening=4, min_cpu_s=1.0, max_rounds=50
    )
    time = sampled_time(worker.run)
    assert time is not None
    kinds = np.asarray(worker.run.column("round.kind"))
    cpu_ns = np.asarray(worker.run.column("round.thread_cpu_ns"))[kinds == RoundKind.MEASURED].sum()
    # What the handler and the signals take is left out, 6 to 10 % of it; a thread that is missed would be 25 %.
    assert 0.85 <= time.total_us * 1e3 * time.requests / cpu_ns <= 1.01


def test_opening_the_threads_gates_is_nobodys_work_and_is_never_scaled_to_all_of_them(origin: OriginProcess) -> None:
    worker = followed(
        origin, client="requests", lens="sample", concurrency=16, requests=16, opening=16, min_cpu_s=0.5, max_rounds=500
    )
    time = sampled_time(worker.run)
    assert time is not None
    assert time.interval_us == 500
    functions = {row.function for row in function_costs(time, (), 0) if row.self_us_per_request.value > 0}
    assert "HTTPConnection.getresponse" in functions
    assert "Crew.run" not in functions


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("client", ["requests", "httpx-sync", "urllib3"])
def test_sends_and_receives_of_threads_are_counted_and_nothing_of_a_loop(
    client: str, tls: bool, request: pytest.FixtureRequest
) -> None:
    running: OriginProcess = request.getfixturevalue("tls_origin" if tls else "origin")
    run = followed(running, client=client, lens="count", concurrency=4, requests=20, opening=4).run
    counters = {row.name: row for row in run.facts.counters}
    sends, receives = counters["socket_sends"], counters["socket_receives"]
    assert (sends.total, sends.requests) == (20, 20)
    assert receives.total >= 20
    assert not counters.keys() & {"loop_callbacks", "timers", "tasks", "tls_engine_reads", "socket_receives_into"}


def test_more_threads_than_are_tried_are_refused_with_what_is_possible() -> None:
    assert obstacle(CLIENTS["requests"], Scenario(MAX_THREADS)) is None
    text = obstacle(CLIENTS["requests"], Scenario(MAX_THREADS + 1))
    assert text is not None
    assert f"-n {MAX_THREADS} with --requests" in text
