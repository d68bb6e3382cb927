"""A recording is read whole, or says in one line what is wrong; what is whole in a damaged one is kept."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from clientprof.model.recording import Recording
from clientprof.recording.recording_file import read_recording, write_recording
from clientprof.recording.run_file import RecordingError
from example_runs import example_manifest, example_run


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A recording of three runs."""
    path = tmp_path / "recording.clientprof"
    write_recording(path, example_manifest(), [example_run(), example_run("aiohttp"), example_run("aiohttp again")])
    return path


def rewrite(path: Path, change: dict[str, bytes | None]) -> None:
    """Replace entries of the zip file; None leaves one out."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()} | change
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            if content is not None:
                archive.writestr(name, content)


def complaint(path: Path) -> str:
    """The error's text, which must be one line that names the file as it was given."""
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return text


def test_manifest_and_runs_come_back_as_they_were(recording: Path) -> None:
    runs = (example_run(), example_run("aiohttp"), example_run("aiohttp again"))
    assert read_recording(recording) == Recording(example_manifest(), runs)


def test_numpy_opens_every_column_in_the_zip(recording: Path) -> None:
    with zipfile.ZipFile(recording) as archive:
        columns = [name for name in archive.namelist() if name.endswith(".npy")]
        assert len(columns) == 6
        for name in columns:
            with archive.open(name) as file:
                assert np.load(file).dtype == np.int64


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert "no such file" in complaint(tmp_path / "nothing.clientprof")


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    assert "is a folder" in complaint(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but no zip", b"\0" * 5000, b'{"schema": 1}'])
def test_empty_and_foreign_files_are_no_recordings(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.clientprof"
    path.write_bytes(content)
    assert "not a clientprof recording" in complaint(path)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_recording_says_so_wherever_it_was_cut(recording: Path, part: float) -> None:
    whole = recording.read_bytes()
    recording.write_bytes(whole[: int(len(whole) * part)])
    assert "cut short" in complaint(recording)


def test_another_zip_file_is_told_apart_by_its_missing_manifest(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "has no manifest.json" in complaint(path)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (b'{"schema": "clientprof.recording/99"}', "has schema 'clientprof.recording/99'"),
        (b"[1, 2]", "has schema None"),
        (b'{"schema": "clientprof.recording/1"}', "Manifest.created is missing"),
        (b"not json", "damaged manifest"),
        (b"\xff\xfe", "damaged manifest"),
    ],
)
def test_another_schema_and_a_damaged_manifest_are_named(recording: Path, manifest: bytes, said: str) -> None:
    rewrite(recording, {"manifest.json": manifest})
    assert said in complaint(recording)


@pytest.mark.parametrize(
    "damage",
    [
        {"runs/001-aiohttp-count/facts.json": None},
        {"runs/001-aiohttp-count/facts.json": b"{}"},
        {"runs/001-aiohttp-count/facts.json": b"\xff"},
        {"runs/001-aiohttp-count/round.kind.npy": b"cut"},
    ],
    ids=["no facts", "empty facts", "facts of other bytes", "a cut column"],
)
def test_a_damaged_run_is_named_in_the_notices_and_the_rest_is_kept(
    recording: Path, damage: dict[str, bytes | None]
) -> None:
    rewrite(recording, damage)
    read = read_recording(recording)
    assert [run.facts.arm for run in read.runs] == ["httpx", "aiohttp again"]
    assert not read.manifest.complete
    kept, added = read.manifest.notices
    assert kept == example_manifest().notices[0]
    assert added[0] == "damaged-run"
    assert "runs/001-aiohttp-count" in added[1]


def test_bytes_flipped_inside_a_run_are_found_by_the_checksum(recording: Path) -> None:
    with zipfile.ZipFile(recording) as archive:
        offset = archive.getinfo("runs/000-httpx-count/facts.json").header_offset
    content = bytearray(recording.read_bytes())
    for position in range(offset + 100, offset + 140):
        content[position] ^= 0xFF
    recording.write_bytes(content)
    read = read_recording(recording)
    assert [run.facts.arm for run in read.runs] == ["aiohttp", "aiohttp again"]


def test_a_recording_without_a_readable_run_is_an_error_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "recording.clientprof"
    write_recording(path, example_manifest(), [example_run()])
    rewrite(path, {"runs/000-httpx-count/facts.json": b"{}"})
    assert "no readable run: run runs/000-httpx-count is damaged" in complaint(path)
