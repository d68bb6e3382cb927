"""Running a program with and without ``clientprof run``, and reading what was recorded."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from clientprof.model.recording import Recording
from clientprof.recording.recording_file import read_recording

PROGRAMS = Path(__file__).resolve().parents[2] / "programs"


@dataclass(frozen=True, slots=True)
class Ended:
    """What somebody who started the program sees of it. ``own`` is what clientprof said on standard error."""

    code: int
    output: bytes
    errors: bytes
    own: str
    recording: Recording | None

    @property
    def requests(self) -> int:
        """How many requests ended, by the exact counts."""
        runs = () if self.recording is None else self.recording.runs
        return sum(sum(run.column("slice.ended")) for run in runs)


def plain(*words: str) -> Ended:
    """The program by itself."""
    done = subprocess.run(
        [sys.executable, *words], cwd=PROGRAMS, capture_output=True, timeout=60, stdin=subprocess.DEVNULL, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr, "", None)


def measured(folder: Path, *words: str, options: tuple[str, ...] = ()) -> Ended:
    """The same with ``clientprof run``."""
    command = [sys.executable, "-m", "clientprof", "run", "--python", sys.executable, "--out", str(folder), *options]
    done = subprocess.run(
        [*command, *words], cwd=PROGRAMS, capture_output=True, timeout=90, stdin=subprocess.DEVNULL, check=False
    )
    # The result is printed when the program has ended; before that the only lines of ours are marked.
    before, begin, result = done.stderr.partition(b"clientprof: the measurement ended")
    lines = before.splitlines(keepends=True)
    own = [*(line for line in lines if line.startswith(b"clientprof:")), begin + result]
    files = sorted(folder.glob("*/recording.clientprof"))
    return Ended(
        done.returncode,
        done.stdout,
        b"".join(line for line in lines if not line.startswith(b"clientprof:")),
        b"".join(own).decode(),
        read_recording(files[-1]) if files else None,
    )
