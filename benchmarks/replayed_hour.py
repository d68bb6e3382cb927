"""A long life of a measured process in a short time: rows of a real one, written again and again under a clock of its own.

``Material`` is what a loop of a real program wrote in ``period_ns``, with every exchange in detail. ``relive`` gives it
to the instruments as often as asked: exchanges begin and end through ``Exchanges``, rows go to a ``Lane``, which flushes
and rotates, ``Duty`` says when there is detail, ``Uptime`` writes its slices. All of them see a clock that this file turns.
Standard library only: it is the memory of this process that is measured.
"""

import os
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clientprof.model.run import StepOwner
from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs import exchanges as exchanges_module
from clientprof.probes.programs import lanes as lanes_module
from clientprof.probes.programs import uptime as uptime_module
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.lanes import SETTLE_ROWS, Lane, LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.open_exchange import Open
from clientprof.probes.programs.seam_stamps import SeamStamps
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.uptime import Uptime
from clientprof.recording.segments import read_chunks, read_lines

SECOND_NS = 1_000_000_000
# Groups whose rows are written once: what others point into, and what a warm program does no more.
_ONCE = ("connection", "closing", "stack", "frame")
_REPEATED = ("step", "mark", "read", "write", "handshake", "lookup", "gc", "sample")
_TIMES = ("at_ns", "started_ns", "ended_ns", "enqueued_ns")
_PEERS = ("owner", "exchange")
# Values of ``enqueued_ns`` below this are flags.
_FLAGS = 1_000
_TABLES = ("peer", "client", "route", "host", "error")


@dataclass
class Clock:
    """What every instrument reads. ``cpu_share`` is how much of the time the program computes."""

    now_ns: int
    cpu_share: float

    def perf(self) -> int:
        return self.now_ns

    def cpu(self) -> int:
        return int(self.now_ns * self.cpu_share)


class Material:
    """Columns by name; ``first`` is the number of the first exchange that began, ``count`` how many did."""

    def __init__(self, folder: Path, identity: str, lane: int) -> None:
        self.columns: dict[str, array[int]] = {}
        paths = [folder / f"{identity}.{lane}.kept"]
        paths += sorted(folder.glob(f"{identity}.{lane}.*.window"), key=lambda path: int(path.name.rsplit(".", 2)[1]))
        cpu_ns = 0
        ends: list[int] = []
        for path in paths:
            for about, columns in read_chunks(path):
                if path.suffix == ".window":
                    cpu_ns += about["thread_cpu_ns"]
                    ends.append(about["to_ns"])
                for name, column in columns.items():
                    self.columns.setdefault(name, array("q")).extend(column)
        steps = self.columns["step.started_ns"]
        # The start is not like the rest; neither is the end.
        self.from_ns, self.until_ns = steps[0] + 2 * SECOND_NS, ends[-1] - SECOND_NS
        self.period_ns = self.until_ns - self.from_ns
        self.cpu_share = cpu_ns / (ends[-1] - steps[0])
        self.begins = self._within("began", "started_ns", "number")
        self.ends = self._within("ended", "at_ns", "number")
        self.first, self.count = self.begins[0][1], len(self.begins)
        assert [number for _, number in self.begins] == list(range(self.first, self.first + self.count))
        self.lines = list(read_lines(folder / f"{identity}.names"))

    def _within(self, group: str, at: str, value: str) -> list[tuple[int, int]]:
        rows = zip(self.columns[f"{group}.{at}"], self.columns[f"{group}.{value}"], strict=True)
        return sorted(row for row in rows if self.from_ns <= row[0] < self.until_ns)

    def group(self, group: str) -> dict[str, "array[int]"]:
        return {name: column for name, column in self.columns.items() if name.partition(".")[0] == group}


class _Groups:
    """Gives a stretch of the material's rows to a lane, moved in time and in the numbers of exchanges."""

    def __init__(self, material: Material, lane: Lane) -> None:
        self._lane = lane
        self._groups: list[tuple[str, dict[str, array[int]], array[int]]] = []
        for group in _REPEATED:
            columns = material.group(group)
            if columns:
                at = columns.get(f"{group}.at_ns") or columns[f"{group}.started_ns"]
                order = sorted(range(len(at)), key=at.__getitem__)
                ordered = {name: array("q", (column[row] for row in order)) for name, column in columns.items()}
                self._groups.append((group, ordered, array("q", (at[row] for row in order))))
        self._rows = {rows.group: rows for rows in lane.rows}

    def give(self, from_ns: int, until_ns: int, later_ns: int, further: int) -> None:
        """The rows of a stretch of the material."""
        for group, columns, at in self._groups:
            low, high = bisect_left(at, from_ns), bisect_left(at, until_ns)
            if low == high:
                continue
            moved = {
                name: _moved(name.partition(".")[2], column[low:high], later_ns, further)
                for name, column in columns.items()
            }
            rows = self._rows.get(group)
            if rows is None:
                for name, values in moved.items():
                    self._lane.recorder.column(name).extend(values)
            else:
                ordered = [moved[f"{group}.{name}"] for name in rows.names]
                rows.add([value for row in zip(*ordered, strict=True) for value in row])


