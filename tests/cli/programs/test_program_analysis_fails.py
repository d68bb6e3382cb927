"""A fault of the analysis costs the program nothing: what was measured is kept, and what went wrong is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from clientprof.cli.files import program_files
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import Process, ProgramFacts
from clientprof.model.recording import Recording, RecordingKind
from clientprof.recording.recording_file import read_recording
from recordings import recording_of, run_of


def _recording() -> Recording:
    process = Process(None, "first", "app.py", "3.11.7", 0, 1_000_000_000, "exit")
    facts = ProgramFacts(("app.py",), 0, 0, 1_000_000_000, "the program ended", (process,))
    lane = LaneFacts(0, LaneKind.THREADS, "MainThread", main=False, sampled=False)
    found = recording_of(run_of(lens="program", program=lane))
    return replace(found, manifest=replace(found.manifest, kind=RecordingKind.PROGRAM, program=facts))


def test_the_recording_is_kept_and_the_fault_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_recording: Recording, _folder: Path) -> None:
        raise AssertionError("a state of an exchange is negative")

    monkeypatch.setattr(program_files, "write_views", broken)
    folder, result = program_files.write_measured(_recording(), tmp_path)
    assert result is None
    assert [path.name for path in folder.iterdir()] == ["recording.clientprof"]
    assert read_recording(folder / "recording.clientprof").manifest.program is not None
    assert "the analysis failed (AssertionError: a state of an exchange is negative)" in capsys.readouterr().err


def test_without_a_fault_all_three_files_are_there(tmp_path: Path) -> None:
    folder, result = program_files.write_measured(_recording(), tmp_path)
    assert result is not None
    assert {path.name for path in folder.iterdir()} == {"recording.clientprof", "report.html", "summary.json"}
