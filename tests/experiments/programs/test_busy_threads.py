"""Real programs in threads whose time is not their requests' are told so, with 85 to 115 % of what they planted."""

import sys
from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import Limit, ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured


def answered(folder: Path, origin: OriginProcess, fault: str, path: str) -> tuple[ProgramResult, float]:
    """What was found, and what the program planted, in seconds; 0 where it does not say."""
    ended = measured(folder, "busy_threads.py", fault, f"{origin.ready.base_url}{path}")
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    result = program_result(ended.recording)
    assert {each.gil for each in result.processes} == {getattr(sys, "_is_gil_enabled", lambda: True)()}
    return result, float(ended.output or 0)


def seconds(result: ProgramResult, identity: str) -> float:
    """The CPU, or where there is none the wait, of the only finding, which is that one."""
    (finding,) = result.findings
    assert finding.id == identity
    us = finding.off_cpu_us_per_request if finding.cost_us_per_request is None else finding.cost_us_per_request
    return (us or 0.0) * result.requests / 1e6


@pytest.mark.parametrize("fault", ["parses_in_workers", "parses_in_a_child"])
def test_workers_that_parse_hold_the_interpreter_and_not_the_server(
    tmp_path: Path, origin: OriginProcess, fault: str
) -> None:
    result, computed_s = answered(tmp_path, origin, fault, "/delay/20/1k")
    # Where others have the cores for much of the time, these threads may as well wait for something else.
    assert result.answer.limit in (Limit.CPU, Limit.OUTSIDE)
    assert "`parses_in_workers.<locals>.parses` (busy_threads.py:" in result.answer.sentence
    assert seconds(result, "work-beside-requests") == pytest.approx(computed_s, rel=0.15)


def test_a_body_read_by_single_bytes_is_computed_and_not_waited_for(tmp_path: Path, origin: OriginProcess) -> None:
    result, computed_s = answered(tmp_path, origin, "reads_in_small_pieces", "/10k")
    assert result.answer.limit is Limit.CPU
    assert seconds(result, "work-beside-requests") == pytest.approx(computed_s, rel=0.15)
    assert "larger pieces" in result.findings[0].remedy


def test_a_lock_kept_during_requests_makes_threads_take_turns(tmp_path: Path, origin: OriginProcess) -> None:
    result, waited_s = answered(tmp_path, origin, "asks_under_a_lock", "/delay/20/1k")
    assert result.answer.limit is Limit.OUTSIDE
    assert seconds(result, "threads-take-turns") == pytest.approx(waited_s, rel=0.15)


def test_a_main_thread_that_works_between_batches_is_told_and_not_the_server(
    tmp_path: Path, origin: OriginProcess
) -> None:
    result, computed_s = answered(tmp_path, origin, "works_between_batches", "/delay/20/1k")
    assert result.answer.limit is Limit.CPU
    assert result.answer.sentence.startswith("No request is under way for ")
    assert "`works_between_batches.<locals>.sums_up` (busy_threads.py:" in result.answer.sentence
    assert seconds(result, "work-between-requests") == pytest.approx(computed_s, rel=0.15)


def test_a_main_thread_that_works_while_requests_are_under_way_does_not_work_between_them(
    tmp_path: Path, origin: OriginProcess
) -> None:
    result, _ = answered(tmp_path, origin, "works_beside_batches", "/delay/20/1k")
    assert "No request is under way" not in result.answer.sentence
    assert "work-between-requests" not in {finding.id for finding in result.findings}


def test_a_healthy_program_in_threads_is_told_nothing(tmp_path: Path, origin: OriginProcess) -> None:
    result, _ = answered(tmp_path, origin, "parses_little", "/delay/20/1k")
    assert (result.answer.limit, result.findings) == (Limit.SERVER, ())
