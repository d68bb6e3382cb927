"""Real programs without a fault get no finding."""

import shutil
from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.origin.process import OriginProcess
from measured import PROGRAMS, measured

ALWAYS = ("is_handed_names", "threads_with_sessions_of_their_own", "gives_up_now_and_then")
MORE = (
    "threads_with_connections_of_their_own", "shares_an_aiohttp_session",
    "shares_an_httpx_client", "threads_with_one_pool", "scrapes", "streams_and_closes",
    "follows_events", "polls", "gives_blocking_work_to_threads", "downloads_large_bodies",
    "cancels_what_it_needs_no_more", "one_call_and_done", "asks_nobody",
)  # fmt: skip


def found(folder: Path, *words: str) -> list[tuple[str, str]]:
    ended = measured(folder, *words)
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return [(finding.id, finding.title) for finding in program_result(ended.recording).findings]


@pytest.mark.parametrize("which", [*ALWAYS, *(pytest.param(each, marks=pytest.mark.slow) for each in MORE)])
def test_no_finding_is_raised_about_a_healthy_program(tmp_path: Path, origin: OriginProcess, which: str) -> None:
    assert found(tmp_path, "healthy.py", which, f"{origin.ready.base_url}/1k") == []


@pytest.mark.slow
def test_of_a_program_that_tries_refused_requests_again_the_servers_answers_alone_are_told(
    tmp_path: Path, origin: OriginProcess
) -> None:
    ((identity, title),) = found(tmp_path, "healthy.py", "tries_refused_ones_again", f"{origin.ready.base_url}/1k")
    assert identity == "error-answers"
    assert "are errors: 503 36 times" in title


@pytest.mark.slow
def test_no_finding_is_raised_about_a_test_suite(tmp_path: Path) -> None:
    tests = tmp_path / "test_healthy.py"
    shutil.copy(PROGRAMS / "healthy.py", tests)
    options = ("-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(tmp_path), str(tests))
    assert found(tmp_path, "-m", "pytest", *options) == []
