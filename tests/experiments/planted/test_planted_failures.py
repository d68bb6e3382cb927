"""Failures planted in a real client are named by what both ends recorded; a client that is left alone has none."""

import tempfile
from pathlib import Path

import pytest

from clientprof.attribution.client_result import client_result
from clientprof.attribution.findings.rules import findings_of
from clientprof.experiments.traces.server_columns import server_columns
from clientprof.model.failures import Cause
from clientprof.model.recording import Manifest, Recording
from clientprof.model.results import ClientResult
from clientprof.model.run import Run
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.process import run_worker
from clientprof.workload.settings import WorkerSettings

LOAD = Scenario(10)
PLANTS = str(Path(__file__).parents[1] / "plants" / "failing.py")


def traced(
    client: str, *changes: Change, path: str = "/1k", rounds: int = 4, load: Scenario = LOAD, **options: int
) -> ClientResult:
    """The client's result by the ledger lens, with the server's log of its connections."""
    asked = Options(tls=load.tls, http2=load.http2, **options)  # type: ignore[arg-type]
    with OriginProcess(asked) as origin, tempfile.TemporaryDirectory() as folder:
        settings = WorkerSettings(
            client=client, adapter=client, lens="ledger", arm=client, block=0, urls=(origin.ready.base_url + path,),
            scenario=load, cold=False, opening=10, ca_file=origin.ready.ca_file, expected_status=200, expected_bytes=1024,
            rounds=rounds, max_rounds=rounds, min_cpu_s=0.0, max_seconds=30.0, seed=1, cpu=None, interval_us=3000.0,
            output=str(Path(folder, "run")), changes=changes,
        )  # fmt: skip
        run = run_worker(settings, lambda event: None, timeout_s=60.0)
        run = Run(run.facts, {**run.columns, **server_columns(origin.connections(), 0)})
    manifest = Manifest(
        schema="", created="", command=(), seed=1, complete=True, tool_version="", baseline=None, clients=(client,),
        environment=(), workload=(),
    )  # fmt: skip
    return client_result(Recording(manifest, (run,)), client)


def findings(result: ClientResult) -> set[str]:
    return {finding.id for finding in findings_of(result, None)}


def test_a_client_that_closes_a_connection_which_it_has_given_out_is_named() -> None:
    result = traced("aiohttp", Change(file=PLANTS, name="closes_what_it_has_given_out"))
    assert len(result.failures) >= 4
    assert {row.cause for row in result.failures} == {Cause.CLOSED_BY_CLIENT}
    for row in result.failures:
        assert row.closed_first == "client"
        assert row.given_ms is not None
        assert row.closed_ms is not None
        assert not row.reached
    assert "closed-under-a-request" in findings(result)
    assert "stale-connection" not in findings(result)


def test_a_loop_that_lets_a_timeout_fire_after_the_bytes_arrived_is_named_with_what_held_it() -> None:
    result = traced("aiohttp", Change(file=PLANTS, name="holds_the_loop_over_a_timeout"), path="/delay/100/1k")
    assert result.failures
    assert {row.cause for row in result.failures} == {Cause.LOOP_BUSY}
    for row in result.failures:
        assert row.answered_ms is not None
        assert row.answered_ms > 500
        assert row.held_ms is not None
        assert row.held_ms > 500
        assert row.holder.endswith("slow_callback")
    assert "timeout-by-loop" in findings(result)


def test_a_client_that_is_left_alone_has_no_failed_request() -> None:
    result = traced("aiohttp")
    assert result.failures == ()
    assert not findings(result) & {"closed-under-a-request", "timeout-by-loop", "stale-connection"}


@pytest.mark.parametrize("client", ["httpx", "requests"])
def test_answers_that_a_server_breaks_off_are_the_server_s(client: str) -> None:
    result = traced(client, path="/fault/reset", rounds=1)
    assert len(result.failures) == 10
    assert {row.cause for row in result.failures} == {Cause.CLOSED_BY_SERVER}
    assert "closed-under-a-request" not in findings(result)


def test_requests_that_a_server_refuses_by_goaway_are_the_server_s() -> None:
    load = Scenario(10, tls=True, http2=True)
    # In many rounds: which requests are under way when the server says so is chance.
    result = traced("httpx", load=load, rounds=20, max_requests_per_connection=7)
    assert result.failures
    for row in result.failures:
        assert (row.cause, row.closed_first) == (Cause.CLOSED_BY_SERVER, "server")
        # Which of the answers on a connection that requests share was whose, the log does not tell.
        assert (row.served_before, row.answered_ms, row.reached) == (None, None, None)
