"""What real programs wait for is told by call site with 90 to 110 % of its time, held against their clients' own tracing."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import Limit, ProgramResult, SiteResult
from clientprof.origin.process import OriginProcess
from measured import measured

CONNECTING = ("dns", "connect", "tls")
LOOPS = [pytest.param("asyncio"), pytest.param("uvloop", marks=pytest.mark.slow)]


def answered(folder: Path, origin: OriginProcess, fault: str, *words: str) -> tuple[ProgramResult, float]:
    """What was found, and the seconds that the program itself saw; 0 where it does not say."""
    ended = measured(folder, "planted_waits.py", fault, f"{origin.ready.base_url}/1k", *words)
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return program_result(ended.recording), float(ended.output or 0)


def seconds(site: SiteResult, *phases: str) -> float:
    return sum(phase.wall_us for phase in site.phases if phase.phase in phases) * site.requests / 1e6


def only_site(result: ProgramResult, function: str) -> SiteResult:
    (site,) = result.call_sites
    assert site.function.startswith(function)
    return site


def ids(result: ProgramResult) -> list[str]:
    return [finding.id for finding in result.findings]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_lock_that_another_thread_keeps_is_a_blocking_call(tmp_path: Path, origin: OriginProcess, loop: str) -> None:
    result, held_s = answered(tmp_path, origin, "waits_for_a_lock", loop)
    (finding,) = [each for each in result.findings if each.id == "blocking-call"]
    assert "takes_the_lock" in finding.title
    held = sum(row.held_s.value for row in result.holders if "takes_the_lock" in row.function)
    assert held == pytest.approx(held_s, rel=0.1)


# uvloop asks the system's resolver itself: from Python none can be planted below it.
@pytest.mark.parametrize("fault", ["looks_names_up_slowly", "looks_names_up_slowly_in_threads"])
def test_slow_look_ups_have_all_of_their_time_at_their_call(tmp_path: Path, origin: OriginProcess, fault: str) -> None:
    result, looked_s = answered(tmp_path, origin, fault)
    site = only_site(result, fault)
    assert seconds(site, "dns") == pytest.approx(looked_s, rel=0.1)
    assert "names-looked-up-again" in ids(result)
    assert result.answer.limit is Limit.CONNECT


@pytest.mark.parametrize("loop", LOOPS)
def test_look_ups_by_a_resolver_of_the_programs_own_have_their_time_and_are_counted(
    tmp_path: Path, origin: OriginProcess, loop: str
) -> None:
    result, looked_s = answered(tmp_path, origin, "asks_a_registry_for_addresses", loop)
    site = only_site(result, "asks_a_registry_for_addresses")
    assert seconds(site, "dns") == pytest.approx(looked_s, rel=0.1)
    assert [row.value for row in result.counters if row.name == "name_lookups_per_1000_requests"] == [500]
    assert result.answer.limit is Limit.CONNECT


@pytest.mark.parametrize(
    ("fault", "loop"),
    [
        ("handshakes_each_time", "asyncio"),
        pytest.param("handshakes_each_time", "uvloop", marks=pytest.mark.slow),
        pytest.param("handshakes_each_time_in_threads", "asyncio", marks=pytest.mark.slow),
    ],
)
def test_a_handshake_for_each_call_has_all_of_its_time_there(
    tmp_path: Path, tls_origin: OriginProcess, fault: str, loop: str
) -> None:
    result, connected_s = answered(tmp_path, tls_origin, fault, loop)
    site = only_site(result, fault)
    assert seconds(site, *CONNECTING) == pytest.approx(connected_s, rel=0.1)
    assert ids(result) == ["connections-not-reused"]


@pytest.mark.parametrize(
    ("fault", "loop"),
    [
        ("small_pool", "asyncio"),
        pytest.param("small_pool", "uvloop", marks=pytest.mark.slow),
        ("small_pool_in_threads", "asyncio"),
    ],
)
def test_fifty_workers_wait_for_five_connections_as_long_as_their_client_says(
    tmp_path: Path, origin: OriginProcess, fault: str, loop: str
) -> None:
    result, waited_s = answered(tmp_path, origin, fault, loop)
    assert seconds(only_site(result, fault), "pool") == pytest.approx(waited_s, rel=0.1)
    assert ids(result) == ["fewer-connections-than-requests"]
    assert result.answer.limit is Limit.POOL


@pytest.mark.parametrize(
    ("fault", "function"),
    [
        ("naps_in_workers", "naps"),
        pytest.param("workers_share_a_lock", "takes_turns", marks=pytest.mark.slow),
    ],
)
def test_what_workers_stand_still_in_between_calls_is_named_with_all_of_its_time(
    tmp_path: Path, origin: OriginProcess, fault: str, function: str
) -> None:
    result, stood_s = answered(tmp_path, origin, fault)
    longest = result.thread_times[0]
    assert longest.function == f"{fault}.<locals>.{function}"
    assert longest.wall_s.value == pytest.approx(stood_s, rel=0.1)
    assert longest.cpu_s < 0.2 * longest.wall_s.value
    assert longest.threads == 4
    assert ids(result) == []


@pytest.mark.parametrize("loop", LOOPS)
def test_what_waits_in_a_queue_for_one_of_three_tasks_is_told(tmp_path: Path, origin: OriginProcess, loop: str) -> None:
    result, _ = answered(tmp_path, origin, "few_take_from_a_queue", loop)
    (row,) = result.gates
    assert (row.gate.what, row.gate.workers) == ("asyncio.Queue", 3)
    assert row.gate.function.endswith("works")
    # After half a second two thirds are left, after another one third.
    assert 45 <= row.most <= 75
    assert "items wait in `asyncio.Queue` for one of 3 tasks, in `few_take_from_a_queue" in result.answer.sentence


@pytest.mark.slow
def test_a_server_of_200_ms_is_waited_for_in_threads_too(tmp_path: Path, origin: OriginProcess) -> None:
    result, _ = answered(tmp_path, origin, "slow_server_in_threads")
    site = only_site(result, "slow_server_in_threads")
    assert 0.2 <= seconds(site, "wait", "loop") / site.requests <= 0.22
    assert ids(result) == []
    assert result.answer.limit is Limit.SERVER


def test_streams_that_a_relay_forgets_are_counted_before_the_pool_is_empty(
    tmp_path: Path, origin: OriginProcess
) -> None:
    result, _ = answered(tmp_path, origin, "relay_forgets_refused")
    (finding,) = result.findings
    assert finding.id == "response-never-closed"
    assert finding.title.startswith("8 responses were never closed at `relay_forgets_refused.<locals>.relays`")
    assert "The pool has 20." in finding.claim
    assert result.failed == 0
    assert result.answer.limit is not Limit.POOL  # 12 are left: nobody waits yet


@pytest.mark.parametrize(
    ("fault", "error", "loop"),
    [
        ("shakes_hands_with_nobody", "httpx.ConnectTimeout", "asyncio"),
        ("shakes_hands_with_nobody_in_aiohttp", "builtins.TimeoutError", "asyncio"),
        pytest.param("shakes_hands_with_nobody_in_aiohttp", "builtins.TimeoutError", "uvloop", marks=pytest.mark.slow),
    ],
)
def test_a_handshake_that_nobody_answers_is_what_the_clock_ran_out_on(
    tmp_path: Path, origin: OriginProcess, fault: str, error: str, loop: str
) -> None:
    result, _ = answered(tmp_path, origin, fault, loop)
    assert {(row.type, row.verdict, row.count) for row in result.timeouts} == {(error, "handshake", 3)}
    assert ids(result) == []
