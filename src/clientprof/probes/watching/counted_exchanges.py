"""Exchanges that are counted and not recorded: begun and ended as those of a recording, with no lane, no window, no row."""

import itertools
import threading
from collections.abc import Hashable, Sequence
from contextvars import ContextVar
from time import perf_counter_ns, thread_time_ns
from types import FrameType
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.programs.exchanges import Exchanges, Open
from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites
from clientprof.probes.watching.standing_still import StandingStill
from clientprof.probes.watching.tally import (
    BLOCKED_NS,
    CONNECTIONS,
    HANDSHAKES,
    NOWHERE,
    POOL_NS,
    REQUESTS,
    Place,
    Tally,
)

# Beside the variable of a recording: a program that is recorded may watch itself.
_CURRENT: ContextVar[int] = ContextVar("clientprof_watched")
# A task that was made in a call keeps the call's number for good, so numbers are given once in the life of a process.
_next_number = itertools.count().__next__
_NEVER_NS = 1 << 62


class KeptNames(Names):
    """Names whose rows can be asked for; nothing waits to be written."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._numbering = threading.Lock()

    def number(self, table: str, key: Hashable, row: Sequence[Any] | None = None) -> int:
        found = self.known(table, key)
        if found is None:
            with self._numbering:
                found = super().number(table, key, row)
                rows = self._rows.setdefault(table, [])
                if found == len(rows):
                    rows.append(tuple(self._pending[-1][2]))
                self._pending.clear()
        return found

    def add(self, table: str, row: Sequence[Any]) -> None:
        return None

    def row(self, table: str, number: int) -> tuple[Any, ...]:
        return self._rows[table][number]


class CountedOpen(Open):
    """An open exchange; ``place`` is where it is counted."""

    place: Place = NOWHERE


class CountedExchanges(Exchanges):
    """Counts in ``tally``. ``first`` is the first number: what stands in a context from before is nobody's."""

    current = _CURRENT

    def __init__(self, names: KeptNames, sites: Sites, failures: Failures, tally: Tally) -> None:
        book = LaneBook("", names, failures.remove)
        super().__init__(book, names, sites, failures)
        self.tally = tally
        self.standing = StandingStill(self._stood_still)
        self.first = _next_number()
        self._lane: Lane = book.threads
        self._lane.window, self._lane.due_ns, self.until_ns = 0, _NEVER_NS, _NEVER_NS
        for rows in (*self._lane.rows, *self._lane.kept, self._lane.tally):
            rows.add = _keep_nothing

    def begin(self, client: int, blocking: bool, frame: FrameType | None) -> Open | None:
        """A call of a client begins; None where nobody watches any more."""
        if not self.book.recording:
            return None
        try:
            current = self.current
            opened = CountedOpen(self._lane, client, current.get(-1))
            opened.site = site = self.sites.of(frame)
            opened.place = place = (site, client)
            opened.number = number = _next_number()
            self.tally.add(place, REQUESTS)
            if blocking and self.running_loop() is not None:
                opened.holds = 1
                opened.cpu_ns = thread_time_ns()
            opened.started_ns = perf_counter_ns()
            self.live[number] = opened
            opened.token = current.set(number)
            return opened
        except Exception as error:
            self.failures.remove("exchanges", error)
            return None

    def returned(self, opened: Open, error: BaseException | None) -> None:
        super().returned(opened, error)
        try:
            self.leave_pool(opened, opened.returned_ns)
            if opened.holds:
                wall_ns = opened.returned_ns - opened.started_ns
                self.tally.add(_place(opened), BLOCKED_NS, wall_ns)
                self.standing.held(wall_ns, opened.cpu_ns)
        except Exception as problem:
            self.failures.remove("waits of exchanges", problem)

    def end(self, opened: Open, now_ns: int, streamed: int = 0) -> None:
        if opened.error > 0 and opened.number in self.live:
            self.tally.fail(_place(opened), opened.error - 1)
        super().end(opened, now_ns, streamed)

    def running(self) -> Open | None:
        """The exchange that the running code works for."""
        return self.live.get(self.current.get(-1))

    def enter_pool(self, opened: Open) -> None:
        """It asks the pool for a connection."""
        now_ns = perf_counter_ns()
        self.leave_pool(opened, now_ns)
        opened.enqueued_ns, opened.acquired_ns = now_ns, 0

    def leave_pool(self, opened: Open, now_ns: int) -> None:
        """It has what it waited for, or gave up at ``now_ns``; harmless where it did not wait."""
        if opened.enqueued_ns:
            waited_ns = (opened.acquired_ns or now_ns) - opened.enqueued_ns
            opened.enqueued_ns = 0
            self.tally.add(_place(opened), POOL_NS, waited_ns)

    def connected(self) -> None:
        """A connection was opened for whom the running code works."""
        self._count(CONNECTIONS)

    def shaken(self) -> None:
        """A TLS handshake was completed, by this side as the client."""
        self._count(HANDSHAKES)

    def _count(self, what: int) -> None:
        number = self.current.get(-1)
        # The call itself may have been cancelled meanwhile: the server counts the connection all the same.
        if number >= self.first:
            opened = self.live.get(number)
            self.tally.add(NOWHERE if opened is None else _place(opened), what)

    def _stood_still(self, still_ns: int) -> None:
        self.tally.add(NOWHERE, BLOCKED_NS, still_ns)


def _place(opened: Open) -> Place:
    return opened.place if isinstance(opened, CountedOpen) else NOWHERE


def _keep_nothing(_row: Sequence[int]) -> None:
    return None
