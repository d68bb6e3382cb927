"""Faults planted in real programs are named, with function, figure and remedy; programs without one get no finding."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.findings import Finding
from clientprof.model.programs.results import Limit, ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured


def answered(folder: Path, origin: OriginProcess, fault: str, loop: str = "asyncio") -> ProgramResult:
    return answered_and_printed(folder, origin, fault, loop)[0]


def answered_and_printed(folder: Path, origin: OriginProcess, fault: str, loop: str) -> tuple[ProgramResult, str]:
    ended = measured(folder, "planted.py", fault, f"{origin.ready.base_url}/1k", loop)
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return program_result(ended.recording), ended.output.decode()


def only(result: ProgramResult, identity: str) -> Finding:
    found = [finding for finding in result.findings if finding.id == identity]
    assert len(found) == 1, [(finding.id, finding.title) for finding in result.findings]
    return found[0]


LOOPS = [
    "asyncio", "uvloop", "asyncio-in-a-thread",
    pytest.param("uvloop-in-a-thread", marks=pytest.mark.slow),
]  # fmt: skip


@pytest.mark.parametrize("loop", LOOPS)
def test_a_call_that_stands_still_is_named_with_all_of_its_time(
    tmp_path: Path, origin: OriginProcess, loop: str
) -> None:
    result, held_s = answered_and_printed(tmp_path, origin, "stands_still", loop)
    assert "waits_in_the_thread" in only(result, "blocking-call").title
    held = sum(row.held_s.value for row in result.holders if "waits_in_the_thread" in row.function)
    assert held == pytest.approx(float(held_s), rel=0.1)


@pytest.mark.parametrize(
    "loop",
    [
        "asyncio",
        "uvloop",
        *(pytest.param(f"{loop}-in-a-thread", marks=pytest.mark.slow) for loop in ("asyncio", "uvloop")),
    ],
)
def test_work_that_should_leave_the_loop_is_named_with_all_of_its_time(
    tmp_path: Path, origin: OriginProcess, loop: str
) -> None:
    result, held_s = answered_and_printed(tmp_path, origin, "computes", loop)
    assert "parses" in only(result, "work-should-leave-the-loop").title
    held = sum(row.held_s.value for row in result.holders if "parses" in row.function)
    assert held == pytest.approx(float(held_s), rel=0.1)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_calls_that_block_for_a_moment_each_are_named_too(tmp_path: Path, origin: OriginProcess, loop: str) -> None:
    result = answered(tmp_path, origin, "stands_still_for_short", loop)
    assert "`stands_still_for_short.<locals>.backs_off`" in only(result, "blocking-call").title
    assert [finding.id for finding in result.findings] == ["blocking-call"]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_failing_import_computes_and_is_named_as_an_import(tmp_path: Path, origin: OriginProcess, loop: str) -> None:
    result = answered(tmp_path, origin, "imports_in_vain", loop)
    assert [finding.id for finding in result.findings] == ["client-import-holds-loop"]
    assert "looks_for_a_package" in only(result, "client-import-holds-loop").title


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_client_over_another_one_has_its_headers_and_its_end_there(
    tmp_path: Path, origin: OriginProcess, loop: str
) -> None:
    result = answered(tmp_path, origin, "asks_through_another_client", loop)
    assert result.unattributed_share == 0.0
    for site in result.call_sites:
        assert site.detailed == 40
        assert {"headers", "body"} <= {row.phase for row in site.phases}


def test_a_pool_that_is_too_small_is_told_with_the_limit_to_set(tmp_path: Path, origin: OriginProcess) -> None:
    result = answered(tmp_path, origin, "small_pool")
    finding = only(result, "fewer-connections-than-requests")
    assert "max_connections=50" in finding.code
    assert result.answer.limit is Limit.POOL


def test_a_limit_of_one_host_that_is_too_small_is_told_with_that_limit_to_set(
    tmp_path: Path, origin: OriginProcess
) -> None:
    result = answered(tmp_path, origin, "few_for_one_host")
    codes = {finding.code for finding in result.findings if finding.id == "fewer-connections-than-requests"}
    (code,) = codes
    assert "TCPConnector(limit_per_host=60)" in code
    assert result.answer.limit is Limit.POOL
    assert "All 3 that are allowed to one host were in use" in result.answer.sentence


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_tasks_that_wait_for_a_semaphore_of_the_program_are_told_though_no_request_is_in_flight_for_them(
    tmp_path: Path, origin: OriginProcess, loop: str
) -> None:
    result = answered(tmp_path, origin, "waits_at_its_own_gate", loop)
    rows = {row.gate.function.rpartition(".")[2]: row for row in result.gates}
    assert {name: row.gate.what for name, row in rows.items()} == {
        "passes_the_gate": "asyncio.Semaphore", "renews_the_token": "asyncio.Lock",
    }  # fmt: skip
    # Of 20 and of 3, less those that are let in; between two of them nobody is. The first look may come before all ask.
    assert 18 <= rows["passes_the_gate"].most <= 20
    assert 2 <= rows["renews_the_token"].most <= 3
    assert [finding.id for finding in result.findings] == []
    assert result.answer.limit is Limit.SERVER
    assert "tasks wait for `asyncio.Semaphore` in `waits_at_its_own_gate.<locals>.passes_the_gate` (" in (
        result.answer.sentence
    )


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_calls_that_wait_for_a_thread_of_a_pool_are_told(tmp_path: Path, origin: OriginProcess, loop: str) -> None:
    result = answered(tmp_path, origin, "has_too_few_threads", loop)
    (row,) = result.gates
    assert (row.gate.function.rpartition(".")[2], row.gate.threads) == ("fetches", 3)
    # At a look three threads may have given back what they did, and nobody has handed them more.
    assert 14 <= row.most <= 20
    assert "calls wait for one of 3 threads, most of which are in `has_too_few_threads.<locals>.fetches` (" in (
        result.answer.sentence
    )


def test_requests_that_others_overtake_again_and_again_are_told(tmp_path: Path, origin: OriginProcess) -> None:
    result = answered(tmp_path, origin, "asks_again_at_once")
    finding = only(result, "requests-overtaken")
    assert finding.title.startswith("10 requests at `asks_again_at_once.<locals>.asks`")


def test_a_slow_server_is_the_limit_and_no_fault_of_the_program(tmp_path: Path, origin: OriginProcess) -> None:
    result = answered(tmp_path, origin, "slow_server")
    assert result.answer.limit is Limit.SERVER
    assert [finding.id for finding in result.findings] == []
    (site,) = result.call_sites
    waited = sum(phase.wall_us for phase in site.phases if phase.phase == "wait")
    assert waited >= 200_000


def test_a_blocking_client_on_the_loop_is_named_at_its_call(tmp_path: Path, origin: OriginProcess) -> None:
    result = answered(tmp_path, origin, "blocks")
    finding = only(result, "blocking-client-on-loop")
    assert finding.culprits[0].function == "blocks"
    assert finding.off_cpu_us_per_request is not None
    assert finding.off_cpu_us_per_request > 20_000


def test_a_client_for_each_call_is_told_with_what_building_one_takes(tmp_path: Path, origin: OriginProcess) -> None:
    finding = only(answered(tmp_path, origin, "client_per_call"), "client-per-call")
    assert finding.title.startswith("15 clients of httpx")
    assert "AsyncClient()" in finding.code


def test_a_response_that_is_never_closed_is_found_before_and_its_timeouts_are_its_consequence(
    tmp_path: Path, origin: OriginProcess
) -> None:
    result = answered(tmp_path, origin, "never_closes")
    finding = only(result, "response-never-closed")
    assert "8 responses" in finding.title
    assert "relays" in finding.title
    assert any("consequence" in line for line in finding.evidence)
    assert {(row.type, row.verdict, row.count) for row in result.timeouts} == {("httpx.PoolTimeout", "pool", 3)}


@pytest.mark.parametrize(("fault", "verdict"), [("runs_out_of_time", "server"), ("holds_the_loop_meanwhile", "loop")])
def test_a_timeout_has_the_verdict_of_what_its_clock_ran_out_on(
    tmp_path: Path, origin: OriginProcess, fault: str, verdict: str
) -> None:
    result = answered(tmp_path, origin, fault)
    assert {(row.verdict, row.count) for row in result.timeouts} == {(verdict, 3)}
    own = [finding for finding in result.findings if finding.id == "timeout-is-the-programs-own"]
    assert bool(own) is (verdict == "loop")


@pytest.mark.parametrize(
    "program",
    ["in_threads", "shares_a_session", "streams_and_closes", "tries_again", "asks_nobody"],
)
def test_a_healthy_program_gets_no_finding(tmp_path: Path, origin: OriginProcess, program: str) -> None:
    result = answered(tmp_path, origin, program)
    assert [(finding.id, finding.title) for finding in result.findings] == []
