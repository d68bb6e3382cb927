"""Batches that wait for their slowest request are told with what keeping requests under way would save; the same requests
behind a semaphore really take that long."""

import re
from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured

TOLD = "batches-wait-for-slowest"
LOOPS = [pytest.param("asyncio"), pytest.param("uvloop", marks=pytest.mark.slow)]


def answered(folder: Path, origin: OriginProcess, how: str, loop: str = "asyncio") -> tuple[ProgramResult, float]:
    """What was found, and the seconds that the program took."""
    ended = measured(folder, "batches.py", how, f"{origin.ready.base_url}/1k", loop)
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return program_result(ended.recording), float(ended.output)


@pytest.mark.parametrize("loop", LOOPS)
def test_batches_are_told_with_what_a_semaphore_really_takes(tmp_path: Path, origin: OriginProcess, loop: str) -> None:
    result, took_s = answered(tmp_path / "batches", origin, "in_batches", loop)
    (finding,) = result.findings
    assert finding.id == TOLD
    assert "asks" in finding.title
    assert "10 batches, most requests in one of 16;" in finding.evidence[0]
    would, instead = (
        float(number) / (1000 if unit == "ms" else 1) for number, unit in re.findall(r"([\d.]+) (m?s)\b", finding.claim)
    )
    assert instead == pytest.approx(took_s, rel=0.15)
    better, takes_s = answered(tmp_path / "semaphore", origin, "behind_a_semaphore", loop)
    assert better.findings == ()
    assert would == pytest.approx(takes_s, rel=0.3)  # its own end has no successors either


def test_threads_are_told_the_same(tmp_path: Path, origin: OriginProcess) -> None:
    result, _ = answered(tmp_path, origin, "in_batches_of_threads")
    (finding,) = [each for each in result.findings if each.id == TOLD]
    assert "ThreadPoolExecutor(16)" in finding.code


def test_batches_of_equal_requests_are_no_fault(tmp_path: Path, origin: OriginProcess) -> None:
    result, _ = answered(tmp_path, origin, "in_equal_batches")
    assert result.findings == ()
    assert "one after the other" not in result.answer.sentence


def test_requests_one_after_the_other_are_said_to_be_so(tmp_path: Path, origin: OriginProcess) -> None:
    result, _ = answered(tmp_path, origin, "one_by_one")
    assert result.findings == ()
    assert "Requests are made one after the other" in result.answer.sentence
