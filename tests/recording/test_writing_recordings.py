"""A file appears under its name only when it is whole."""

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clientprof.model.run import Run
from clientprof.recording.recording_file import read_recording, write_recording
from clientprof.recording.run_file import RecordingError, read_run, write_run
from example_runs import example_facts, example_manifest, example_run


class Unwritable:
    """A column that fails after the file has been begun, as a full disk does."""

    def __len__(self) -> int:
        return 1

    def tobytes(self) -> bytes:
        raise OSError(28, "No space left on device")


def failing_run() -> Run:
    broken: Any = Unwritable()
    return Run(example_facts(), {"round.first": array("q", [0]), "round.kind": broken})


WRITERS: list[Callable[[Path, Run], None]] = [
    write_run,
    lambda path, run: write_recording(path, example_manifest(), [example_run(), run]),
]


@pytest.mark.parametrize("write", WRITERS, ids=["run", "recording"])
def test_nothing_is_left_when_writing_fails(tmp_path: Path, write: Callable[[Path, Run], None]) -> None:
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "file", failing_run())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS, ids=["run", "recording"])
def test_what_was_there_before_stays_when_writing_fails(tmp_path: Path, write: Callable[[Path, Run], None]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with pytest.raises(OSError, match="No space"):
        write(path, failing_run())
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_writing_again_replaces_the_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_recording(path, example_manifest(), [example_run()])
    write_recording(path, example_manifest(), [example_run("other")])
    assert [run.facts.arm for run in read_recording(path).runs] == ["other"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_comes_back_as_it_was_without_its_empty_columns(tmp_path: Path) -> None:
    run = example_run()
    write_run(tmp_path / "run", Run(run.facts, {**run.columns, "gc.started_ns": array("q")}))
    read = read_run(tmp_path / "run")
    assert read == run
    assert read.column("gc.started_ns") == array("q")


def test_a_missing_or_foreign_run_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="run is not a run file"):
        read_run(tmp_path / "run")
    (tmp_path / "run").write_bytes(b"something")
    with pytest.raises(RecordingError, match="run is not a run file"):
        read_run(tmp_path / "run")
