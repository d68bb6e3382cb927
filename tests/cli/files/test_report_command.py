"""``clientprof report``: the same numbers again, and plain words for files that cannot be read or put together."""

import json
from pathlib import Path
from typing import Any

import pytest

from command import Traced, refusal, results, run


def in_one_order(summary: dict[str, Any]) -> dict[str, Any]:
    """The summary with functions of equal cost in one order, and without the names of its files."""
    for client in summary["clients"]:
        client["functions"].sort(key=json.dumps)
    return summary | {"files": {}}


def test_a_recording_renders_again_with_the_same_numbers(traced: Traced, tmp_path: Path) -> None:
    ran = run("report", str(traced.folder / "recording.clientprof"), "--out", str(tmp_path))
    assert (ran.code, ran.err) == (0, "")
    again = json.loads((results(tmp_path) / "summary.json").read_text())
    assert in_one_order(again) == in_one_order(traced.summary)


def test_json_is_all_there_is_on_standard_output(traced: Traced, tmp_path: Path) -> None:
    ran = run("report", str(traced.folder / "recording.clientprof"), "--json", "--out", str(tmp_path))
    assert (ran.code, ran.err) == (0, "")
    assert in_one_order(json.loads(ran.out)) == in_one_order(traced.summary)


def test_quiet_says_where_the_files_are_and_nothing_else(traced: Traced, tmp_path: Path) -> None:
    ran = run("report", str(traced.folder / "recording.clientprof"), "--quiet", "--out", str(tmp_path))
    folder = results(tmp_path)
    assert ran.out.split() == [str(folder / name) for name in ("report.html", "summary.json", "recording.clientprof")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"", "is not a clientprof recording, or it is cut short"),
        (b"<html>", "is not a clientprof recording, or it is cut short"),
    ],
    ids=["missing", "empty", "foreign"],
)
def test_a_file_that_is_no_recording_is_said_to_be_none(content: bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "some.clientprof"
    if content is not None:
        file.write_bytes(content)
    assert said in refusal("report", str(file), "--out", str(tmp_path / "out"), code=1)
    assert not (tmp_path / "out").exists()


def test_a_truncated_recording_says_so(traced: Traced, tmp_path: Path) -> None:
    whole = (traced.folder / "recording.clientprof").read_bytes()
    file = tmp_path / "cut.clientprof"
    for part in (0.1, 0.5, 0.99):
        file.write_bytes(whole[: int(len(whole) * part)])
        assert "cut.clientprof is not a clientprof recording, or it is cut short" in refusal(
            "report", str(file), code=1
        )


def test_an_out_that_cannot_be_written_is_refused(traced: Traced, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here already")
    recording = str(traced.folder / "recording.clientprof")
    assert "cannot write to --out" in refusal("report", recording, "--out", str(tmp_path / "file"))


def test_several_recordings_that_are_no_comparison_are_refused_in_one_line(traced: Traced, tmp_path: Path) -> None:
    recording = str(traced.folder / "recording.clientprof")
    assert "only results of compare and matrix can be put together" in refusal(
        "report", recording, recording, "--out", str(tmp_path)
    )
