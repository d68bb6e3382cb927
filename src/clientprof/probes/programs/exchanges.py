"""Exchanges of a program: each outermost call of a client library, from the call to the end of its body.

The exchange's number stands in the context variable ``EXCHANGE`` while its call runs, so that steps, marks, writes and
samples find it. Outside of calls the variable holds what the code works for (``work_codes``), or -1.
"""

import itertools
import math
import threading
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter_ns, thread_time_ns
from types import FrameType
from typing import Any, Protocol

from clientprof.model.run import Blocking
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.programs.instances import MOST_INSTANCES, Instances
from clientprof.probes.programs.lanes import Lane, LaneBook, Rows
from clientprof.probes.programs.loops.other_loops import lane_beside_loops
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.open_exchange import Open, OpenResponse
from clientprof.probes.programs.sites import Sites
from clientprof.probes.programs.trace_parents import TraceParents
from clientprof.probes.work_codes import ROUTE_BASE, request_in, route_in

_NAME = "exchanges"
# So many failures of exchanges without detail are written down one by one in each slice of time; all are counted.
_MOST_FAILURES = 100
# A task keeps the number of the call that it was made in for good, and a process may be measured more than once.
_next_number = itertools.count().__next__


class Calls(Protocol):
    """Hears of the calls of threads that run no loop, in these threads; ``cpu_ns`` is what their clock says then."""

    def call_begins(self, exchange: int, thread: int, cpu_ns: int) -> None: ...

    def call_ends(self, cpu_ns: int) -> None: ...


