"""The last seconds of a program, from what its processes have written: rates, queues, lag, call sites, holders.

Counts of requests are exact, whatever is recorded in detail. Steps, queues and lag are of windows of detail; between them
they are not known, and the view says so.
"""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from clientprof.experiments.programs.live.followed import Followed, Integers
from clientprof.model.phases import Mark
from clientprof.model.programs.live import LiveHolder, LiveLook, LiveSite
from clientprof.model.run import StepOwner
from clientprof.probes.work_codes import ROUTE_BASE, route_in

_WAITS = (int(StepOwner.SELECT), int(StepOwner.WAIT))
# Looks that are shown together: two seconds, at two looks a second.
_TOGETHER = 4
_SITES, _HOLDERS = 6, 5
_NONE: Integers = np.zeros(0, dtype=np.int64)
Key = tuple[str, int, int]  # process, site, client


@dataclass
class _Look:
    """What came in one look."""

    at_s: float
    ended: int = 0
    walls: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))
    busy_ns: int = 0
    known_ns: int = 0
    longest_ns: int = 0
    lags: list[Integers] = field(default_factory=list)
    held_ns: Counter[str] = field(default_factory=Counter)


@dataclass
class _Process:
    """What is known of one process."""

    tables: dict[str, dict[int, list[Any]]] = field(default_factory=lambda: defaultdict(dict))
    # Exchanges that began in detail, by number: call site, client, beginning; and those that wait for a connection.
    began: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    begun: Counter[int] = field(default_factory=Counter)
    ended: Counter[int] = field(default_factory=Counter)


