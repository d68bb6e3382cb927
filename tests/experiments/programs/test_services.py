"""The service of many reports under load: each route's fault is named, the healthy ones get nothing, all is counted."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clientprof.attribution.programs.rules.loop import CLOSE_ID
from clientprof.model.findings import Finding
from clientprof.model.programs.results import ProgramResult
from clientprof.origin.process import OriginProcess
from served import WRK, free_port, served, served_by

pytestmark = [pytest.mark.slow, pytest.mark.skipif(WRK is None, reason="wrk makes the load")]
LOOPS = ["asyncio", "uvloop"]


@pytest.fixture
def upstream() -> Iterator[OriginProcess]:
    """An origin whose log no other test writes into."""
    with OriginProcess() as running:
        yield running


def under_load(folder: Path, upstream: OriginProcess, path: str, loop: str) -> ProgramResult:
    return served(folder, f"{upstream.ready.base_url}/1k?delay=20", [path], "--loop", loop)


def culprits(findings: tuple[Finding, ...], identity: str) -> set[str]:
    return {each.culprits[0].function for each in findings if each.id == identity}


def pools_told(result: ProgramResult) -> set[str]:
    """Whose pool is told. httpx opens more connections in one run than in another: the share may be at the bound."""
    close = [notice.text for notice in result.notices if notice.id == CLOSE_ID and "connection pool" in notice.text]
    return culprits(result.findings, "client-pool-holds-loop") | {
        "with_httpx" for text in close if "`with_httpx`" in text
    }


@pytest.mark.parametrize("loop", LOOPS)
def test_the_pool_is_named_on_the_route_that_shares_an_httpx_client(
    tmp_path: Path, upstream: OriginProcess, loop: str
) -> None:
    result = under_load(tmp_path, upstream, "/httpx/7", loop)
    findings = result.findings
    assert pools_told(result) == {"with_httpx"}
    # That httpx opens connections anew is its own, and true; nothing else is told.
    assert {each.id for each in findings} <= {"client-pool-holds-loop", "connections-not-reused"}


@pytest.mark.parametrize("loop", LOOPS)
def test_the_blocking_client_is_named_on_the_route_that_calls_it(
    tmp_path: Path, upstream: OriginProcess, loop: str
) -> None:
    result = under_load(tmp_path, upstream, "/blocking", loop)
    assert [each.id for each in result.findings] == ["blocking-client-on-loop"]
    assert culprits(result.findings, "blocking-client-on-loop") == {"blocking"}
    # Its own requests stand in line behind each other's calls, and every one that the server answered was seen.
    row = next(each for each in result.served if each.route.template == "/blocking")
    assert row.requests == upstream.journal().requests
    (site,) = (each for each in result.call_sites if each.blocking)
    # As much of the line as a call has of a request's own turn; on a busy machine that is less than all.
    assert row.behind_blocking_us == pytest.approx(row.ready_us * site.wall_us / row.running_us, rel=0.05)
    # How many calls are ahead depends on how many requests a select finds at once; it is more than one turn in any case.
    assert row.ready_us > row.running_us


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("path", ["/aiohttp", "/threaded", "/ping"])
def test_nothing_is_told_about_the_healthy_routes(
    tmp_path: Path, upstream: OriginProcess, path: str, loop: str
) -> None:
    result = under_load(tmp_path, upstream, path, loop)
    assert [(each.id, each.title) for each in result.findings] == []
    assert (result.requests == 0) is (path == "/ping")


def test_each_route_is_told_apart_where_all_are_asked_in_turn(tmp_path: Path, upstream: OriginProcess) -> None:
    # The busy route in the middle puts detail off; the blocking one comes after it, and is over soon.
    url, routes = f"{upstream.ready.base_url}/1k?delay=20", ["/httpx/7", "/aiohttp", "/blocking"]
    result = served(tmp_path, url, routes, "--loop", "asyncio")
    assert result.detailed < result.requests
    assert culprits(result.findings, "blocking-client-on-loop") == {"blocking"}
    assert pools_told(result) == {"with_httpx"}
    assert {site.function for site in result.call_sites if site.blocking} == {"blocking"}


def test_requests_of_all_workers_are_those_of_the_server_s_log(tmp_path: Path, upstream: OriginProcess) -> None:
    url = f"{upstream.ready.base_url}/1k"
    result = served(tmp_path, url, ["/aiohttp", "/threaded"], "--workers", "2", connections=16, seconds=2)
    assert result.requests == upstream.journal().requests
    assert sum(process.kind == "start" for process in result.processes) >= 2


def test_requests_of_the_workers_that_gunicorn_forks_are_those_of_the_server_s_log(
    tmp_path: Path, upstream: OriginProcess
) -> None:
    port, url = free_port(), f"{upstream.ready.base_url}/1k"
    words = [
        "service:app",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--worker-class",
        "uvicorn.workers.UvicornWorker",
    ]
    server = ["--", str(Path(sys.executable).with_name("gunicorn")), *words, "--log-level", "warning"]
    result = served_by(server, port, tmp_path, url, ["/aiohttp", "/threaded"], connections=16, seconds=2)
    assert result.requests == upstream.journal().requests
    assert sum(process.kind == "fork" for process in result.processes) >= 2
