"""Columns of a large run stay in a file: the same numbers, whole or some rows of them, and the same complaints."""

import io
import sys
import tempfile
import zipfile
from array import array
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.model.run import PartlyRead, Run
from clientprof.recording import npy, run_file
from clientprof.recording.recording_file import read_recording, save_recording, write_recording
from clientprof.recording.run_file import RecordingError
from clientprof.recording.stored_columns import StoredColumns
from example_runs import example_facts, example_manifest, example_run

integers = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50)


def stored(**columns: bytes) -> StoredColumns:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in columns.items():
            archive.writestr(f"runs/0/{name}.npy", data)
    with zipfile.ZipFile(file) as archive:
        return StoredColumns(archive, "runs/0/", list(columns))


@given(integers, integers, st.integers(-5, 60), st.integers(-5, 60))
def test_any_rows_are_those_of_the_column_in_memory(one: list[int], other: list[int], first: int, last: int) -> None:
    columns = stored(one=npy.pack(array("q", one)), other=npy.pack(array("q", other)))
    on_disk, in_memory = Run(example_facts(), columns), Run(example_facts(), {"other": array("q", other)})
    assert dict(columns) == {"one": array("q", one), "other": array("q", other)}
    assert on_disk.rows("other", max(first, 0), max(last, 0)) == in_memory.rows("other", max(first, 0), max(last, 0))
    assert on_disk.length("other") == in_memory.length("other") == len(other)
    assert on_disk.length("missing") == 0
    assert on_disk.rows("missing", 0, 9) == array("q")


def test_the_other_byte_order_is_turned_round() -> None:
    file = io.BytesIO()
    np.save(file, np.array([1, -2, 2**40], dtype=">i8" if sys.byteorder == "little" else "<i8"))
    assert stored(one=file.getvalue())["one"].tolist() == [1, -2, 2**40]


@given(integers, st.data())
def test_every_truncation_is_an_error(values: list[int], data: st.DataObject) -> None:
    whole = npy.pack(array("q", values))
    with pytest.raises(ValueError, match=r"NPY|column of"):
        stored(one=whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_a_large_run_is_read_from_a_file_and_a_small_one_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recording.clientprof"
    write_recording(path, example_manifest(), [example_run()])
    (small,) = read_recording(path).runs
    monkeypatch.setattr(run_file, "LARGE_BYTES", 0)
    (large,) = read_recording(path).runs
    assert isinstance(large.columns, PartlyRead)
    assert not isinstance(small.columns, PartlyRead)
    assert dict(large.columns) == dict(small.columns)


def test_a_damaged_column_of_a_large_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_file, "LARGE_BYTES", 0)
    path = tmp_path / "recording.clientprof"
    noise = array("q", np.random.default_rng(1).integers(0, 2**62, 500).tolist())
    write_recording(path, example_manifest(), [Run(example_facts(), {"round.kind": noise})])
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(RecordingError, match="damaged"):
        read_recording(path)


def test_without_room_for_a_file_the_columns_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> object:
        raise OSError(28, "No space left on device")

    path = tmp_path / "recording.clientprof"
    write_recording(path, example_manifest(), [example_run()])
    monkeypatch.setattr(run_file, "LARGE_BYTES", 0)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    (run,) = read_recording(path).runs
    assert dict(run.columns) == dict(example_run().columns)


def test_what_is_rendered_again_keeps_its_recording_byte_by_byte(tmp_path: Path) -> None:
    path, again = tmp_path / "recording.clientprof", tmp_path / "again.clientprof"
    write_recording(path, example_manifest(), [example_run()])
    save_recording(again, read_recording(path))
    assert again.read_bytes() == path.read_bytes()


def test_a_recording_whose_file_is_gone_is_written_anew(tmp_path: Path) -> None:
    path, again = tmp_path / "recording.clientprof", tmp_path / "again.clientprof"
    write_recording(path, example_manifest(), [example_run()])
    recording = read_recording(path)
    path.unlink()
    save_recording(again, recording)
    assert read_recording(again) == recording
