"""One process's instruments for asyncio in a folder, and a duty that does as a test says."""

import asyncio
from asyncio import events
from pathlib import Path
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.lanes import LaneBook
from clientprof.probes.programs.loops import program_loop
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.programs.loops.windowed_patches import WindowedPatches
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.seam_stamps import SeamStamps
from clientprof.probes.programs.sites import Sites
from clientprof.recording.segments import read_chunks


class Scripted:
    """A duty that is asked before every wait and says what the test set."""

    due_ns = 0

    def __init__(self) -> None:
        self.on = True

    def start(self, _now_ns: int, _begun: int) -> None:
        return None

    def decide(self, _now_ns: int, _begun: int, _in_flight: int) -> bool:
        return self.on


class Watched:
    """One process's instruments for asyncio, in a folder, and the duty of the next loop."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.patches, self.failures, names = folder, Patches(), Failures(), Names()
        self.plain = events.Handle._run, asyncio.SelectorEventLoop.__init__
        self.book = LaneBook(str(folder), names, self.failures.remove)
        self.book.begin("start", None, {})
        self.exchanges = Exchanges(self.book, names, Sites(names, ()), self.failures)
        stamps = SeamStamps(self.exchanges, self.patches, self.failures)
        self.windowed = WindowedPatches(self.book)
        self.heard: list[str] = []
        heard = self.heard.append
        setting = LoopSetting(
            self.book, self.exchanges, stamps, self.failures, self.windowed, lambda _: heard("runs"),
            lambda _: heard("stops"), lambda _: heard("pauses"), lambda _: heard("goes on"),
        )  # fmt: skip
        program_loop.install_program_loops(setting, self.patches)
        self.duty = Scripted()

    def run(self, main: Any) -> None:
        loop: Any = asyncio.SelectorEventLoop()
        self.lane = loop.clientprof_lane
        self.lane.duty = self.duty
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

    def rows(self, suffix: str, name: str) -> list[int]:
        files = sorted(self.folder.glob(f"*.{suffix}"))
        return [
            value for path in files for _about, columns in read_chunks(path) for value in columns.get(name, ())
        ]  # fmt: skip

    def counted(self) -> int:
        return sum(counts[0] for counts in self.exchanges.take_counts().values())
