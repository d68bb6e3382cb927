"""Lanes: where the rows of a process's threads go, and how they get to disk.

A lane has a recorder of its own, so that rows of two threads never mix. The lane of a loop is written by the thread
that runs the loop, and flushed by it, between two callbacks. The lane of all other threads takes whole rows
(``list.extend`` of a tuple, which no other thread can split) and is flushed by whoever notices that it is time. Nothing
is flushed by a thread of our own: a program with two threads may not fork without a warning.
"""

import contextlib
import os
import threading
from array import array
from collections.abc import Callable, Sequence
from time import perf_counter_ns, process_time_ns, thread_time_ns
from types import CodeType, FrameType
from typing import Any

from clientprof.probes.programs.duty import Duty
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.waiting.askers import Askers
from clientprof.probes.real_threads import in_main_thread, thread_ident
from clientprof.probes.sampling.run_delay import ThreadWaits
from clientprof.probes.waits import LongWaits
from clientprof.recording.recorder import Recorder
from clientprof.recording.segments import append_bytes, append_chunk

FLUSH_NS = 500_000_000
WINDOW_NS = 10_000_000_000
# So many steps are moved from lists into arrays at once. Lists hold an object for each number: the more of them there
# are, the less of the program's own data stays in the caches.
SETTLE_ROWS = 256
_FLUSH_SETTLED = 16
_MANY_LANES = 16
# What other rows point into, by number or by being the only ones that tell.
_KEPT = ("stack.", "frame.", "connection.", "closing.", "socket.", "closedsocket.")

_ENDED = (
    "number", "at_ns", "returned_ns", "status", "body_bytes", "error", "peer", "instance", "streamed", "dropped_ns",
    "cpu_ns", "resumed_ns", "asks", "short_asks_ns",
)  # fmt: skip
# What is counted of an exchange without detail, until the slice in which it ended is written.
# ``what`` is twice the number of lane, site, peer, client and route in the table ``tally``, and 1 more if it failed.
TALLY = ("ended_ns", "wall_ns", "what")
_LONG = (
    "number", "started_ns", "site", "route", "client", "thread", "blocking", "peer", "instance", "returned_ns", "status",
    "enqueued_ns", "acquired_ns",
)  # fmt: skip


def _ignore(_owner: int, _now_ns: int) -> None:
    return None


def _splitting(recorder: Recorder) -> Callable[[int, int], None]:
    """In the middle of a callback, the loop goes on for somebody else: a step of its own, which stood in no line."""
    owners = recorder.column("step.owner")
    own, enqueued, started = (recorder.column(f"step.{name}").append for name in ("owner", "enqueued_ns", "started_ns"))

    def split(owner: int, now_ns: int) -> None:
        if owners:
            own(owner)
            enqueued(now_ns)
            started(now_ns)

    return split


class Rows:
    """Rows of one group that several threads write: each is one ``extend``; ``columns`` divides them."""

    __slots__ = ("_values", "add", "group", "names")

    def __init__(self, group: str, names: Sequence[str]) -> None:
        self.group = group
        self.names = tuple(names)
        self._values: list[int] = []
        self.add: Callable[[Sequence[int]], None] = self._values.extend

    def __len__(self) -> int:
        return len(self._values) // len(self.names)

    def take(self) -> "dict[str, array[int]]":
        """The rows so far, as columns."""
        width = len(self.names)
        whole = len(self._values) // width * width
        values = self._values[:whole]
        del self._values[:whole]
        if not values:
            return {}
        return {f"{self.group}.{name}": array("q", values[place::width]) for place, name in enumerate(self.names)}


