"""The instruments of one process around a kind of loop, in this process, and what they wrote."""

import asyncio
from asyncio import events
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.loops import program_loop
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.programs.loops.windowed_patches import WindowedPatches
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.seam_stamps import SeamStamps
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.waiting.gates import Gates
from clientprof.probes.programs.waiting.pools import Pools
from clientprof.recording.segments import read_chunks

Install = Callable[[LoopSetting, Patches], None]


class Scripted:
    """A duty that is asked at every turn and says what the test set."""

    due_ns = 0

    def __init__(self) -> None:
        self.on = True

    def measured_from(self, _from_ns: int) -> None:
        return None

    def start(self, _now_ns: int, _begun: int) -> None:
        return None

    def decide(self, _now_ns: int, _begun: int, _in_flight: int) -> bool:
        return self.on


class WatchedProcess:
    """``install`` has been called, with a folder for what is written. All loops have one duty, which the test sets.

    ``heard`` says what the sampler would hear: a loop runs, stops, pauses, goes on. ``lanes`` are those that
    ran, in order.
    """

    def __init__(self, folder: Path, install: Install) -> None:
        self.folder, self.patches, self.failures, names = folder, Patches(), Failures(), Names()
        self.book = LaneBook(str(folder), names, self.failures.remove)
        self.book.begin("start", None, {})
        self.exchanges = Exchanges(self.book, names, Sites(names, ()), self.failures)
        self.exchanges.running_loop = asyncio._get_running_loop
        stamps = SeamStamps(self.exchanges, self.patches, self.failures)
        self.windowed = WindowedPatches(self.book)
        self.heard: list[str] = []
        self.lanes: list[Lane] = []
        self.duty = Scripted()
        heard = self.heard.append
        setting = LoopSetting(
            self.book, self.exchanges, stamps, self.failures, self.windowed,
            Gates(names, self.exchanges.sites, self.failures, Pools(self.exchanges.sites, dict)), self._runs,
            lambda _: heard("stops"), lambda _: heard("pauses"), lambda _: heard("goes on"),
        )  # fmt: skip
        install(setting, self.patches)

    def _runs(self, lane: Lane) -> None:
        lane.duty = self.duty  # type: ignore[assignment]
        if self.lanes[-1:] != [lane]:
            self.lanes.append(lane)
        self.heard.append("runs")

    def rows(self, suffix: str, name: str, lane: Lane | None = None) -> list[int]:
        """What was written of a column, of all lanes or of one: ``kept``, ``window`` or ``tally``."""
        files = sorted(self.folder.glob(f"*.{'' if lane is None else f'{lane.number}.'}*{suffix}"))
        return [
            value for path in files for _about, columns in read_chunks(path) for value in columns.get(name, ())
        ]  # fmt: skip


class Watched(WatchedProcess):
    """One process's instruments for asyncio, and its exchanges."""

    lane: Any

    def __init__(self, folder: Path) -> None:
        self.plain = events.Handle._run, asyncio.SelectorEventLoop.__init__
        super().__init__(folder, program_loop.install_program_loops)

    def run(self, main: Any) -> None:
        loop: Any = asyncio.SelectorEventLoop()
        self.lane = loop.clientprof_lane
        try:
            loop.run_until_complete(main)
        finally:
            loop.close()

    async def exchange(self) -> None:
        opened = self.exchanges.begin(0, False, None)
        assert opened is not None
        await asyncio.sleep(0)
        self.exchanges.returned(opened, None)
        self.exchanges.end(opened, opened.returned_ns)

    async def switch(self, on: bool) -> None:
        self.duty.on = on
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert bool(self.lane.window) is on

    def counted(self) -> int:
        return sum(counts[0] for counts in self.exchanges.take_counts().values())
