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
from clientprof.model.programs.lane import SLICE_NS
from clientprof.probes.programs.lanes import WINDOW_NS
from clientprof.recording.segments import ENDED, FROM, LIMIT, MEMORY, STOP

BOOT = Path(__file__).resolve().parents[2] / "workload" / "programs" / "boot"
# How long processes have to write their last rows once they are told that the measurement is over.
_LAST_ROWS_S = 1.5


@dataclass(frozen=True, slots=True)
class Limits:
    """When a measurement begins and ends: after ``skip_s`` seconds of the program's life, for ``for_s`` seconds, or
    until ``requests`` have ended. ``by_hand`` waits for SIGUSR2. ``most_bytes`` is what the recording may take. ``detail``
    is ``auto`` (in windows while a loop is busy) or ``always``; ``seed`` is that of the times between windows.
    ``memory``: the processes look at what they hold."""

    skip_s: float
    for_s: float | None
    requests: int | None
    most_bytes: int
    by_hand: bool = False
    detail: str = "auto"
    seed: int = 1
    memory: bool = False


class Measurement:
    """What lies between ``from_ns`` and ``until_ns`` counts; ``limit_reached`` says that as many requests as were asked for
    have ended. Leaving the context removes the ``folder``."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.folder = Path(tempfile.mkdtemp(prefix="clientprof-run-"))
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            self.folder.chmod(0o733)  # the program may go on as another user
        self.thinner = Thinner(self.folder, limits.most_bytes)
        self.from_ns = 0
        self.until_ns: int | None = None
        self.ended_by = ""
        self.limit_reached = False
        if limits.requests is not None:
            ended = self.folder / ENDED
            ended.touch()
            ended.chmod(0o622)
            (self.folder / LIMIT).write_text(str(limits.requests), encoding="ascii")
        if limits.memory:
            (self.folder / MEMORY).touch()
        self.begin(time.perf_counter_ns() + round(limits.skip_s * 1e9))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The environment to start the program with."""
        path = os.pathsep.join(filter(None, (str(BOOT), given.get("PYTHONPATH", ""))))
        detail = f"{self.limits.detail} {self.limits.seed}"
        return {**given, "CLIENTPROF_RUN": str(self.folder), "CLIENTPROF_DETAIL": detail, "PYTHONPATH": path}

    def begin(self, from_ns: int) -> None:
        """It begins then. The processes keep what they counted around this time one by one: a slice of theirs lies across
        it."""
        self.from_ns = from_ns
        (self.folder / FROM).write_text(str(from_ns), encoding="ascii")
        last = from_ns + 2 * SLICE_NS
        self.thinner.needed = frozenset(range((from_ns - SLICE_NS) // WINDOW_NS, last // WINDOW_NS + 1))
        if self.limits.requests is not None:
            os.truncate(self.folder / ENDED, 0)

    def left_s(self) -> float | None:
        """How long the time that was asked for lasts yet; None where none was."""
        if self.limits.for_s is None:
            return None
        return max(0.0, self.limits.for_s - (time.perf_counter_ns() - self.from_ns) / 1e9)

    def heed_limits(self) -> None:
        """End it where a limit has been reached."""
        limits = self.limits
        if limits.requests is not None and (self.folder / ENDED).stat().st_size >= limits.requests:
            # The processes have ended some more by now: what ended after the last that was asked for is left out later.
            self.limit_reached = True
            self.end(f"{limits.requests:,} requests had ended")
        elif limits.for_s is not None and self.left_s() == 0:
            self.end(f"{limits.for_s:g} s had been measured", self.from_ns + round(limits.for_s * 1e9))

    def end(self, why: str, at_ns: int | None = None) -> None:
        """It ends, now or then, if it has not yet ended."""
        if self.until_ns is None:
            self.until_ns, self.ended_by = at_ns or time.perf_counter_ns(), why

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
