"""How measuring ended is said in the same words by every command, with the exit code of shells."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from clientprof.cli.console.ended import exit_code, kept_in, nothing_measured


@dataclass(frozen=True)
class Outcome:
    interrupted: bool = False
    failure: str | None = None


def test_without_a_result_the_user_the_error_or_the_commands_own_reason_is_named() -> None:
    stopped = nothing_measured(Outcome(interrupted=True, failure="the origin died"), "a block was whole")
    assert (str(stopped), stopped.code) == ("interrupted before a block was whole", 130)
    failed = nothing_measured(Outcome(failure="the origin died"), otherwise="no time was left")
    assert (str(failed), failed.code) == ("the origin died", 1)
    assert str(nothing_measured(Outcome(), otherwise="no time was left")) == "no time was left"
    assert str(nothing_measured(Outcome())) == "nothing was measured"


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        (Outcome(), 0, ""),
        (Outcome(failure="the origin died"), 1, "clientprof: the origin died\n"),
        (
            Outcome(interrupted=True, failure="the origin died"),
            130,
            "clientprof: interrupted; what was measured until then is kept and marked incomplete\n",
        ),
    ],
)
def test_with_a_result_what_cut_it_short_is_said_on_standard_error(
    outcome: Outcome, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(outcome) == code
    assert capsys.readouterr() == ("", said)


def test_a_result_that_can_be_gone_on_with_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(Outcome(interrupted=True), kept_in(Path("reports/x"))) == 130
    assert capsys.readouterr().err.endswith("kept; go on with --resume reports/x\n")
