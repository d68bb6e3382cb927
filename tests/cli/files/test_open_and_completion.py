"""``clientprof open`` shows the newest report; the scripts for shells complete commands, options, names and files."""

import os
import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from clientprof.cli import COMMANDS, CommandError, main
from clientprof.cli.completion import script, whole_parser
from clientprof.cli.open import report_at


def report(folder: Path, age_s: int) -> Path:
    folder.mkdir(parents=True)
    made = folder / "report.html"
    made.write_text("<p>a report</p>")
    os.utime(made, (2_000_000_000 - age_s, 2_000_000_000 - age_s))
    return made


def test_the_newest_report_is_opened_and_half_written_ones_and_findings_are_not(tmp_path: Path) -> None:
    report(tmp_path / "20270101-old", 60)
    newest = report(tmp_path / "20260101-again", 30)
    report(tmp_path / ".20280101-begun.partial", 10)
    report(tmp_path / "20260101-again" / "findings" / "one", 5)
    assert report_at(tmp_path) == newest
    assert report_at(newest.parent) == newest
    assert report_at(newest) == newest
    recording = newest.with_name("recording.clientprof")
    recording.touch()
    assert report_at(recording) == newest


def test_what_is_no_report_is_refused_with_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such file or folder"):
        report_at(tmp_path / "none")
    with pytest.raises(CommandError, match="make one, for example: clientprof trace"):
        report_at(tmp_path)


def test_the_browser_gets_the_report_and_its_path_is_said_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = report(tmp_path / "a run", 0)
    seen: list[str] = []

    class Browser(webbrowser.BaseBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            seen.append(url)
            return True

    monkeypatch.setattr(webbrowser, "get", lambda using=None: Browser())
    assert main(["open", str(tmp_path)]) == 0
    assert seen == [made.as_uri()]
    assert capsys.readouterr() == (f"{made}\n", "")

    def none(using: str | None = None) -> webbrowser.BaseBrowser:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert main(["open", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{made}\n"
    assert "no browser was found" in err


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_script_knows_every_command_and_every_option(shell: str) -> None:
    text = script(shell)
    for name in COMMANDS:
        assert f"_{name}" in text
    (commands,) = [action.choices for action in whole_parser()._actions if action.choices]
    assert set(commands) == set(COMMANDS)
    for parser in commands.values():  # type: ignore[union-attr]
        for action in parser._actions:
            assert all(option in text for option in action.option_strings)


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (("sel",), "selfcheck"),
        (("trace", "--scen"), "--scenario"),
        (("trace", "--client", "aio"), "aiohttp"),
        (("compare", "aio"), "aiohttp"),
        (("export", "--format", "speed"), "speedscope"),
        (("scenario", "gat"), "gather"),
        (("report", "./a-rec"), "./a-recording.clientprof"),
        (("trace", "--out", "./some"), "./some-folder"),
    ],
)
def test_bash_completes_what_is_begun(words: tuple[str, ...], completed: str, tmp_path: Path) -> None:
    (tmp_path / "a-recording.clientprof").touch()
    (tmp_path / "some-folder").mkdir()
    (tmp_path / "script").write_text(script("bash"))
    asks = 'source ./script; COMP_WORDS=(clientprof "$@"); COMP_CWORD=$#; _shtab_clientprof; echo "${COMPREPLY[@]}"'
    ran = subprocess.run(["bash", "-c", asks, "bash", *words], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert ran.stdout.split() == [completed]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_reads_the_script(tmp_path: Path) -> None:
    (tmp_path / "_clientprof").write_text(script("zsh"))
    subprocess.run(["zsh", "-n", str(tmp_path / "_clientprof")], check=True)


def test_without_the_package_that_writes_scripts_its_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    with pytest.raises(CommandError, match="pip install shtab"):
        script("bash")


def test_the_module_is_the_command() -> None:
    ran = subprocess.run([sys.executable, "-m", "clientprof", "trac"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("clientprof: no command 'trac'; did you mean trace")
