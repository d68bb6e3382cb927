"""No log gets an escape code or a line beyond 80 columns: pipes, NO_COLOR, dumb terminals, CI; every kind of result."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from clientprof.cli.console.consoles import error_console, output_console, redraws
from clientprof.cli.selfcheck import _print
from clientprof.proof.checks.result import CheckResult, inconclusive, within
from clientprof.report.terminal import print_comparison, print_explanation, print_growth, print_result
from clientprof.report.terminal.matrix import print_matrix
from clientprof.report.terminal.programs.program import print_program
from clientprof.report.terminal.programs.program_changes import print_program_changes
from clientprof.report.terminal.routes import print_service
from clientprof.report.terminal.story import print_story
from sample_comparison import sample_comparison_result, sample_growth
from sample_explanation import sample_explanation
from sample_matrix import sample_matrix
from sample_program import sample_program
from sample_program_changes import sample_changes
from sample_result import sample_result
from sample_routes import sample_service

CHECKS: list[CheckResult] = [
    within("httpx: a slow-down of the pool, seen in the pool and nowhere else", 1.0, 1.0312, 0.05, "us per us", 0.011),
    within("samples with a call that does not exist", 0, 12_345_678, 0.5, "samples"),
    inconclusive("server waits", 0.05, "of the truth", "12 requests failed while " + "the machine was busy " * 9),
]
SHOWN: dict[str, Callable[[], object]] = {
    "trace": lambda: print_result(sample_result(), output_console()),
    "compare": lambda: print_comparison(sample_comparison_result(), output_console()),
    "sweep": lambda: print_growth(sample_growth(), output_console()),
    "matrix": lambda: print_matrix(sample_matrix(), output_console()),
    "explain": lambda: print_explanation(sample_explanation(), output_console()),
    "scenario": lambda: print_story(sample_result(), output_console()),
    "program": lambda: print_program(sample_program(), output_console()),
    "program changes": lambda: print_program_changes(sample_changes(), output_console()),
    "service": lambda: print_service(sample_service(), output_console()),
    "selfcheck": lambda: _print(CHECKS, "fail", 12.0),
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("kind", SHOWN)
@pytest.mark.parametrize(
    "settings",
    [{}, {"CI": "true", "GITHUB_ACTIONS": "true"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"TERM": "dumb"}],
    ids=lambda settings: " ".join(settings) or "piped",
)
def test_a_log_gets_plain_lines_of_80_columns(
    kind: str, settings: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    SHOWN[kind]()
    out = capsys.readouterr().out
    assert out.count("\n") > 3
    assert "\x1b" not in out
    # The paths of files stay whole, so that they can be copied.
    lines = [line.rstrip() for line in out.splitlines() if "reports/" not in line]
    assert [line for line in lines if len(line) > 80] == []


def test_selfcheck_cuts_no_figure_and_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    SHOWN["selfcheck"]()
    out = capsys.readouterr().out
    assert "…" not in out
    for text in (
        "1.031",
        "0.011",
        "1.235e+07",
        "inconclusive",
        "nowhere else",
        "1 pass, 1 fail, 1 inconclusive, in 12 s",
    ):
        assert text in " ".join(out.split()), text


def test_forced_colour_colours_but_never_redraws(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert not redraws(error_console())
    SHOWN["trace"]()
    assert "\x1b[" in capsys.readouterr().out


def test_columns_chooses_the_width_of_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    SHOWN["trace"]()
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if "reports/" not in line]
    assert max(map(len, lines)) <= 60
    for wrong in ("many", "0", "-3"):
        monkeypatch.setenv("COLUMNS", wrong)
        assert output_console().width == 80


@pytest.mark.parametrize(
    ("settings", "plain"),
    [({"TERM": "xterm-256color"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, True), ({"TERM": "dumb"}, True)],
    ids=["terminal", "NO_COLOR", "dumb"],
)
def test_a_terminal_gets_escape_codes_unless_it_asked_for_none(settings: dict[str, str], plain: bool) -> None:
    shown = _on_a_terminal([str(Path(sys.executable).with_name("clientprof")), "doctor"], settings)
    assert b"interpreter" in shown
    assert (b"\x1b" not in shown) is plain


def _on_a_terminal(command: list[str], settings: dict[str, str]) -> bytes:
    """What the command writes to a terminal of its own."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    streams: dict[str, Any] = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process = subprocess.Popen(command, env={**kept, **settings}, **streams)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux reports the other end's closing so
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    return shown
