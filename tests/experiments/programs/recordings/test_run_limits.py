"""A measurement ends where it was told to: after so many requests, to the request; after so much time, to the nanosecond."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.recording import ProgramFacts
from clientprof.origin.process import OriginProcess
from measured import Ended, measured


def _facts(ended: Ended) -> ProgramFacts:
    assert ended.recording is not None
    assert ended.recording.manifest.program is not None
    return ended.recording.manifest.program


@pytest.mark.parametrize("requests", [1, 700, 1_900])
def test_after_so_many_requests_it_ends_with_exactly_those(tmp_path: Path, requests: int) -> None:
    ended = measured(tmp_path, "busy.py", "60", "4000", options=("--requests", str(requests)))
    assert ended.code == 0
    assert int(ended.output) == 4_000, "the program went on"
    assert ended.requests == requests
    assert _facts(ended).ended_by == f"{requests:,} requests had ended"
    assert _facts(ended).ended_by in ended.own


def test_requests_of_all_processes_are_counted_together(origin: OriginProcess, tmp_path: Path) -> None:
    ended = measured(tmp_path, "children.py", f"{origin.ready.base_url}/1k", "spawn", options=("--requests", "7"))
    assert ended.code == 0, ended.errors
    assert ended.requests == 7
    assert len(_facts(ended).processes) > 1


def test_a_program_that_makes_fewer_requests_is_measured_to_its_end(tmp_path: Path) -> None:
    ended = measured(tmp_path, "busy.py", "0.3", options=("--requests", "1000000"))
    assert ended.requests == int(ended.output)
    assert _facts(ended).ended_by == "the program ended"


def test_what_is_skipped_and_what_comes_after_the_time_is_not_measured(tmp_path: Path) -> None:
    options = ("--skip", "1.2", "--for", "0.6", "--detail", "always")
    ended = measured(tmp_path, "busy.py", "2.5", options=options)
    facts = _facts(ended)
    assert facts.ended_ns - facts.started_ns == 600_000_000
    assert ended.recording is not None
    ends = [at for run in ended.recording.runs for at in run.column("exchange.ended_ns") if at]
    assert all(facts.started_ns < at <= facts.ended_ns for at in ends)
    # Those that began before and ended in it are counted; their rows began outside.
    assert 0 <= ended.requests - len(ends) <= 8
    assert ended.requests < int(ended.output)


@pytest.mark.parametrize("how", ["pool", "terminated"])
def test_a_program_that_ends_its_own_workers_is_not_cut_short_and_loses_no_request(
    how: str, tmp_path: Path, origin: OriginProcess
) -> None:
    ended = measured(tmp_path, "children.py", f"{origin.ready.base_url}/1k", how)
    assert ended.code == 0
    assert ended.requests == 2 * 7
    assert ended.recording is not None
    assert ended.recording.manifest.complete
    assert "The run was cut short" not in ended.own
    result = program_result(ended.recording)
    assert result.processes[0].ended == "exit"
    cut = [each for each in result.processes if each.ended == "cut"]
    assert bool(cut) is any(each.id == "process-cut" for each in result.notices)
