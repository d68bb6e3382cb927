"""One measurement of a program: the folder that its processes write into, and which time of it counts.

Whoever starts the program gives it ``environment()``: that is all that it takes to be measured. The interpreter finds the
instruments because a folder of ours is on PYTHONPATH (see ``workload/programs/boot``).
"""

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from clientprof.experiments.programs.thin import Thinner
from clientprof.recording.segments import FROM, STOP, read_chunks

BOOT = Path(__file__).resolve().parents[2] / "workload" / "programs" / "boot"
# How long processes have to write their last rows once they are told that the measurement is over.
_LAST_ROWS_S = 1.5


@dataclass(frozen=True, slots=True)
class Limits:
    """When a measurement begins and ends: after ``skip_s`` seconds of the program's life, for ``for_s`` seconds, or
    until ``requests`` have ended. ``by_hand`` waits for SIGUSR2. ``most_bytes`` is what the recording may take. ``detail``
    is ``auto`` (in windows while a loop is busy) or ``always``; ``seed`` is that of the times between windows."""

    skip_s: float
    for_s: float | None
    requests: int | None
    most_bytes: int
    by_hand: bool = False
    detail: str = "auto"
    seed: int = 1


class Measurement:
    """What lies between ``from_ns`` and ``until_ns`` counts. Leaving the context removes the ``folder``."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.folder = Path(tempfile.mkdtemp(prefix="clientprof-run-"))
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            self.folder.chmod(0o733)  # the program may go on as another user
        self.thinner = Thinner(self.folder, limits.most_bytes)
        self.from_ns = 0
        self.until_ns: int | None = None
        self.ended_by = ""
        self.begin(time.perf_counter_ns() + round(limits.skip_s * 1e9))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The environment to start the program with."""
        path = os.pathsep.join(filter(None, (str(BOOT), given.get("PYTHONPATH", ""))))
        detail = f"{self._limits.detail} {self._limits.seed}"
        return {**given, "CLIENTPROF_RUN": str(self.folder), "CLIENTPROF_DETAIL": detail, "PYTHONPATH": path}

    def begin(self, from_ns: int) -> None:
        """It begins then. The processes keep what they counted around this time one by one: a slice of theirs lies across
        it."""
        self.from_ns = from_ns
        (self.folder / FROM).write_text(str(from_ns), encoding="ascii")

    def end(self, why: str) -> None:
        """It ends now, if it has not yet ended."""
        if self.until_ns is None:
            self.until_ns, self.ended_by = time.perf_counter_ns(), why

    def ended_requests(self) -> int:
        """How many exchanges have ended, as far as it is on disk."""
        return sum(
            sum(columns["slice.ended"])
            for path in self.folder.glob("*.kept")
            for _about, columns in read_chunks(path)
            if "slice.ended" in columns
        )

    def detach(self, *, wait: bool) -> None:
        """Tell the processes that it is over; with ``wait``, give them time to write their last rows."""
        (self.folder / STOP).touch()
        if not wait and len(list(self.folder.glob("*.names"))) <= 1:
            return
        deadline = time.monotonic() + _LAST_ROWS_S
        while time.monotonic() < deadline:
            names = [path for path in self.folder.glob("*.names") if path.name[0].isdigit()]
            if all(b'["end",' in path.read_bytes() for path in names):
                return
            time.sleep(0.05)
