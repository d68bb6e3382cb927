"""``clientprof selfcheck``: exit codes say what was found, and the table and the JSON show the figures."""

import json

import pytest

from clientprof.cli import main
from clientprof.origin.errors import OriginError
from clientprof.proof import checks
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, within

GOOD = within("a known wait", 20.0, 20.1, 1.0, "ms")
NOISY = within("a slope", 1.0, 1.02, 0.05, "us/us", 0.2)
BAD = within("a share", 50.0, 70.0, 3.0, "points")


@pytest.mark.parametrize(
    ("results", "code"), [([GOOD], 0), ([GOOD, NOISY], 3), ([NOISY, BAD, GOOD], 1)], ids=["pass", "noise", "fail"]
)
def test_the_exit_code_is_the_worst_verdict(
    results: list[CheckResult], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(checks.CHECKS, "sampler", lambda budget: tuple(results))
    assert main(["selfcheck", "--only", "sampler"]) == code
    shown = capsys.readouterr().out
    for result in results:
        assert result.name in shown
        assert result.verdict in shown


def test_json_holds_every_figure_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(checks.CHECKS, "sampler", lambda budget: (NOISY, BAD))
    assert main(["selfcheck", "--only", "sampler", "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == "clientprof.selfcheck/1"
    assert [(row["reported"], row["verdict"]) for row in content["results"]] == [(1.02, "inconclusive"), (70, "fail")]


def test_what_cannot_be_measured_is_inconclusive_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(budget: Budget) -> tuple[CheckResult, ...]:
        raise OriginError("the origin ended")

    monkeypatch.setitem(checks.CHECKS, "loop-held", broken)
    assert main(["selfcheck", "--only", "loop-held", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["results"][0]["reported"] is None


def test_an_analysis_that_contradicts_itself_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def contradicting(budget: Budget) -> tuple[CheckResult, ...]:
        raise AssertionError("phases 3 != wall 4")

    monkeypatch.setitem(checks.CHECKS, "loop-held", contradicting)
    assert main(["selfcheck", "--only", "loop-held"]) == 1


def test_a_misspelt_check_is_told_with_the_right_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selfcheck", "--only", "sampler,loop-hold"]) == 2
    assert "loop-held" in capsys.readouterr().err


def test_the_lists_name_checks_that_exist() -> None:
    assert {*checks.SELFCHECK, *checks.QUICK} <= checks.CHECKS.keys()
