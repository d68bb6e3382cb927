"""The folder of a measuring that can be gone on with: there from the first run on, so that nothing measured is lost."""

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from clientprof.cli import CommandError
from clientprof.cli.files.outcome import RECORDING
from clientprof.model.recording import Recording
from clientprof.recording.recording_file import read_recording, save_recording
from clientprof.recording.run_file import RecordingError

R = TypeVar("R")
Difference = tuple[str, str, str]


class GrowingFolder(Generic[R]):
    """``name`` makes the folder's name from the time; ``write`` writes summary and report into it and returns the result.

    ``resumed`` is the folder of an earlier measuring to go on in.
    """

    def __init__(
        self, out: Path, name: Callable[[str], str], write: Callable[[Path, Recording], R], resumed: Path | None = None
    ) -> None:
        self._new = resumed is None
        self._write = write
        named = name(datetime.now(UTC).strftime("%Y%m%d%H%M%S"))
        self.path = resumed or out / named
        if self._new and self.path.exists():
            self.path = next(p for n in range(2, 1000) if not (p := out / f"{named}-{n}").exists())

    def save(self, recording: Recording) -> None:
        """Keep what has been measured so far.

        Raises:
            CommandError: it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            save_recording(self.path / RECORDING, recording)
        except OSError as error:
            raise self._cannot_write(error) from error

    def finish(self, recording: Recording) -> R:
        """Write all three files and return the result.

        Raises:
            CommandError: they cannot be written, or there is too little for a result.
        """
        self.save(recording)
        try:
            return self._write(self.path, recording)
        except OSError as error:
            raise self._cannot_write(error) from error

    def remove(self) -> None:
        """Leave nothing of a measuring that measured nothing."""
        if self._new:
            shutil.rmtree(self.path, ignore_errors=True)

    def _cannot_write(self, error: OSError) -> CommandError:
        return CommandError(f"cannot write to {self.path}: {error.strerror or error}")


def read_earlier(folder: Path) -> Recording:
    """The recording to go on with.

    Raises:
        CommandError: there is none.
    """
    try:
        return read_recording(folder / RECORDING)
    except RecordingError as error:
        raise CommandError(f"--resume: {error}; name the folder of a run of this command", code=2) from None


def check_same(folder: Path, pairs: Sequence[Difference], others: Sequence[str] = ()) -> None:
    """Of each pair, what the earlier measuring has must be what is asked for; ``others`` are further differences.

    Raises:
        CommandError: it is another one; the message says in what.
    """
    found = [*(f"{what} {was}, not {now}" for what, was, now in pairs if was != now), *others]
    if found:
        raise CommandError(f"--resume {folder}: {'; '.join(found)}", code=2)
