"""Waits planted in real clients: the function is named, its time told in full, the finding raised; and none unplanted."""

import tempfile
from pathlib import Path

import pytest

from clientprof.attribution.client_result import client_result
from clientprof.attribution.findings.rules import findings_of
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.attribution.waits.awaited import awaited_costs
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.phases import Phase
from clientprof.model.recording import Manifest, Recording
from clientprof.model.results import ClientResult
from clientprof.model.run import Run
from clientprof.origin.process import OriginProcess
from clientprof.probes.awaits import ONE_IN
from clientprof.proof.ledger_proof import only
from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Loop, Scenario
from clientprof.workload.process import run_worker
from clientprof.workload.settings import WorkerSettings

PLANTS = Path(__file__).parents[1] / "plants" / "waits.py"
SLEEP_US = 10_000.0
# uvloop's clock counts whole milliseconds, so a sleep there may be up to one shorter than asked for.
SHORTER_US = {Loop.ASYNCIO: 0.0, Loop.UVLOOP: 1_000.0}
# What remains of a step after its call of ``asyncio.sleep`` is time in which the request runs, not time in which it waits.
REST_OF_A_STEP_US = 500.0
# Before anything is sent, so that nothing but the sleep's end can wake the request.
PLACES = {
    "httpx": "httpx._client:AsyncClient._send_single_request",
    "aiohttp": "aiohttp.connector:BaseConnector.connect",
}


def recorded(
    origin: OriginProcess, client: str, *changes: Change, count: int = 16, path: str = "/1k", loop: Loop = Loop.ASYNCIO
) -> Run:
    """The ledger lens alone: eight rounds, all requests at once."""
    ready = origin.ready
    with tempfile.TemporaryDirectory() as folder:
        settings = WorkerSettings(
            client=client, adapter=client, lens="ledger", arm=client, block=0, urls=(ready.base_url + path,),
            scenario=Scenario(count, loop=loop), cold=False, opening=count, ca_file=ready.ca_file, expected_status=200,
            expected_bytes=1024, rounds=8, max_rounds=8, min_cpu_s=0.0, max_seconds=30.0, seed=1, cpu=None,
            interval_us=3000.0, output=str(Path(folder, "run")), changes=changes,
        )  # fmt: skip
        run = run_worker(settings, lambda event: None, timeout_s=60.0)
    assert run.facts.complete
    assert not [note for note in run.facts.notes if note.startswith("probe removed")]
    return run


def traced(
    origin: OriginProcess, client: str, *changes: Change, count: int = 16, path: str = "/1k", loop: Loop = Loop.ASYNCIO
) -> ClientResult:
    """The client's result by that lens."""
    run = recorded(origin, client, *changes, count=count, path=path, loop=loop)
    manifest = Manifest(
        schema="", created="", command=(), seed=1, complete=True, tool_version="", baseline=None, clients=(client,),
        environment=(), workload=(),
    )  # fmt: skip
    return client_result(Recording(manifest, (run,)), client)


def wait_findings(result: ClientResult) -> dict[str, str]:
    """The culprit of each finding about waits, by the finding's id."""
    found = (finding for finding in findings_of(result, None) if finding.id.endswith("-in-request"))
    return {finding.id: f"{finding.culprits[0].module}:{finding.culprits[0].function}" for finding in found}


def row_of(result: ClientResult, target: str) -> OffCpuCost:
    (row,) = (row for row in result.off_cpu if f"{row.module}:{row.function}" == target)
    return row


@pytest.mark.parametrize("loop", [Loop.ASYNCIO, Loop.UVLOOP])
@pytest.mark.parametrize("client", PLACES)
def test_a_planted_sleep_is_named_with_all_of_its_time(client: str, loop: Loop, origin: OriginProcess) -> None:
    target = PLACES[client]
    result = traced(origin, client, Change(file=str(PLANTS), name="sleep", argument=target), loop=loop)
    row = row_of(result, target)
    assert (row.kind, row.by) == (OffCpu.AWAITED, "asyncio.tasks.sleep")
    assert row.us_per_request.value >= SLEEP_US - SHORTER_US[loop] - REST_OF_A_STEP_US
    assert wait_findings(result) == {"sleep-in-request": target}


