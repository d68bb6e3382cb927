"""``compare --memory``: bytes of each arm, after the blocks, on page, terminal and in the summary."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from clientprof.attribution.comparison_result import comparison_result
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import CompareOutcome, run_compare
from clientprof.experiments.environments.subjects import Subject
from clientprof.report.pages.comparison_page import render_comparison
from clientprof.report.terminal.comparison import print_comparison
from clientprof.workload.load.scenario import Scenario

SUBJECTS = (Subject("aiohttp", "aiohttp"), Subject("aiohttp (2)", "aiohttp"))
PLAN = ComparePlan(SUBJECTS, "aiohttp", Scenario(concurrency=4), blocks=1, quick=True, lenses=False)


@pytest.fixture(scope="module")
def compared() -> CompareOutcome:
    return run_compare(replace(PLAN, memory=True), lambda _: None)


def test_each_arm_is_counted_once_after_the_blocks(compared: CompareOutcome) -> None:
    assert compared.recording is not None
    lenses = [run.facts.lens for run in compared.recording.runs]
    assert lenses[-2:] == ["memory", "memory"]
    assert lenses.count("memory") == 2
    assert lenses.count("control") == 3


def test_page_and_terminal_hold_the_bytes_of_each_and_their_ratio(compared: CompareOutcome) -> None:
    assert compared.recording is not None
    result = comparison_result(compared.recording)
    bytes_each = [client.memory.per_request for client in result.measured.clients if client.memory is not None]
    assert len(bytes_each) == 2
    # The same client holds the same.
    assert bytes_each[0] == pytest.approx(bytes_each[1], rel=0.05)
    screen = io.StringIO()
    print_comparison(result, Console(file=screen, width=200))
    for shown in (screen.getvalue(), render_comparison(result)):
        assert "4 requests in flight cost" in shown
        assert "x the bytes of aiohttp" in shown
