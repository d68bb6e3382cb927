"""``clientprof finding``: a folder from a real trace that GitHub takes, whose script ran, with nothing private in it."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from clientprof.recording.recording_file import read_recording
from clientprof.report.findings.check import problems
from clientprof.report.findings.scrub import Private, Scrubber
from command import QUICK, Ran, Traced, refusal, results, run

SECRET = "Planted-Value-4711"


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """httpx in an environment of its own, where no other package brings sniffio."""
    out = tmp_path_factory.mktemp("traced")
    ran = run("trace", "--client", "httpx==0.28.1", *QUICK, "--seed", "3", "--out", str(out))
    assert ran.code == 0, ran
    folder = results(out)
    return Traced(folder, ran.out, ran.err, json.loads((folder / "summary.json").read_text()))


@pytest.fixture(scope="module")
def written(traced: Traced, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    """The folder of a finding beside its recording, with a secret in the environment and in the recording's path."""
    recording = Path(shutil.copy(traced.folder / "recording.clientprof", tmp_path_factory.mktemp("run")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEPLOY_TOKEN", SECRET)
        ran = run("finding", str(recording), "--finding", "sniffio-missing", "--issue", "encode/httpcore#1103")
    assert ran.code == 0, ran
    (folder,) = (recording.parent / "findings").iterdir()
    return ran, folder


def test_the_folder_passes_the_check_and_the_check_can_fail(
    written: tuple[Ran, Path], traced: Traced, tmp_path: Path
) -> None:
    _, folder = written
    versions = traced.summary["clients"][0]["packages"]
    known = Scrubber((Private("value of the environment", SECRET), Private("path", str(folder.parent.parent))))
    assert problems(folder, versions, known) == ()
    assert problems(folder, versions, Scrubber((Private("word", "sniffio"),)))
    # Which lines are linked depends on what was sampled, so the link to a tag that was not measured is added here.
    copied = Path(shutil.copytree(folder, tmp_path / "copied"))
    with (copied / "finding.md").open("a") as text:
        text.write("\nhttps://github.com/encode/httpcore/blob/0.0/httpcore/_synchronization.py#L14\n")
    assert [problem for problem in problems(copied, versions, known) if "0.0 is not the tag" in problem]


def test_the_script_was_run_and_is_quoted(written: tuple[Ran, Path]) -> None:
    ran, folder = written
    text = (folder / "finding.md").read_text()
    assert len((folder / "repro.py").read_text().splitlines()) <= 60
    (line,) = re.findall(r"with a stand-in: +0\.0 failed imports", text)
    assert line in ran.out
    assert ("confirms it" in text) is ("repro.py: confirmed" in ran.out)


def test_all_files_are_there_and_nothing_is_sent(written: tuple[Ran, Path]) -> None:
    ran, folder = written
    names = {"finding.md", "repro.py", "chart.svg", "chart.png", "report.html", "recording.zip", "speedscope.json"}
    assert {path.name for path in folder.iterdir()} == names
    assert "gh issue comment 1103 --repo encode/httpcore" in ran.out
    assert "Nothing was sent" in ran.out
    assert "taken out: " in ran.out
    assert (folder / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_the_recording_in_it_holds_no_path_and_renders_again(written: tuple[Ran, Path]) -> None:
    _, folder = written
    assert read_recording(folder / "recording.zip").runs
    with zipfile.ZipFile(folder / "recording.zip") as archive:
        assert b"/tmp/" not in archive.read("manifest.json")


def test_what_cannot_be_meant_is_refused(traced: Traced, tmp_path: Path) -> None:
    file = str(traced.folder / "recording.clientprof")
    assert "has no 'sniffio'; did you mean sniffio-missing" in refusal("finding", file, "--finding", "sniffio")
    assert "must look like" in refusal("finding", file, "--issue", "httpx")
    assert "no such file" in refusal("finding", str(tmp_path / "none"), code=1)


def test_findings_are_listed(traced: Traced) -> None:
    ran = run("finding", str(traced.folder / "recording.clientprof"), "--list")
    listed = [line.split() for line in ran.out.splitlines() if line.startswith("  ") and line[2] != " "]
    assert listed[0][:3] == ["finding", "CPU", "µs"]
    assert {words[0] for words in listed[1:-1]} == {row["id"] for row in traced.summary["findings"]}
    costs = [float(words[1].replace(",", "")) if words[1][0].isdigit() else 0.0 for words in listed[1:-1]]
    assert costs == sorted(costs, reverse=True)
    assert listed[-1][:4] == ["Costs", "are", "per", "request."]