class Looks:
    """``look(seconds)`` reads on and tells what there is."""

    def __init__(self, folder: Path) -> None:
        self._followed = Followed(folder)
        self._processes: dict[str, _Process] = defaultdict(_Process)
        self._looks: deque[_Look] = deque(maxlen=_TOGETHER + 1)
        self._looks.append(_Look(0.0))
        self._failed: Counter[Key] = Counter()
        self._requests = 0

    def look(self, seconds: float) -> LiveLook:
        """What the last seconds were; ``seconds`` is the time since the measurement began."""
        now = _Look(seconds)
        for identity, line in self._followed.new_names():
            table, number, row = line
            if number >= 0:
                self._processes[identity].tables[table][number] = row
        chunks = self._followed.new_chunks()
        for identity, lane, columns in chunks:
            self._begin(self._processes[identity], lane, columns)
        for identity, _lane, columns in chunks:
            self._steps(identity, columns, now)
        for identity, lane, columns in chunks:
            self._end(identity, lane, columns, now)
        self._looks.append(now)
        self._requests += now.ended
        return self._told(seconds)

    def _begin(self, process: _Process, lane: int, columns: dict[str, Integers]) -> None:
        rows = (columns.get(f"began.{name}", _NONE).tolist() for name in ("number", "site", "client", "started_ns"))
        for number, site, client, started in zip(*rows, strict=True):
            process.began[number] = (site, client, started)
        if lane == 0:
            process.begun[lane] += len(columns.get("began.number", _NONE))
        elif len(columns.get("clock.begun", _NONE)):
            process.begun[lane] = max(process.begun[lane], int(columns["clock.begun"][-1]))
        kinds, exchanges = columns.get("mark.kind", _NONE), columns.get("mark.exchange", _NONE)
        process.waiting.update(exchanges[kinds == Mark.POOL_ENQUEUE].tolist())
        process.waiting.difference_update(exchanges[kinds == Mark.POOL_ACQUIRED].tolist())
        if len(columns.get("pause.at_ns", _NONE)):
            process.waiting.clear()

    def _end(self, identity: str, lane: int, columns: dict[str, Integers], now: _Look) -> None:
        process = self._processes[identity]
        rows = (columns.get(f"ended.{name}", _NONE).tolist() for name in ("number", "at_ns", "error"))
        for number, at, error in zip(*rows, strict=True):
            site, client, started = process.began.pop(number, (-1, -1, at))
            process.waiting.discard(number)
            self._ended(process, lane, (identity, site, client), at - started, error > 0, now)
        walls, what = columns.get("tally.wall_ns", _NONE).tolist(), columns.get("tally.what", _NONE).tolist()
        for wall, told in zip(walls, what, strict=True):
            _lane, site, _peer, client, _route = process.tables["tally"].get(told // 2, [lane, -1, -1, -1, -1])
            self._ended(process, lane, (identity, site, client), wall, told % 2 == 1, now)

    def _ended(self, process: _Process, lane: int, key: Key, wall_ns: int, failed: bool, now: _Look) -> None:
        now.ended += 1
        now.walls[key].append(wall_ns)
        process.ended[lane] += 1
        self._failed[key] += failed

    def _steps(self, identity: str, columns: dict[str, Integers], now: _Look) -> None:
        started, owner = columns.get("step.started_ns", _NONE), columns.get("step.owner", _NONE)
        if len(started) < 2:
            return
        lengths, owner, enqueued = np.diff(started), owner[:-1], columns["step.enqueued_ns"][:-1]
        working = ~np.isin(owner, _WAITS)
        now.busy_ns += int(lengths[working].sum())
        now.known_ns += int(lengths.sum())
        now.longest_ns = max(now.longest_ns, int(lengths[working].max(initial=0)))
        queued = (enqueued > 0) & (enqueued < started[:-1])
        now.lags.append(started[:-1][queued] - enqueued[queued])
        owners, place = np.unique(owner[working], return_inverse=True)
        for code, length in zip(owners.tolist(), np.bincount(place, lengths[working]).tolist(), strict=False):
            now.held_ns[self._holder(self._processes[identity], code)] += int(length)

    def _holder(self, process: _Process, code: int) -> str:
        if code <= ROUTE_BASE:
            route = process.tables["route"].get(route_in(code))
            return f"route {route[0]} {route[1]}" if route is not None else "routes"
        if code >= 0 and code in process.began:
            return self._place(process, process.began[code][0])[0]
        return "calls of clients" if code >= 0 else "the program's own tasks and the loop"

    @staticmethod
    def _place(process: _Process, site: int) -> tuple[str, str]:
        row = process.tables["site"].get(site)
        return ("unknown", "") if row is None else (f"{row[0]}:{row[1]}", str(row[2]))

    def _told(self, seconds: float) -> LiveLook:
        looks = list(self._looks)[1:]
        passed_s = max(0.1, seconds - self._looks[0].at_s)
        known_ns = sum(each.known_ns for each in looks)
        lags = [lag for each in looks for lag in each.lags]
        lag = np.concatenate(lags) if lags else _NONE
        processes = self._processes.values()
        in_flight = sum(max(0, each.begun[lane] - each.ended[lane]) for each in processes for lane in list(each.begun))
        held: Counter[str] = Counter()
        for each in looks:
            held.update(each.held_ns)
        holders = tuple(
            LiveHolder(name, share / known_ns) for name, share in held.most_common(_HOLDERS) if known_ns
        )  # fmt: skip
        return LiveLook(
            seconds=seconds,
            requests=self._requests,
            failed=self._failed.total(),
            per_s=sum(each.ended for each in looks) / passed_s,
            in_flight=in_flight,
            waiting=sum(len(each.waiting) for each in processes) if known_ns else None,
            busy=sum(each.busy_ns for each in looks) / known_ns if known_ns else None,
            longest_step_ms=max(each.longest_ns for each in looks) / 1e6 if known_ns else None,
            lag_p99_ms=float(np.percentile(lag, 99)) / 1e6 if len(lag) else None,
            sites=self._site_rows(looks, passed_s),
            holders=holders,
        )

    def _site_rows(self, looks: list[_Look], passed_s: float) -> tuple[LiveSite, ...]:
        walls: dict[Key, list[int]] = defaultdict(list)
        for each in looks:
            for key, more in each.walls.items():
                walls[key] += more
        found: list[LiveSite] = []
        for key in sorted({*walls, *self._failed}, key=lambda key: -len(walls.get(key, ())))[:_SITES]:
            identity, site, client = key
            process = self._processes[identity]
            place, function = self._place(process, site)
            name = str(process.tables["client"].get(client, ["unknown"])[0])
            ended = walls.get(key, [])
            p50_ms = float(np.median(ended)) / 1e6 if ended else None
            found.append(LiveSite(place, function, name, len(ended) / passed_s, p50_ms, self._failed[key]))
        return tuple(found)
