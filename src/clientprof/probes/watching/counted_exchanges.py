"""Exchanges that are counted and not recorded: no lane, no window, no row, nothing kept of one that is over."""

import itertools
import threading
from collections.abc import Callable, Hashable, Sequence
from contextvars import ContextVar, Token
from time import perf_counter_ns, thread_time_ns
from types import FrameType
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.lanes import LaneBook
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import Sites
from clientprof.probes.watching import tally as counts
from clientprof.probes.watching.standing_still import StandingStill

# Beside the variable of a recording: a program that is recorded may watch itself.
_CURRENT: ContextVar[int] = ContextVar("clientprof_watched")
# A task that was made in a call keeps the call's number for good, so numbers are given once in the life of a process.
_next_number = itertools.count().__next__


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


class Counted:
    """An exchange under way; ``cell`` is where it is counted. ``dialling``: coroutines of its loop that open a connection
    just now. ``held`` is when a blocking call began to hold its loop, and the thread's CPU clock then."""

    __slots__ = ("acquired_ns", "cell", "dialling", "enqueued_ns", "held", "number", "token")
    token: Token[int]

    def __init__(self, number: int, cell: counts.Cell) -> None:
        self.number = number
        self.cell = cell
        self.enqueued_ns = self.acquired_ns = self.dialling = 0
        self.held: tuple[int, int] | None = None


class CountedExchanges(Exchanges):
    """Counts in ``tally``. ``first`` is the first number: what stands in a context from before is nobody's.

    An exchange is over when its call is: whether its body comes whole is heard from whoever reads it.
    """

    current = _CURRENT
    live: dict[int, Counted]  # type: ignore[assignment]  # none is begun or ended by the methods above

    def __init__(self, names: KeptNames, sites: Sites, failures: Failures, tally: counts.Tally) -> None:
        super().__init__(LaneBook("", names, failures.remove), names, sites, failures)
        self.tally = tally
        self.standing = StandingStill(self._stood_still)
        self.first = _next_number()
        self.watching = True
        self._nowhere = tally.cell(counts.NOWHERE)

    def enter(self, client: int, blocking: bool, frame: FrameType | None) -> Counted | None:
        """A call of a client begins; None where nobody watches any more. What is done here is done for every request."""
        if not self.watching:
            return None
        try:
            tally, number = self.tally, _next_number()
            cell = tally.cell((self.sites.of(frame), client))
            self.live[number] = counted = Counted(number, cell)
            with tally.lock:
                cell[counts.REQUESTS] += 1
            self._hold(counted, blocking)
            counted.token = _CURRENT.set(number)
            return counted
        except Exception as error:
            self.failures.remove("exchanges", error)
            return None

    def leave(self, counted: Counted, error: BaseException | None) -> None:
        """The call is over."""
        try:
            self._outside(counted)
            del self.live[counted.number]
            if counted.enqueued_ns:
                self.leave_pool(counted, counted.acquired_ns or perf_counter_ns())
            self._let_go(counted)
            if error is not None:
                self.tally.fail(counted.cell, self.error_number(error))
        except Exception as problem:
            self.failures.remove("exchanges", problem)

    def put_down(self, counted: Counted) -> None:
        """The call is over, and a later one will go on with the same exchange."""
        try:
            self._outside(counted)
            self._let_go(counted)
        except Exception as problem:
            self.failures.remove("exchanges", problem)

    def taken_up(self, counted: Counted, blocking: bool) -> None:
        """The next call of an exchange that was put down begins."""
        self._hold(counted, blocking)
        counted.token = _CURRENT.set(counted.number)

    def lost(self, counted: Counted) -> None:
        """Nobody can go on with an exchange that was put down."""
        self.live.pop(counted.number, None)

    def _hold(self, counted: Counted, blocking: bool) -> None:
        if blocking and self.running_loop() is not None:
            counted.held = perf_counter_ns(), thread_time_ns()

    def _let_go(self, counted: Counted) -> None:
        if counted.held is not None:
            wall_ns = perf_counter_ns() - counted.held[0]
            self.tally.add(counted.cell, counts.BLOCKED_NS, wall_ns)
            self.standing.held(wall_ns, thread_time_ns() - counted.held[1])
            counted.held = None

    @staticmethod
    def _outside(counted: Counted) -> None:
        try:
            _CURRENT.reset(counted.token)
        except ValueError:
            # Another context: a generator that was closed elsewhere. Whatever is around it is not known there.
            _CURRENT.set(-1)

    def body_broke(self, client: int, frame: FrameType | None, error: BaseException) -> None:
        """Reading a body raised, in the code of the frame; in a call, that call fails and tells."""
        try:
            if self.watching and self.running() is None:
                self.tally.fail(self.tally.cell((self.sites.of(frame), client)), self.error_number(error))
        except Exception as problem:
            self.failures.remove("bodies", problem)

    def running(self) -> Counted | None:
        """The exchange that the running code works for."""
        return self.live.get(_CURRENT.get(-1))

    def entering_pool(self) -> Callable[[], None]:
        """What is called when the running code asks a pool for a connection; as closures these two cost half as much."""
        number_of, counted_of, now = _CURRENT.get, self.live.get, perf_counter_ns

        def enter() -> None:
            counted = counted_of(number_of(-1))
            if counted is not None:
                if counted.enqueued_ns:
                    self.leave_pool(counted, counted.acquired_ns or now())
                counted.acquired_ns = 0
                counted.enqueued_ns = now()

        return enter

    def got_connection(self, *, at_last: bool) -> Callable[[], None]:
        """What is called when the running code has a connection, or makes one. ``at_last`` it goes on with one: if it had it
        before, waiting ended then. Otherwise it may find that the connection is taken, and the last time counts."""
        number_of, counted_of, now = _CURRENT.get, self.live.get, perf_counter_ns

        def got() -> None:
            counted = counted_of(number_of(-1))
            if counted is not None and not (at_last and counted.acquired_ns):
                counted.acquired_ns = now()

        return got

    def leave_pool(self, counted: Counted, until_ns: int) -> None:
        """It waited until then for what it asked the pool for."""
        self.tally.add(counted.cell, counts.POOL_NS, until_ns - counted.enqueued_ns)
        counted.enqueued_ns = 0

    def connected(self) -> None:
        """A connection was opened for whom the running code works."""
        self._count(counts.CONNECTIONS)

    def shaken(self) -> None:
        """A TLS handshake was completed, by this side as the client."""
        self._count(counts.HANDSHAKES)

    def _count(self, what: int) -> None:
        number = _CURRENT.get(-1)
        # The call itself may have been cancelled meanwhile: the server counts the connection all the same.
        if number >= self.first:
            counted = self.live.get(number)
            self.tally.add(self._nowhere if counted is None else counted.cell, what)

    def _stood_still(self, still_ns: int) -> None:
        self.tally.add(self._nowhere, counts.BLOCKED_NS, still_ns)
