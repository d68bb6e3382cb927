"""The gallery's command: folders from recordings, scrubbed and of limited size, with an index of summaries' figures."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clientprof.report.writing.figures import decimal, ratio_places
from command import Traced

_GALLERY = Path(__file__).parents[3] / "benchmarks" / "gallery" / "make_gallery.py"
_ENTRY = "httpx-vs-aiohttp"


def _gallery(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, str(_GALLERY), *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def made(traced: Traced, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One entry from a recording whose folder has the entry's name, and of another only a name."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("gallery")
    (source / "versions-of-httpx").symlink_to(traced.folder, target_is_directory=True)
    ran = _gallery("--only", "versions-of-httpx,fastapi-service", "--from", str(source), "--out", str(out))
    assert ran.returncode == 1, ran
    assert "fastapi-service: no recording of `clientprof scenario fastapi`" in ran.stderr
    return out


def test_an_entry_is_rendered_and_holds_no_path_of_this_machine(made: Path, traced: Traced) -> None:
    folder = made / "versions-of-httpx"
    assert {"report.html", "summary.json", "recording.clientprof"} <= {path.name for path in folder.iterdir()}
    for name in ("report.html", "summary.json"):
        text = (folder / name).read_text(encoding="utf-8")
        assert str(Path.home()) + "/" not in text
        assert str(traced.folder.parent) not in text
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["created"] == traced.summary["created"]


def test_the_index_tells_the_summarys_figures_and_links_what_is_there(made: Path) -> None:
    text, page = ((made / name).read_text(encoding="utf-8") for name in ("README.md", "index.html"))
    folder = made / "versions-of-httpx"
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    for path in folder.iterdir():
        assert f"(versions-of-httpx/{path.name})" in text
        assert f'href="versions-of-httpx/{path.name}"' in page
    for shown in (text, page):
        assert summary["created"][:10] in shown
        assert summary["environment"]["interpreter"]["python"] in shown
        assert "fastapi" not in shown


def test_a_recording_is_found_by_its_command(traced: Traced, tmp_path: Path) -> None:
    """Its command asks for eight requests, the entry for 512."""
    ran = _gallery("--only", _ENTRY, "--from", str(traced.folder), "--out", str(tmp_path))
    assert ran.returncode == 1
    assert f"{_ENTRY}: no recording of `clientprof trace --client httpx -n 512`" in ran.stderr
    folder = Path(shutil.copytree(traced.folder, tmp_path / "runs" / traced.folder.name))
    asked = traced.summary | {"command": ["clientprof", "trace", "--client", "httpx", "-n", "512", "--out", "x"]}
    (folder / "summary.json").write_text(json.dumps(asked), encoding="utf-8")
    ran = _gallery("--only", _ENTRY, "--from", str(folder.parent), "--out", str(tmp_path))
    assert ran.returncode == 0, ran
    ratio = json.loads((tmp_path / _ENTRY / "summary.json").read_text())["comparisons"][0]["ratio"]["value"]
    assert f"spends {decimal(ratio, ratio_places(ratio))}x" in (tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", [["--quick"], ["--only", "httpx"]])
def test_quick_figures_and_unknown_entries_are_refused(wrong: list[str]) -> None:
    assert _gallery(*wrong).returncode == 2