def _moved(name: str, values: "array[int]", later_ns: int, further: int) -> list[int]:
    if name in _TIMES:
        return [value + later_ns if value > _FLAGS else value for value in values]
    if name in _PEERS:
        return [value + further if value >= 0 else value for value in values]
    return list(values)


class Process:
    """The instruments of a process, as ``Instruments`` puts them together, under a clock of ours."""

    def __init__(self, folder: Path, material: Material) -> None:
        self.clock = Clock(material.from_ns, material.cpu_share)
        for module, name, reads in (
            (exchanges_module, "perf_counter_ns", self.clock.perf), (lanes_module, "perf_counter_ns", self.clock.perf),
            (lanes_module, "process_time_ns", self.clock.cpu), (uptime_module, "process_time_ns", self.clock.cpu),
            (lanes_module, "thread_time_ns", self.clock.cpu),
        ):  # fmt: skip
            setattr(module, name, reads)
        self.names, self.failures = Names(), Failures()
        self.book = LaneBook(str(folder), self.names, self.failures.remove)
        self.sites = Sites(self.names, ())
        self.exchanges = Exchanges(self.book, self.names, self.sites, self.failures)
        self.uptime = Uptime(self.book, self.exchanges, SeamStamps(self.exchanges, Patches(), self.failures))
        self.book.begin("start", None, {"name": "replayed", "python": "", "path": []})
        self.uptime.start(self.clock.now_ns)
        self.exchanges.on_end = self.uptime.tick
        self.lane = self.clientprof_lane = self.book.take("asyncio")
        self.book.ran(self.lane)
        self.exchanges.running_loop = lambda: self
        for lane in self.book.lanes:
            lane.before_flush.append(self.uptime.tick)
        # The material has the steps that calls begin and end.
        self.lane.split = lambda _owner, _now_ns: None
        self.lane.group("gc", ("started_ns", "ended_ns", "generation", "collected"))
        self._tell_names(material)
        self.lane.duty.start(self.clock.now_ns, 0)
        self.lane.begin_window(self.clock.now_ns)

    def _tell_names(self, material: Material) -> None:
        for table, number, row in material.lines:
            if number < 0 and table in ("code", "boundary", "layers"):
                self.names.add(table, [self.lane.number, *row[1:]] if table == "code" else row)
            elif table in _TABLES:
                self.names.number(table, repr(row), row)
        for group in _ONCE:
            for name, column in material.group(group).items():
                self.lane.recorder.column(name).extend(column)

    def select(self) -> None:
        """What the program's selector does before it waits."""
        now_ns, lane = self.clock.now_ns, self.lane
        if now_ns >= lane.duty.due_ns:
            on = lane.duty.decide(now_ns, lane.begun, self.exchanges.in_flight)
            if on and not lane.window:
                lane.begin_window(now_ns)
            elif lane.window and not on:
                for name, value in (("owner", int(StepOwner.WAIT)), ("enqueued_ns", 0), ("started_ns", now_ns)):
                    lane.recorder.column(f"step.{name}").append(value)
                lane.end_window(now_ns)
                self.exchanges.window_ended(lane)
        if now_ns >= lane.due_ns or (lane.window and len(lane.recorder.column("step.owner")) > SETTLE_ROWS):
            lane.settle(now_ns)


def relive(folder: Path, material: Material, seconds: float) -> Iterator[tuple[float, int]]:
    """Live for so many seconds of the clock; yields, each second, how many have passed and the memory of this process."""
    process = Process(folder, material)
    groups = _Groups(material, process.lane)
    clock, exchanges, began_ns = process.clock, process.exchanges, process.clock.now_ns
    end_ns, told = began_ns + int(seconds * SECOND_NS), 0
    looks = range(material.from_ns, material.until_ns, 20_000_000)
    live: dict[int, Open] = {}
    for period in range(1 << 30):
        later_ns, further = period * material.period_ns, period * material.count - material.first
        begins, ends = iter([*material.begins, (1 << 62, 0)]), iter([*material.ends, (1 << 62, 0)])
        begin, end = next(begins), next(ends)
        for look_ns in looks:
            until_ns = min(look_ns + looks.step, material.until_ns)
            while min(begin[0], end[0]) < until_ns:
                if begin[0] <= end[0]:
                    clock.now_ns = begin[0] + later_ns
                    opened = exchanges.begin(0, False, sys._getframe())
                    assert opened is not None
                    assert opened.number == begin[1] + further
                    opened.peer = 0
                    live[opened.number] = opened
                    begin = next(begins)
                else:
                    clock.now_ns = end[0] + later_ns
                    found = live.pop(end[1] + further, None)
                    if found is not None:
                        exchanges.returned(found, None)
                        found.status, found.body_bytes = 200, 100
                        exchanges.end(found, found.returned_ns)
                    end = next(ends)
            clock.now_ns = until_ns + later_ns
            if process.lane.window:
                groups.give(look_ns, until_ns, later_ns, further)
            process.select()
            if clock.now_ns - began_ns >= (told + 1) * SECOND_NS:
                told += 1
                yield float(told), _memory_bytes()
            if clock.now_ns >= end_ns:
                exchanges.tell_long(clock.now_ns)
                process.uptime.close(clock.now_ns)
                process.book.flush_all("exit")
                assert not process.failures.notes, process.failures.notes
                return


def _memory_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