class Exchanges:
    """Begins and ends exchanges of all threads. ``live`` are the open ones by number; ``detailed`` are those of them that
    began in a window of their lane.

    Of every exchange is counted, exactly: that it began and ended, with what error, how long it took, for which call site,
    peer and route. All else is for exchanges that begin and end in one window.
    """

    # Where the running exchange's number stands; who counts beside a recording has a variable of his own.
    current: ContextVar[int] = EXCHANGE

    def __init__(self, book: LaneBook, names: Names, sites: Sites, failures: Failures) -> None:
        self.book = book
        self.names = names
        self.sites = sites
        self.failures = failures
        self._parents = TraceParents(failures)
        self.live: dict[int, Open] = {}
        self.detailed: dict[int, Open] = {}
        self.bodies: dict[int, Open] = {}
        # Whose calls that give the next piece are seen: responses, or what they stand on.
        self.askable: tuple[type, ...] = ()
        self.ended = self.failed = 0
        self.instances = Instances(book, sites)
        self._contexts_left = MOST_INSTANCES
        self._failures_left = _MOST_FAILURES
        self._contexts = book.threads.group("context", ("started_ns", "ended_ns", "site", "exchange"), kept=True)
        self._threads: dict[int, int] = {}
        self._counts: dict[tuple[int, int, int, int, int], list[Any]] = {}
        self.running_loop: Callable[[], Any] = _no_loop
        # What is to be done once the slice of time is over.
        self.on_end: Callable[[int], None] = _nothing
        # Hears of each exchange that ended, where anybody counts along.
        self.on_ended: Callable[[int], None] | None = None
        self.until_ns = 0
        # Since when the process is measured, where client objects may be older than that.
        self.adopts_since_ns = 0
        # Whoever looks at threads hears which call each is in.
        self.calls: Calls | None = None

    def forget(self) -> None:
        """This is a process of its own now, forked off: what was under way is the parent's."""
        self.live.clear()
        self.detailed.clear()
        self.bodies.clear()
        self._counts.clear()
        self._threads.clear()
        self.instances.forget()
        self.ended = self.failed = 0

    @property
    def in_flight(self) -> int:
        return len(self.live)

    def context_made(self, started_ns: int, frame: FrameType | None) -> None:
        """A TLS context was made."""
        opened = self.outer()
        if self._contexts_left > 0:
            self._contexts_left -= 1
            number = -1 if opened is None else opened.number
            self._contexts.add((started_ns, perf_counter_ns(), self.sites.of(frame), number))

    def outer(self) -> Open | None:
        """The exchange that the running code belongs to already."""
        opened = self.live.get(self.current.get(-1))
        # A task that was made inside of a call keeps its number for good, when the call is long over.
        return opened if opened is not None and opened.token is not None else None

    def lane(self) -> Lane:
        """The lane of the running code where it is not one of our own loops'."""
        return lane_beside_loops(self.book, self.running_loop())

    def begin(self, client: int, blocking: bool, frame: FrameType | None) -> Open | None:
        """A call of a client begins; None where the probe was removed."""
        if not self.book.recording:
            return None
        try:
            loop = self.running_loop()
            lane = getattr(loop, "clientprof_lane", None) or lane_beside_loops(self.book, loop)
            before = self.current.get(-1)
            opened = Open(lane, client, before)
            opened.site = site = self.sites.of(frame)
            opened.number = number = _next_number()
            lane.begun += 1
            if loop is not None or lane.look is not None:
                lane.askers.note(loop)
            if before <= ROUTE_BASE:
                opened.route = route_in(before)
            if lane.with_cpu or blocking:
                self._begin_in_thread(opened, blocking and loop is not None)
            opened.started_ns = now_ns = perf_counter_ns()
            self.live[number] = opened
            opened.token = self.current.set(number)
            if opened.window:
                request = request_in(before)
                lane.began.add(
                    (number, now_ns, site, opened.route, client, opened.thread, opened.holds, opened.cpu_ns, request)
                )
                self.detailed[number] = opened
                self._parents.write(lane.traced, number)
                lane.split(number, now_ns)
            return opened
        except Exception as error:
            self.failures.remove(_NAME, error)
            return None

    def _begin_in_thread(self, opened: Open, holds: bool) -> None:
        opened.thread = self._thread()
        opened.holds = 1 if holds else 0
        if holds or opened.lane.with_cpu:
            opened.cpu_ns = thread_time_ns()
        if opened.lane.with_cpu and self.calls is not None:
            self.calls.call_begins(opened.number, opened.thread, opened.cpu_ns)

    def returned(self, opened: Open, error: BaseException | None) -> None:
        """The call is over: back to what the code worked for before."""
        try:
            opened.returned_ns = now_ns = perf_counter_ns()
            self._leave(opened, now_ns)
            if error is not None:
                self.broke(opened, error)
                self.end(opened, now_ns)
        except Exception as problem:
            self.failures.remove(_NAME, problem)

    def paused(self, opened: Open) -> None:
        """A call is over, and a later one will go on with the same exchange."""
        try:
            opened.paused_ns, began_cpu_ns = perf_counter_ns(), opened.cpu_ns
            self._leave(opened, opened.paused_ns)
            opened.paused_cpu_ns = began_cpu_ns + opened.cpu_ns
        except Exception as error:
            self.failures.remove(_NAME, error)

    def goes_on(self, opened: Open) -> None:
        """The next call of an exchange that was paused begins. In another thread, clock and loop are not the exchange's."""
        try:
            lane, now_ns = opened.lane, perf_counter_ns()
            if opened.thread != self._thread():
                if self.detailed.pop(opened.number, None) is not None:
                    self._tell(opened)  # that it began is written: so will be its end
                opened.window, opened.cpu_ns, opened.strayed = 0, 0, True
            elif opened.cpu_ns:
                opened.cpu_ns = opened.paused_cpu_ns - opened.cpu_ns
                cpu_ns = thread_time_ns()
                if lane.with_cpu and self.calls is not None:
                    self.calls.call_begins(opened.number, opened.thread, cpu_ns)
                if opened.window and lane.with_cpu:
                    row = (
                        opened.paused_ns,
                        now_ns,
                        opened.paused_cpu_ns,
                        cpu_ns,
                        opened.number,
                        int(Blocking.PAUSE),
                        0,
                    )
                    lane.spans.add(row)
            opened.token = self.current.set(opened.number)
            if lane.window and not opened.strayed:
                lane.split(opened.number, now_ns)
        except Exception as error:
            self.failures.remove(_NAME, error)

    def _leave(self, opened: Open, now_ns: int) -> None:
        if opened.cpu_ns:
            cpu_ns = thread_time_ns()
            opened.cpu_ns = cpu_ns - opened.cpu_ns
            if opened.lane.with_cpu and self.calls is not None:
                self.calls.call_ends(cpu_ns)
        try:
            self.current.reset(opened.token)
        except ValueError:
            self.current.set(opened.before)  # another context: a generator that was closed elsewhere
        opened.token = None
        if opened.lane.window and not opened.strayed:
            opened.lane.split(opened.before, now_ns)

    def broke(self, opened: Open, error: BaseException) -> None:
        """The call, or reading its body, raised this."""
        opened.error = 1 + self.error_number(error)

    def error_number(self, error: BaseException) -> int:
        """The number of the error's type among the names."""
        kind = type(error)
        return self.names.number("error", (f"{kind.__module__}.{kind.__qualname__}",))

    def await_body(self, opened: Open, response: Any, raw: Any) -> None:
        """The response was given before its body was read; the exchange ends when ``closed`` hears of it. ``raw`` is what it
        stands on, which gives the pieces and may be released where the last is read; None where it stands alone."""
        try:
            key = id(response)
            opened.key = key
            self.bodies[key] = opened
            if raw is not None:
                opened.raw = id(raw)
                self.bodies[opened.raw] = opened
            if opened.window and isinstance(response if raw is None else raw, self.askable):
                opened.asks = 0
            opened.reference = reference = OpenResponse(response, self._dropped)
            reference.opened = opened
        except Exception as error:
            self.failures.remove(_NAME, error)

    def body_of(self, response: Any) -> Open | None:
        """The open exchange of a response."""
        return self.bodies.get(id(response))

    def closed(self, response: Any) -> None:
        """The body of the response has been read, or it was closed."""
        opened = self.bodies.get(id(response))
        if opened is not None:
            del self.bodies[id(response)]
            if opened.raw:
                for key in (opened.key, opened.raw):
                    if self.bodies.get(key) is opened:
                        del self.bodies[key]
            opened.reference = None
            self.end(opened, perf_counter_ns(), streamed=1)

    def _dropped(self, reference: Any) -> None:
        opened: Open = reference.opened
        if self.bodies.get(opened.key) is not opened:
            return
        for each in (opened.key, opened.raw):
            if self.bodies.get(each) is opened:
                del self.bodies[each]
        now_ns = perf_counter_ns()
        self.live.pop(opened.number, None)
        if self.detailed.pop(opened.number, None) is not None:
            self._row(opened.lane.ended, opened, 0, now_ns, 1)
        self._tell(opened)
        self._row(opened.lane.long_ended, opened, 0, now_ns, 1)

    def end(self, opened: Open, now_ns: int, streamed: int = 0) -> None:
        """The exchange is over."""
        try:
            if self.live.pop(opened.number, None) is None:
                return
            lane, tally = opened.lane, None
            failed = opened.error > 0
            wall_ns = now_ns - opened.started_ns
            if now_ns >= self.until_ns:
                # Before it is counted: a slice is no longer than its time, however long nothing ended after it.
                self.on_end(now_ns - 1)
            if opened.window:
                self.detailed.pop(opened.number, None)
            if opened.window and opened.window == lane.window:
                self._row(lane.ended, opened, now_ns, 0, streamed)
            elif failed and self._failures_left > 0:
                self._failures_left -= 1
                self._tell(opened)
            elif not opened.told:
                tally = lane.tally
            if opened.told:
                self._row(lane.long_ended, opened, now_ns, 0, streamed)
            self.ended += 1
            self.failed += failed
            key = (lane.number, opened.site, opened.peer, opened.client, opened.route)
            counts = self._counts.get(key)
            if counts is None:
                # Between two windows an exchange is a row of three integers, of which one says all this.
                counts = self._counts[key] = [0, 0, 0, {}, 2 * self.names.number("tally", key)]
            counts[0] += 1
            counts[1] += failed
            counts[2] += wall_ns
            bucket = int(8 * math.log2(wall_ns / 1000)) if wall_ns > 1000 else 0
            counts[3][bucket] = counts[3].get(bucket, 0) + 1
            if tally is not None:
                tally.add((now_ns, wall_ns, counts[4] + failed))
            if self.on_ended is not None:
                self.on_ended(now_ns)
            if lane.kind != "loop" and now_ns >= lane.due_ns:
                lane.flush(now_ns)
        except Exception as error:
            self.failures.remove(_NAME, error)

    def window_ended(self, lane: Lane) -> None:
        """A window of the lane is over: what is still open is not detailed."""
        for opened in list(self.detailed.values()):
            if opened.lane is lane:
                self.detailed.pop(opened.number, None)
                opened.window = 0

    def tell_long(self, before_ns: int) -> None:
        """Write down what began before then and is still open, where no window takes it away again."""
        self._failures_left = _MOST_FAILURES
        for opened in list(self.live.values()):
            if opened.started_ns < before_ns:
                self._tell(opened)

    @staticmethod
    def _tell(opened: Open) -> None:
        if opened.told:
            return
        opened.told = True
        opened.lane.long.add(
            (
                opened.number, opened.started_ns, opened.site, opened.route, opened.client, opened.thread, opened.holds,
                opened.peer, opened.instance, opened.returned_ns, opened.status, opened.enqueued_ns, opened.acquired_ns,
            )
        )  # fmt: skip

    @staticmethod
    def _row(rows: Rows, opened: Open, at_ns: int, dropped_ns: int, streamed: int) -> None:
        rows.add(
            (
                opened.number, at_ns, opened.returned_ns, opened.status, opened.body_bytes, opened.error, opened.peer,
                opened.instance, streamed, dropped_ns, opened.cpu_ns, opened.resumed_ns, opened.asks, opened.short_asks_ns,
            )
        )  # fmt: skip

    def take_counts(self) -> dict[tuple[int, int, int, int, int], list[Any]]:
        """What ended since the last time, by lane, site, peer, client and route: count, failed, wall, buckets."""
        counts, self._counts = self._counts, {}
        return counts

    def _thread(self) -> int:
        ident = threading.get_ident()  # a greenlet's own
        number = self._threads.get(ident)
        if number is None:
            if len(self._threads) > 100_000:
                self._threads.clear()
            number = self._threads[ident] = len(self._threads)
        return number


def _no_loop() -> None:
    return None


def _nothing(_now_ns: int) -> None:
    return None
