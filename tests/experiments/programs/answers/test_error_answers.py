"""Servers that answer with errors are told, with how many answers: no client raises anything for them."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured


def answered(folder: Path, origin: OriginProcess, client: str, status: int, every: int) -> tuple[ProgramResult, str]:
    ended = measured(folder, "asks_again.py", client, origin.ready.base_url, str(status), str(every))
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return program_result(ended.recording), ended.output.decode().strip()


@pytest.mark.parametrize(("client", "status"), [("httpx", 503), ("aiohttp", 429), ("requests", 500), ("urllib3", 503)])
def test_answers_that_say_no_are_counted_and_told(
    tmp_path: Path, origin: OriginProcess, client: str, status: int
) -> None:
    result, truth = answered(tmp_path, origin, client, status, 3)
    assert truth == "40 120"
    found = next(each for each in result.findings if each.id == "error-answers")
    assert f"are errors: {status} 40 times" in found.title
    assert found.claim.startswith("The server answered 40 of 120 requests so")
    assert ("Retry-After" in found.remedy) is (status == 429)
    assert f"33.3\u00a0% are errors ({status})." in result.answer.sentence
    assert result.failed == 0


@pytest.mark.parametrize(("status", "every"), [(404, 2), (503, 60)])
def test_what_is_not_found_and_a_rare_error_are_no_finding(
    tmp_path: Path, origin: OriginProcess, status: int, every: int
) -> None:
    result, _ = answered(tmp_path, origin, "aiohttp", status, every)
    assert [each.id for each in result.findings if each.id == "error-answers"] == []
    assert "are errors" not in result.answer.sentence