@pytest.mark.parametrize("loop", [Loop.ASYNCIO, Loop.UVLOOP])
def test_a_lock_planted_around_requests_is_named_with_the_phase_it_delays(loop: Loop, origin: OriginProcess) -> None:
    target = PLACES["httpx"]
    change = Change(file=str(PLANTS), name="lock", argument=target)
    result = traced(origin, "httpx", change, path="/delay/5/1k", loop=loop)
    row = row_of(result, target)
    assert (row.by, row.phase, row.explained) == ("asyncio.locks.Lock.acquire", Phase.PREPARE, False)
    # The sixteenth of them waits for fifteen answers of 5 ms each, the first for none.
    assert row.us_per_request.value > 5_000.0
    assert wait_findings(result) == {"wait-in-request": target}


@pytest.mark.parametrize("plant", ["trio", "anyio"])
def test_a_sleep_planted_on_trio_is_named_with_all_of_its_time(plant: str, origin: OriginProcess) -> None:
    target = PLACES["httpx"]
    change = Change(file=str(PLANTS), name=f"sleep_of_{plant}", argument=target)
    result = traced(origin, "httpx", change, loop=Loop.TRIO)
    row = row_of(result, target)
    assert (row.kind, row.by) == (OffCpu.AWAITED, "trio._timeouts.sleep")
    assert row.us_per_request.value >= SLEEP_US - REST_OF_A_STEP_US
    assert wait_findings(result) == {"sleep-in-request": target}


@pytest.mark.parametrize("plant", ["trio", "anyio"])
def test_a_lock_planted_on_trio_is_named_with_the_phase_it_delays(plant: str, origin: OriginProcess) -> None:
    target = PLACES["httpx"]
    change = Change(file=str(PLANTS), name=f"lock_of_{plant}", argument=target)
    result = traced(origin, "httpx", change, path="/delay/5/1k", loop=Loop.TRIO)
    row = row_of(result, target)
    assert (row.by, row.phase, row.explained) == ("trio._sync._LockImpl.acquire", Phase.PREPARE, False)
    assert row.us_per_request.value > 5_000.0
    assert wait_findings(result) == {"wait-in-request": target}


@pytest.mark.parametrize(
    ("client", "path", "loop"),
    [
        ("httpx", "/1k", Loop.ASYNCIO),
        ("httpx", "/delay/5/1k", Loop.ASYNCIO),
        ("httpx2", "/delay/5/1k", Loop.ASYNCIO),
        ("aiohttp", "/delay/5/1k", Loop.ASYNCIO),
        ("httpx", "/delay/5/1k", Loop.TRIO),
        ("httpx2", "/delay/5/1k", Loop.TRIO),
    ],
)
def test_a_client_as_it_is_has_no_such_finding(client: str, path: str, loop: Loop, origin: OriginProcess) -> None:
    assert wait_findings(traced(origin, client, path=path, loop=loop)) == {}


@pytest.mark.parametrize(
    ("client", "reader", "loop"),
    [
        ("httpx", "httpcore._backends.anyio:AnyIOStream.read", Loop.ASYNCIO),
        ("aiohttp", "aiohttp.streams:DataQueue.read", Loop.ASYNCIO),
        ("httpx", "httpcore._backends.trio:TrioStream.read", Loop.TRIO),
    ],
)
def test_waiting_for_the_server_is_named_and_explained(
    client: str, reader: str, loop: Loop, origin: OriginProcess
) -> None:
    row = row_of(traced(origin, client, count=4, path="/delay/100/1k", loop=loop), reader)
    assert (row.phase, row.explained) == (Phase.SERVER, True)


@pytest.mark.parametrize("loop", [Loop.ASYNCIO, Loop.TRIO])
def test_the_rows_add_up_to_the_waiting_of_the_watched_requests(loop: Loop, origin: OriginProcess) -> None:
    run = recorded(origin, "httpx", count=16, path="/delay/5/1k", loop=loop)
    watched = sorted(set(run.column("await.exchange")))
    assert len(watched) == len(run.column("exchange.started_ns")) / ONE_IN
    ledgers = [build_ledger(only(run, exchange)) for exchange in watched]
    waiting_us = sum(row.wait_us or 0.0 for ledger in ledgers if ledger is not None for row in ledger.phases)
    rows = awaited_costs(run)
    assert sum(row.us_per_request.value for row in rows) == pytest.approx(waiting_us / len(watched), abs=1e-3)
    # What is left over is too small for rows of its own; there is hardly a wait that nothing is known of.
    assert sum(row.share or 0.0 for row in rows if not row.function) < 0.01
