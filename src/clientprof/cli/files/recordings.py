"""Recordings that the user names: opened, or refused with what to name instead."""

from pathlib import Path

from clientprof.cli import CommandError
from clientprof.cli.files.outcome import RECORDING
from clientprof.cli.files.run_folders import newest_of_runs
from clientprof.model.recording import Recording
from clientprof.recording.recording_file import read_recording
from clientprof.recording.run_file import RecordingError

_REPORTS = Path("reports")


def open_recording(path: Path) -> Recording:
    """The recording at the path.

    Raises:
        CommandError: there is none; the message names the path as it was given, and what to do.
    """
    try:
        return read_recording(path)
    except RecordingError as error:
        raise CommandError(f"{error}; {_instead(path)}") from None


def _instead(path: Path) -> str:
    """The recording that may have been meant: that of the folder, or the newest of the runs beside it or in reports/."""
    if path.is_dir() and (path / RECORDING).is_file():
        return f"name {path / RECORDING}"
    for folder in (path, path.parent.parent, _REPORTS):
        newest = newest_of_runs(folder, RECORDING, but=path)
        if newest is not None:
            return f"the newest recording in {folder} is {newest}"
    return "`clientprof trace` and `clientprof run` write one, and name it at the end of their output"
