"""A cost that grows with a program's age is found with its function and its slope; other work later on is not age."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.findings import Finding
from clientprof.model.programs.results import ProgramResult
from clientprof.origin.process import OriginProcess
from measured import measured
from unsteady import hold


def answered(folder: Path, origin: OriginProcess, fault: str, requests: int) -> ProgramResult:
    ended = measured(folder, "ages.py", fault, f"{origin.ready.base_url}/1k", str(requests))
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    return program_result(ended.recording)


def only(found: list[Finding], result: ProgramResult) -> Finding:
    """The one finding; where the machine is steady enough for growth to be certain, there must be one."""
    hold(len(found) == 1, f"{len(found)} findings, slopes {[(each.name, each.slope) for each in result.uptime]}")
    return found[0]


def growing(result: ProgramResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.id == "cost-grows-with-uptime"]


# A cost that grows with the square of the requests made makes time grow with their cube: at the end its slope over the time
# is two thirds, above which only the time before the first request lifts it.
LEAST, MOST = 0.3, 1.5


def slope(result: ProgramResult, name: str) -> float:
    (series,) = [series for series in result.uptime if series.name == name]
    assert series.slope is not None
    return series.slope.value


def test_a_list_that_is_searched_at_each_request_is_named_with_its_slope(tmp_path: Path, origin: OriginProcess) -> None:
    result = answered(tmp_path, origin, "scans_a_list", 2000)
    finding = only(growing(result), result)
    assert finding.culprits[0].function.endswith("remembers")
    assert LEAST < slope(result, "CPU per request") < MOST


def test_handshakes_that_take_longer_each_time_are_named_with_their_slope(
    tmp_path: Path, tls_origin: OriginProcess
) -> None:
    result = answered(tmp_path, tls_origin, "hands_shake_slower_each_time", 300)
    finding = only(growing(result), result)
    assert finding.culprits[0].function.endswith("reads_the_store")
    assert LEAST < slope(result, finding.title.partition(" grows")[0]) < MOST


@pytest.mark.slow
@pytest.mark.parametrize(("healthy", "requests"), [("stays_as_it_is", 4000), ("has_other_work_later", 2000)])
def test_what_does_not_grow_with_age_raises_no_finding(
    tmp_path: Path, origin: OriginProcess, healthy: str, requests: int
) -> None:
    assert growing(answered(tmp_path, origin, healthy, requests)) == []