class Lane:
    """One lane: ``recorder`` for the thread that runs it, ``rows`` for what any thread may add.

    ``began`` and ``ended`` are the rows of exchanges; ``kept`` rows are never thinned. ``window`` numbers the windows that
    are recorded in detail, from 1; it is 0 between two of them: then only kept rows are written. ``begun`` counts exchanges.
    """

    def __init__(self, book: "LaneBook", number: int, kind: str, loop: str) -> None:
        self.book = book
        self.number = number
        self.kind = kind
        self.loop = loop
        self.recorder = Recorder()
        self.askers = Askers()
        # Where a look at the loop's tasks is due: who waits when a select is over has waited in it.
        self.look: Callable[[int], None] | None = None
        self.look_due_ns = 0
        self.rows: list[Rows] = []
        self.kept: list[Rows] = []
        self.began = self.group(
            "began",
            ("number", "started_ns", "site", "route", "client", "thread", "blocking", "cpu_started_ns", "request"),
        )
        self.traced = self.group("traced", ("exchange", "high", "low", "span"))
        self.served = self.group("served", ("number", "route", "queued_ns", "ended_ns"))
        self.ended = self.group("ended", _ENDED)
        self.long = self.group("long", _LONG, kept=True)
        self.long_ended = self.group("longended", _ENDED, kept=True)
        self.tally = Rows("tally", TALLY)
        self._pauses = self.group("pause", ("at_ns",), kept=True)
        self._clock = self.group("clock", ("at_ns", "cpu_ns", "begun", "queued_ns", "blocked"), kept=True)
        self._clock_due_ns = self._cpu_so_far_ns = 0
        self.with_cpu = kind == "threads"
        # Whether detail need not be recorded all the time.
        self.pauses = kind == "threads"
        self.split = _ignore if self.with_cpu else _splitting(self.recorder)
        with_cpu = ("cpu_ns",) if kind == "threads" else ()
        self.marks = self.group("mark", ("at_ns", "exchange", "kind", *with_cpu))
        self.spans = self.group(
            "span",
            ("started_ns", "ended_ns", "started_cpu_ns", "ended_cpu_ns", "exchange", "kind", "connection"),
        )
        self.handshakes = self.group("handshake", ("started_ns", "ended_ns", "exchange", "done"))
        self.lookups = self.group("lookup", ("started_ns", "ended_ns", "exchange", "host"))
        self.asks = self.group("ask", ("started_ns", "ended_ns", "exchange"))
        self.sockets = self.group("socket", ("number", "opened_ns", "exchange"))
        self.closed_sockets = self.group("closedsocket", ("at_ns", "number"))
        self.connections = 0
        self._settled = 0
        self._pending: dict[str, array[int]] = {}
        self.waits: LongWaits | None = None
        # What the sampler asks of a loop that makes no frames of its own and no rows while it waits.
        self.waiting: Callable[[], bool] | None = None
        self.native: Callable[[FrameType | None], CodeType | None] | None = None
        self.due_ns = 0
        self._from_ns = perf_counter_ns()
        self._from_cpu_ns = process_time_ns()
        self._from_thread_ns: tuple[int, int] | None = None
        self._waited, self._lock = ThreadWaits(), threading.Lock()
        self.before_flush: list[Callable[[int], None]] = []
        self.window = self._windows = 1
        self.begun = 0
        self.duty = Duty(book.seed + number, always=book.always)
        # Whether it ran in the main thread last; None before it ran.
        self.main: bool | None = None

    def mark(self, exchange: int, kind: int, at_ns: int, cpu_ns: int = 0) -> None:
        """A mark of one of the lane's exchanges."""
        if self.with_cpu:
            self.marks.add((at_ns, exchange, kind, cpu_ns))
        else:
            self.marks.add((at_ns, exchange, kind))

    def group(self, group: str, names: Sequence[str], *, kept: bool = False) -> Rows:
        """Rows that any thread may add to."""
        rows = Rows(group, names)
        (self.kept if kept else self.rows).append(rows)
        return rows

    def runs_here(self) -> None:
        """The calling thread runs the lane's loop from now on: its CPU clock counts."""
        self._from_thread_ns = (thread_ident(), thread_time_ns())

    def end_window(self, now_ns: int) -> None:
        """From now on detail is not recorded."""
        self._pauses.add((now_ns,))
        self._clock_due_ns = 0
        self.flush(now_ns)
        self.window = 0

    def begin_window(self, now_ns: int) -> None:
        """Detail is recorded from now on. What was added since the last window, by others, is of no window."""
        self._clock_due_ns = 0
        self.flush(now_ns)
        self._from_ns, self._from_cpu_ns = now_ns, process_time_ns()
        self._windows += 1
        self.window = self._windows

    def look_after_select(self, now_ns: int) -> None:
        """A select is over, and its callbacks have not begun; call it where ``now_ns`` is beyond ``look_due_ns``."""
        self.look_due_ns = now_ns + FLUSH_NS
        if self.look is not None:
            self.look(now_ns)

    def settle(self, now_ns: int) -> None:
        """Make room in the caches; every few times, or when it is due, what there is goes to disk."""
        self._settled += 1
        if now_ns >= self.due_ns or self._settled >= _FLUSH_SETTLED:
            self.flush(now_ns)
        elif self._lock.acquire(blocking=False):
            try:
                self._collect()
            except Exception as error:
                self.book.give_up("writing the recording", error)
            finally:
                self._lock.release()

    def _collect(self) -> None:
        pending = self._pending
        for taken in (self.recorder.take(), *(rows.take() for rows in self.rows)):
            for name, column in taken.items():
                if name in pending:
                    pending[name].extend(column)
                else:
                    pending[name] = column

    def flush(self, now_ns: int) -> None:
        """Write what there is; a flush that fails takes the recording out, never the program."""
        self.due_ns = now_ns + FLUSH_NS
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._write(now_ns)
        except Exception as error:
            self.book.give_up("writing the recording", error)
        finally:
            self._lock.release()

    def _write(self, now_ns: int) -> None:
        book = self.book
        # First: a slice of time may be closed by what follows, and these rows with it.
        tally = self.tally.take()
        if tally and book.recording:
            append_chunk(book.path(f"{self.number}.now.tally"), tally, {})
        for prepare in self.before_flush:
            prepare(now_ns)
        self._settled = 0
        self._collect()
        columns, self._pending = self._pending, {}
        # What samples point into, in windows that are kept, must not go with those that are not.
        kept = {name: columns.pop(name) for name in list(columns) if name.startswith(_KEPT)}
        cpu_ns, known, thread_cpu_ns = process_time_ns(), *self._thread_cpu_ns()
        self._cpu_so_far_ns += thread_cpu_ns
        if known and not self.with_cpu and now_ns >= self._clock_due_ns:
            self._clock_due_ns = now_ns + FLUSH_NS
            self._clock.add((now_ns, self._cpu_so_far_ns, self.begun, *self._waited.so_far()))
        for rows in self.kept:
            kept.update(rows.take())
        about = {
            "lane": self.number, "from_ns": self._from_ns, "to_ns": now_ns, "cpu_ns": cpu_ns - self._from_cpu_ns,
            "thread_cpu_ns": thread_cpu_ns,
        }  # fmt: skip
        self._from_ns, self._from_cpu_ns = now_ns, cpu_ns
        if not book.recording:
            return
        names = book.names.take()
        if names:
            append_bytes(book.path("names"), names)
        if kept:
            append_chunk(book.path(f"{self.number}.kept"), kept, about)
        if columns and self.window:
            append_chunk(book.path(f"{self.number}.{now_ns // WINDOW_NS}.window"), columns, about)
        if book.stopping:
            book.recording = False

    def _thread_cpu_ns(self) -> tuple[bool, int]:
        """CPU of the thread that runs the lane since the last time. Another thread that flushes does not know it."""
        ident, before = thread_ident(), self._from_thread_ns
        mine = before is not None and before[0] == ident
        now_ns = thread_time_ns()
        if mine or before is None or self.with_cpu:
            self._from_thread_ns = (ident, now_ns)
        return mine, now_ns - before[1] if before is not None and mine else 0

    def close_tally(self, *, first: bool) -> None:
        """A slice of time has been written: what was counted in it one by one is needed only where a measurement begins or
        ends in the slice. ``first`` says that one begins there; it may end in the last slice or in the two before."""
        for name, becomes in (("previous", "before"), ("now", "first" if first else "previous")):
            try:
                os.replace(
                    self.book.path(f"{self.number}.{name}.tally"), self.book.path(f"{self.number}.{becomes}.tally")
                )
            except FileNotFoundError:
                continue

    def discard(self) -> None:
        """Forget what is not on disk: it belongs to the process that this one was forked from."""
        self.recorder.discard()
        for rows in (*self.rows, *self.kept, self.tally):
            rows.take()
        self._pending = {}
        self._lock = threading.Lock()
        self._from_ns, self._from_cpu_ns, self._from_thread_ns = perf_counter_ns(), process_time_ns(), None
        self._waited = ThreadWaits()


