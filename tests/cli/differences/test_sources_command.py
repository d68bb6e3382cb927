"""Sources from the command line: real trees compared, a commit found, nothing written, no path kept; the rest is refused."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import h11
import pytest

from clientprof.cli import main
from clientprof.recording.recording_file import read_recording
from command import results, run
from source_trees import committed, everything_in, project, run_git

RELEASES = ("2.2.0", "2.3.0")
SLOW = "sum(range(60_000))"


def texts_of(recording: Path) -> str:
    """Everything in a recording that is text."""
    with zipfile.ZipFile(recording) as archive:
        return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def plant(tree: Path, line: str) -> None:
    """Put a line at the beginning of h11's ``Connection.next_event``."""
    file = tree / "h11" / "_connection.py"
    head, mark, rest = file.read_text().partition("    def next_event(self)")
    signature, colon, body = rest.partition(":\n")
    file.write_text(f"{head}{mark}{signature}{colon}        {line}\n{body}")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """h11 as it is installed here: first a README, a commit that does not build, one more, the slow one, and a last."""
    tree = project(tmp_path_factory.mktemp("trees") / "h11", "h11", importlib.metadata.version("h11"))
    shutil.copytree(Path(h11.__file__).parent, tree / "h11", dirs_exist_ok=True)
    shutil.rmtree(tree / "h11" / "__pycache__", ignore_errors=True)
    committed(tree, "First")
    (tree / "README").touch()
    committed(tree, "Write a README")
    (tree / "broken").touch()
    committed(tree, "Break the build")
    (tree / "broken").unlink()
    committed(tree, "Mend the build")
    plant(tree, SLOW)
    committed(tree, "Add numbers up <b>")
    (tree / "README").write_text("h11\n")
    committed(tree, "Explain it")
    return tree


@pytest.mark.slow
def test_bisect_finds_the_commit_its_layer_and_its_function(history: Path, index: None, tmp_path: Path) -> None:
    before = everything_in(history)
    search = ("bisect", "--client", "httpx+h11", "--repo", str(history), "--good", "HEAD~5", "--bad", "main")
    ran = run(*search, "-n", "8", "--blocks", "3", "--out", str(tmp_path), wait_s=400)
    assert ran.code == 0, ran
    assert everything_in(history) == before
    slow = run_git(history, "rev-parse", "HEAD~1")
    said = ran.err.splitlines()
    assert any("more expensive from" in line and f"to {slow[:9]} (Add numbers up <b>)." in line for line in said), said
    assert any("Layers that moved" in line and "h11._connection.Connection.next_event (grown)" in line for line in said)
    assert any("(Break the build) was left out: " in line and line.endswith("does not build") for line in said)
    assert any("(Mend the build): the same code as " in line for line in said)
    folder = results(tmp_path)
    (comparison,) = json.loads((folder / "summary.json").read_text())["comparisons"]
    lines = [line for layer in comparison["code"]["layers"] for row in layer["functions"] for line in row["lines"]]
    assert f"+        {SLOW}" in lines
    assert comparison["code"]["changed_functions"] == 1
    recording = folder / "recording.clientprof"
    assert {source.commit for source in read_recording(recording).manifest.sources} >= {slow}
    written = [texts_of(recording), *((folder / name).read_text() for name in ("report.html", "summary.json"))]
    assert str(history.parent) not in "".join(written)
    assert "(Add numbers up <b>)" not in (folder / "report.html").read_text()


@pytest.fixture(scope="module")
def monorepo(index: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """httpx2's repository as its released sdists have it: one commit a release, both packages in one tree."""
    top, sdists = tmp_path_factory.mktemp("httpx2"), tmp_path_factory.mktemp("sdists")
    for version in RELEASES:
        pins = [f"{name}=={version}" for name in ("httpx2", "httpcore2")]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, "--dest", str(sdists), *pins], check=True, capture_output=True)
        shutil.rmtree(top / "src", ignore_errors=True)
        for name in ("httpx2", "httpcore2"):
            with tarfile.open(sdists / f"{name}-{version}.tar.gz") as archive:
                archive.extractall(top / "unpacked", filter="data")
            (top / "src").mkdir(exist_ok=True)
            (top / "unpacked" / f"{name}-{version}").rename(top / "src" / name)
        shutil.rmtree(top / "unpacked")
        committed(top, f"Version {version}")
        run_git(top, "tag", f"v{version}")
    return top


@pytest.mark.slow
def test_two_commits_of_a_monorepo_are_compared_with_both_their_packages_and_their_lines(
    monorepo: Path, tmp_path: Path
) -> None:
    before = everything_in(monorepo)
    arms = [f"httpx2@git:{monorepo}@v{version}" for version in RELEASES]
    ran = run("compare", *arms, "-n", "8", "--quick", "--blocks", "3", "--out", str(tmp_path), wait_s=400)
    assert ran.code == 0, ran
    assert everything_in(monorepo) == before
    summary = json.loads((results(tmp_path) / "summary.json").read_text())
    commits = [run_git(monorepo, "rev-parse", f"v{version}") for version in RELEASES]
    sources = {(row["package"], row["version"], row["commit"], row["branch"]) for row in summary["sources"]}
    assert sources == {
        (package, version, commit, f"tag v{version}")
        for version, commit in zip(RELEASES, commits, strict=True)
        for package in ("httpx2", "httpcore2")
    }
    packages = {client["name"]: client["packages"] for client in summary["clients"]}
    assert packages[f"httpx2@{commits[1][:9]}"]["httpcore2"] == f"{RELEASES[1]}@{commits[1][:9]}"
    (comparison,) = summary["comparisons"]
    assert comparison["code"]["changed_functions"] > 5
    others = {name: version for name, version in packages[f"httpx2@{commits[0][:9]}"].items() if "@" not in version}
    assert others.items() <= packages[f"httpx2@{commits[1][:9]}"].items()


def test_what_cannot_be_searched_or_measured_is_refused_in_one_line(
    history: Path, tmp_path: Path, here: Callable[..., str]
) -> None:
    bisect = ("bisect", "--client", "httpx")
    inside = (*bisect, "--repo", str(history))
    for arguments, said in (
        ((*inside, "--good", "HEAD~5", "--bad", "nowhere"), "has no revision 'nowhere'"),
        ((*inside, "--good", "HEAD", "--bad", "HEAD~1"), "swap them"),
        (("bisect", "--repo", str(history), "--good", "HEAD~1", "--bad", "HEAD"), "say with --client"),
        (("bisect", "--client", "httpx@x", "--good", "1", "--bad", "2"), "no folder or file 'x'"),
        (("bisect", "--client", f"httpx@{history}", "--good", "1", "--bad", "2"), "without a version"),
        ((*bisect, "--repo", str(tmp_path), "--good", "1", "--bad", "2"), "is no git repository"),
        ((*bisect, "--releases", "--good", "1", "--bad", "2"), "go with --repo"),
        (("bisect", "--good", "1", "--bad", "2"), "name the client with --client"),
    ):
        assert said in here(*arguments, "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_commit_that_does_not_build_is_refused_with_the_last_lines_of_its_build(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert main(["trace", "--client", f"httpx+h11@git:{history}@HEAD~3", "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "does not build; its last lines:" in printed.err
    assert printed.err.splitlines()[-1].strip() == "RuntimeError: the tree is broken"
    assert main(["trace", "--client", f"httpx2@{history}", "--out", str(tmp_path / "out")]) == 2
    assert "holds h11, not httpx2" in capsys.readouterr().err
