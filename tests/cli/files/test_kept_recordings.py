"""What was measured is kept if its analysis is interrupted or fails, or if there is no room for the report."""

from pathlib import Path
from typing import NoReturn

import pytest

from clientprof.cli import CommandError
from clientprof.cli.files import outcome
from clientprof.cli.files.outcome import RECORDING, write_recorded
from clientprof.recording.recording_file import read_recording, write_recording
from recordings import recording_of, run_of


def raises(error: BaseException) -> NoReturn:
    raise error


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ValueError("a fault"), ValueError),
        (OSError(28, "No space left on device"), CommandError),
    ],
)
def test_a_new_recording_is_kept_whatever_becomes_of_its_views(
    error: BaseException, raised: type[BaseException], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = recording_of(run_of())
    with pytest.raises(raised):
        write_recorded(recording, tmp_path, "name of it", lambda _: raises(error))
    (folder,) = tmp_path.iterdir()
    assert folder.name == "name of it"
    assert read_recording(folder / RECORDING).manifest.clients == recording.manifest.clients
    assert f"`clientprof report '{folder / RECORDING}'` makes the rest" in capsys.readouterr().err


def test_a_recording_that_is_in_a_file_already_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "earlier.clientprof"
    recording = recording_of(run_of())
    write_recording(file, recording.manifest, recording.runs)
    with pytest.raises(KeyboardInterrupt):
        write_recorded(read_recording(file), tmp_path, "name", lambda _: raises(KeyboardInterrupt()))
    assert list(tmp_path.iterdir()) == [file]


def test_a_recording_that_cannot_be_written_is_an_error_although_its_views_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "save_recording", lambda *_: raises(OSError(28, "No space left on device")))
    with pytest.raises(CommandError, match="cannot write the results to"):
        write_recorded(recording_of(run_of()), tmp_path, "name", lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_two_commands_of_the_same_second_have_folders_of_their_own(tmp_path: Path) -> None:
    """The second begins and ends while the first still writes."""
    recording = recording_of(run_of())

    def views(_: Path) -> Path:
        return write_recorded(recording, tmp_path, "name", lambda _: None)[0]

    first, second = write_recorded(recording, tmp_path, "name", views)
    assert (first.name, second.name) == ("name-2", "name")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["name", "name-2"]
    assert all((folder / RECORDING).is_file() for folder in (first, second))
