"""A recording that is not there: every command names the path as it was given, and the recording that may be meant."""

import os
from pathlib import Path

import pytest

from command import refusal

WORDS = [
    ("report",),
    ("finding",),
    ("export", "--format", "pprof"),
    ("explain",),
    ("compare", "reports/AFTER/recording.clientprof"),
]
MISSING = Path("reports", "RUN", "recording.clientprof")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def recording(run: str, age_s: int) -> Path:
    file = Path("reports", run, "recording.clientprof")
    file.parent.mkdir(parents=True)
    file.touch()
    os.utime(file, (1_700_000_000 - age_s,) * 2)
    return file


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
def test_without_any_recording_the_commands_that_write_one_are_named(words: tuple[str, ...]) -> None:
    said = refusal(words[0], str(MISSING), *words[1:], code=1)
    assert f"{MISSING}: no such file; `clientprof trace` and `clientprof run` write one" in said


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
def test_the_newest_recording_of_the_same_folder_is_named(words: tuple[str, ...]) -> None:
    recording("20260101000001-older", 60)
    newest = recording("20260101000000-newer", 0)
    recording(".20260101000002-being-written", -60)
    assert f"{MISSING}: no such file; the newest recording in reports is {newest}" in refusal(
        words[0], str(MISSING), *words[1:], code=1
    )


def test_a_name_without_folder_finds_the_recordings_in_reports() -> None:
    newest = recording("20260101000000-httpx", 0)
    assert refusal("report", "recording.clientprof", code=1).endswith(f"the newest recording in reports is {newest}")


def test_a_folder_names_the_recording_in_it() -> None:
    inside = recording("20260101000000-httpx", 0)
    recording("20260101000001-httpx", -60)
    assert refusal("report", str(inside.parent), code=1).endswith(
        f"{inside.parent} is a folder, not a recording; name {inside}"
    )


def test_the_folder_of_runs_names_the_newest_recording() -> None:
    newest = recording("20260101000000-httpx", 0)
    assert refusal("finding", "reports", code=1).endswith(f"the newest recording in reports is {newest}")


def test_a_recording_that_is_cut_short_is_named_with_its_folder() -> None:
    cut = recording("20260101000000-httpx", 0)
    assert f"{cut} is not a clientprof recording, or it is cut short; " in refusal("report", str(cut), code=1)


def test_a_run_to_go_on_with_is_named_as_it_was_given() -> None:
    said = refusal("compare", "httpx", "aiohttp", "--resume", "reports/RUN")
    assert said.endswith(f"--resume: {MISSING}: no such file; name the folder of a run of this command")