class LaneBook:
    """All lanes of a process. ``folder`` is where their files go; ``recording`` is False once measuring is over.

    ``always``: detail is recorded all the time, whatever it costs; ``seed`` is that of the times between windows.
    """

    def __init__(
        self,
        folder: str,
        names: Names,
        on_failure: Callable[[str, Exception], None],
        seed: int = 1,
        *,
        always: bool = False,
    ) -> None:
        self.folder = folder
        self.names = names
        self.recording = True
        self.stopping = False
        self.identity = ""
        self.seed = seed
        self.always = always
        self._on_failure = on_failure
        self.threads = Lane(self, 0, "threads", "threads")
        self.lanes = [self.threads]
        self._free: list[Lane] = []
        self._foreign: dict[int, Lane] = {}

    def path(self, suffix: str) -> str:
        return f"{self.folder}/{self.identity}.{suffix}"

    def give_up(self, what: str, error: Exception) -> None:
        """The recording cannot be written: nothing is recorded any more."""
        self.recording = False
        self._on_failure(what, error)

    def take(self, loop: str, *, pauses: bool = False, kind: str = "loop") -> Lane:
        """A lane for a new loop: one that an earlier loop of that kind gave back, or a new one.

        ``pauses``: its detail may be switched off and on.
        """
        # Most loops run where they are made: what the main thread did stays apart from what others do, as long as lanes do
        # not become many because a program makes its loops elsewhere.
        here, many = in_main_thread(), len(self.lanes) > _MANY_LANES
        for lane in self._free:
            if lane.loop == loop and lane.pauses == pauses and (many or lane.main is here):
                self._free.remove(lane)
                return lane
        lane = Lane(self, len(self.lanes), kind, loop)
        lane.pauses = pauses
        self.lanes.append(lane)
        self.names.add("lane", (lane.number, lane.kind, loop))
        return lane

    def give_back(self, lane: Lane) -> None:
        if lane not in self._free:
            self._free.append(lane)

    def ran(self, lane: Lane) -> None:
        """The lane's loop runs in this thread."""
        lane.runs_here()
        lane.main = in_main_thread()
        self.names.number("thread", (lane.number, threading.current_thread().name, lane.main))

    def runs_in_this_thread(self, lane: Lane | None) -> None:
        """Whoever asks for the lane of this thread's loop gets this one, until it is None."""
        if lane is None:
            self._foreign.pop(thread_ident(), None)
        else:
            self._foreign[thread_ident()] = lane

    def foreign(self, loop: str, note: Callable[[], str] | None = None, kind: str = "loop") -> Lane:
        """The lane of this thread's loop that is none of asyncio's or uvloop's. Where nothing runs in it by
        ``runs_in_this_thread``, its exchanges are known and its steps are not: the ``note`` says so."""
        ident = thread_ident()
        lane = self._foreign.get(ident)
        if lane is None or lane.loop != loop:
            lane = self._foreign[ident] = self.take(loop, kind=kind)
            self.ran(lane)
            if note is not None:
                self.names.add("note", (note(),))
        return lane

    def begin(self, kind: str, parent: str | None, about: dict[str, Any]) -> None:
        """Announce this process."""
        started_ns = perf_counter_ns()
        self.identity = f"{os.getpid()}-{started_ns:x}"
        self.names.add("process", (kind, parent, started_ns, about))
        self.names.add("lane", (0, "threads", "threads"))
        for lane in self.lanes[1:]:
            self.names.add("lane", (lane.number, lane.kind, lane.loop))
        append_bytes(self.path("names"), self.names.take())

    def flush_all(self, how: str) -> None:
        """The process ends."""
        now_ns = perf_counter_ns()
        self.names.add("end", (how, now_ns))
        for lane in self.lanes:
            lane.flush(now_ns)
        if self.recording:
            with contextlib.suppress(OSError):
                append_bytes(self.path("names"), self.names.take())
