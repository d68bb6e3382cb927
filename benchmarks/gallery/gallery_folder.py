"""One folder of the gallery: measured or taken from a recording, scrubbed, rendered, held to its size."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clientprof.cli.files.explain_files import MARKDOWN
from clientprof.cli.files.finding_folder import scrubbed
from clientprof.cli.files.outcome import RECORDING, REPORT, SUMMARY
from clientprof.recording.recording_file import read_recording, write_recording
from clientprof.report.findings.scrub import Scrubber
from gallery_entries import Entry

FINDING = "finding.md"
REPRO = "repro.py"
CHART = "chart.svg"
# Of one file, in bytes. A recording over its limit is left out; anything else over its limit is refused.
LIMITS = {
    REPORT: 600_000,
    SUMMARY: 600_000,
    MARKDOWN: 60_000,
    FINDING: 60_000,
    REPRO: 10_000,
    CHART: 60_000,
    RECORDING: 300_000,
}
# Options that change how long is measured or where it goes, not what.
_ASIDE = ("--out", "--seed", "--max-time", "--resume")
_ALONE = ("--quiet", "--json")


class GalleryError(Exception):
    """An entry that could not be made, with the reason."""


def make(entry: Entry, into: Path, source: Path | None, *, quick: bool) -> None:
    """Write the entry's folder below ``into``; the one that was there stays until the new one is whole.

    ``source`` holds recordings of earlier runs: the newest of this entry's command is rendered, and nothing measured.

    Raises:
        GalleryError: the command failed, no recording fits, or a file is too large or names something private.
    """
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        found = _measured(entry, work / "run", quick=quick) if source is None else recording_of(entry, source)
        fresh = work / entry.name
        fresh.mkdir()
        _fill(entry, found, work, fresh)
        target = into / entry.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(fresh, target)


def recording_of(entry: Entry, source: Path) -> Path:
    """The recording of the entry below the folder: in one of the entry's name, else the newest of the same command.

    Raises:
        GalleryError: there is none.
    """
    named = sorted(source.glob(f"{entry.name}/**/{RECORDING}"))
    if named:
        return named[-1]
    fitting = []
    for path in source.glob(f"**/{RECORDING}"):
        summary = path.with_name(SUMMARY)
        if summary.is_file():
            content = _summary(summary)
            if gist(content["command"][1:]) == gist(entry.command):
                fitting.append((content["created"], path))
    if not fitting:
        raise GalleryError(f"no recording of `clientprof {' '.join(entry.command)}` in {source}")
    return max(fitting)[1]


def gist(command: Sequence[str]) -> list[str]:
    """The command without what does not change what is measured."""
    kept, skip = [], False
    for word in command:
        if skip:
            skip = False
        elif word in _ASIDE:
            skip = True
        elif word not in _ALONE and not word.startswith(tuple(f"{option}=" for option in _ASIDE)):
            kept.append(word)
    return kept


def _measured(entry: Entry, out: Path, *, quick: bool) -> Path:
    _run(*(entry.quick if quick else entry.command), "--out", str(out))
    return _only(out) / RECORDING


def _fill(entry: Entry, found: Path, work: Path, fresh: Path) -> None:
    """Render the scrubbed recording, so that page and summary are of this version and hold nothing private."""
    recording, scrubber = scrubbed(read_recording(found))
    clean = work / RECORDING
    write_recording(clean, recording.manifest, recording.runs)
    _run("report", str(clean), "--out", str(work / "page"), "--quiet")
    page = _only(work / "page")
    for name in (REPORT, SUMMARY, MARKDOWN):
        if (page / name).exists():
            shutil.copy(page / name, fresh / name)
    if clean.stat().st_size <= LIMITS[RECORDING]:
        shutil.copy(clean, fresh / RECORDING)
    if entry.finding is not None:
        _add_finding(entry.finding, clean, work / "finding", fresh)
    _check(fresh, scrubber)


def _add_finding(wanted: str, clean: Path, out: Path, fresh: Path) -> None:
    listed = json.loads(_run("finding", str(clean), "--list", "--json"))
    if wanted not in ("", *(row["id"] for row in listed)) or not listed:
        print(f"  no finding {wanted or 'at all'} in this recording", file=sys.stderr)
        return
    _run("finding", str(clean), *(("--finding", wanted) if wanted else ()), "--out", str(out))
    for name in (FINDING, REPRO, CHART):
        if (_only(out) / name).exists():
            shutil.copy(_only(out) / name, fresh / name)


def _check(folder: Path, scrubber: Scrubber) -> None:
    for path in sorted(folder.iterdir()):
        size = path.stat().st_size
        if size > LIMITS[path.name]:
            raise GalleryError(f"{path.name} has {size:,} bytes, {LIMITS[path.name]:,} are allowed")
        if path.name == RECORDING:
            continue
        text = path.read_text(encoding="utf-8")
        left = Scrubber(scrubber.private)
        left.known(text)
        if left.removed:
            raise GalleryError(f"{path.name} holds a {', '.join(left.removed)}")


def _run(*arguments: str) -> str:
    """The command's standard output; its progress goes to ours.

    Raises:
        GalleryError: it ended with another code than 0.
    """
    ran = subprocess.run(
        [sys.executable, "-m", "clientprof", *arguments], stdout=subprocess.PIPE, text=True, check=False
    )
    if ran.returncode != 0:
        raise GalleryError(f"`clientprof {' '.join(arguments)}` ended with code {ran.returncode}")
    return ran.stdout


def _only(folder: Path) -> Path:
    try:
        (found,) = folder.iterdir()
    except (OSError, ValueError) as error:
        raise GalleryError(f"not one folder of results in {folder.name}") from error
    return found


def _summary(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
