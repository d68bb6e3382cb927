"""uvloop's time as steps, in the columns of the stamped asyncio loop.

Theory of operation. A step begins when a wrapped callback begins, and lasts until the next begins, except where uvloop's own
code runs in between for long enough to matter: between two turns of its queue, and around each callback for data, it polls
and receives. There the end of the callback is stamped too, and what follows is a step of ``StepOwner.NATIVE``.

Nobody sees the select itself. But it is known where it is: after a turn of the queue, before what the poll brings. Whether
it waited is known from the thread's CPU clock: wall time without CPU. The clock is read only where the queue may be empty,
because uvloop waits nowhere else. The CPU in such a gap is divided among the system calls made in it, in equal shares: the
sends that were held back before the select, the poll, the receive that follows. So the ends of a select are right to some
microseconds. With a queue that is not empty the gap is all C code, and the select in it has no length of its own but the
poll's share.

A turn runs what was queued before it began. Callbacks are numbered when they are queued, so the first one with a number
above what had been queued at the turn's begin is the next turn's first.
"""

import threading
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from types import CodeType, FrameType
from typing import Any

from clientprof.model.run import StepOwner
from clientprof.probes.awaits import LAST_PLACE, NOBODY_WATCHED, AwaitProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.on_uvloop.uvloop_callbacks import ENTRIES, Caller, WrappedCallback, due_ns, entry
from clientprof.probes.waits import LongWaits
from clientprof.probes.written_sizes import size_of
from clientprof.recording.recorder import Recorder

_NOBODY = int(StepOwner.NOBODY)
_SELECT = int(StepOwner.SELECT)
_WAIT = int(StepOwner.WAIT)
_LOOP = int(StepOwner.LOOP)
_NATIVE = int(StepOwner.NATIVE)

# The phases of one of libuv's iterations: its queue (uvloop's idle handle), what the poll brought, timers.
_QUEUE, _POLLED, _TIMERS = 0, 1, 2
# Off the CPU for longer than this: the loop has waited.
_WAITED_NS = 20_000
# C code between two callbacks is shorter than this unless the loop has waited.
_SUSPECT_NS = 200_000


class Steps:
    """Writes ``step.*``, and for connections ``write.*`` and ``read.*``, of one loop.

    ``open``: a callback is under way; ``may_wait``: none is, and none that we know of is queued. ``queued``: how many
    callbacks were. ``run_soon`` and ``run_timer`` call them.
    ``waits`` hears when the loop may wait, where the loop runs in the main thread.
    """

    def __init__(
        self,
        native: CodeType,
        recorder: Recorder,
        failures: Failures,
        waits: LongWaits | None = None,
        awaits: AwaitProbe | None = None,
    ) -> None:
        """``native`` is the code object that stands for uvloop's C code."""
        self.native = native
        # Whose frame is the innermost while uvloop's own code runs.
        self.runs = _RUNS
        self.open = False
        self.queued = 0
        self.callers: tuple[Caller, ...] = ()
        self._recorder = recorder
        self._failures = failures
        self._wanted = waits
        self._waits: LongWaits | None = None
        self.may_wait = False
        self._ran = 0
        self._turn_ends = 0
        self._phase = _QUEUE
        self._ended_ns = self._selected_ns = perf_counter_ns()
        self._cpu_ns, self._cpu_at_ns = thread_time_ns(), self._ended_ns
        self._held_back: list[tuple[int, int, int, int, int]] = []
        self._rows = recorder.column("step.owner")
        self._owner = self._rows.append
        self._enqueued = recorder.column("step.enqueued_ns").append
        self._started = recorder.column("step.started_ns").append
        self._read_at = recorder.column("read.at_ns").append
        self._read_exchange = recorder.column("read.exchange").append
        self._read_connection = recorder.column("read.connection").append
        self._write_started = recorder.column("write.started_ns").append
        self._write_ended = recorder.column("write.ended_ns").append
        self._write_exchange = recorder.column("write.exchange").append
        self._write_connection = recorder.column("write.connection").append
        self._write_bytes = recorder.column("write.bytes").append
        self.run_soon = self._soon_runner(awaits)
        self.run_read = self._read_runner()

    def enter(self) -> None:
        """The loop begins to run, in this thread."""
        self._waits = self._wanted if threading.current_thread() is threading.main_thread() else None
        self._phase = _QUEUE
        self._ended_ns = self._cpu_at_ns = perf_counter_ns()
        self._cpu_ns = thread_time_ns()

    def leave(self) -> None:
        """It has stopped running."""
        if self.may_wait:
            self._woken(0)

    def close_step(self, owner: int = _LOOP) -> None:
        """End the step under way; what follows is the loop's own, or ``owner``'s, until the next callback."""
        self._row(owner, 0, perf_counter_ns())

    def soon(self, callback: Callable[..., object]) -> WrappedCallback:
        """A callback that is about to be queued in the loop's thread."""
        self.queued = number = self.queued + 1
        return WrappedCallback(self.run_soon, perf_counter_ns(), number, callback)

    def from_thread(self, callback: Callable[..., object]) -> WrappedCallback:
        """One that another thread may be queuing."""
        return WrappedCallback(self._run_unnumbered, perf_counter_ns(), callback)

    def timer(self, delay_s: float, callback: Callable[..., object]) -> WrappedCallback:
        """One that is due later."""
        return WrappedCallback(self.run_timer, perf_counter_ns(), delay_s, callback)

    def ready(self, callback: Callable[..., object]) -> WrappedCallback:
        """What is called when a file descriptor is ready."""
        return WrappedCallback(self._run_ready, callback)

    def _soon_runner(self, awaits: AwaitProbe | None) -> Callable[..., None]:
        """What calls the callbacks of ``call_soon``: the hot path, so the columns are in its closure."""
        watched = NOBODY_WATCHED if awaits is None else awaits.watched
        note = None if awaits is None else awaits.note
        owner, enqueued, started = self._owner, self._enqueued, self._started
        exchange_of, last_place = EXCHANGE.get, LAST_PLACE

        def run(enqueued_ns: int, number: int, callback: Callable[..., object], *args: Any) -> None:
            nonlocal owner, enqueued, started
            now_ns = perf_counter_ns()
            if number > self._turn_ends:
                self._gap(now_ns, _QUEUE, True)
                self._turn_ends = self.queued
            elif self._phase:
                self._gap(now_ns, _QUEUE)
            exchange = exchange_of(-1)
            try:
                owner(exchange)
                enqueued(enqueued_ns)
                started(now_ns)
            except Exception as error:
                owner = enqueued = started = ignore
                self.remove(error)
            if watched[exchange & last_place]:
                note(exchange, now_ns, callback)  # type: ignore[misc]
            self._ran = number
            self.open = True
            try:
                callback(*args)
            except BaseException:
                self._failed(callback)
                raise
            finally:
                self.open = False
                self._phase = _QUEUE
                self._ended_ns = perf_counter_ns()
                if number == self.queued:
                    self._waits_now()

        return entry(run)  # type: ignore[no-any-return]

    def _failed(self, callback: Callable[..., object]) -> None:
        for caller in self.callers:
            caller.failed = callback

    def _run_unnumbered(self, enqueued_ns: int, callback: Callable[..., object], *args: Any) -> None:
        self._begin(_QUEUE, EXCHANGE.get(_NOBODY), enqueued_ns)
        try:
            callback(*args)
        finally:
            self.end()

    def run_timer(self, called_ns: int, delay_s: float, callback: Callable[..., object], *args: Any) -> None:
        """Calls a callback of ``call_later``."""
        self._begin(_TIMERS, EXCHANGE.get(_NOBODY), due_ns(called_ns, delay_s))
        try:
            callback(*args)
        except BaseException:
            self._failed(callback)
            raise
        finally:
            self.end()

    def _run_ready(self, callback: Callable[..., object], *args: Any) -> None:
        self._begin(_POLLED, EXCHANGE.get(_NOBODY), 0)
        try:
            callback(*args)
        finally:
            self.end()

    def _read_runner(self) -> Callable[..., Any]:
        """What calls a protocol for what came in on its connection; hot too."""
        owner, enqueued, started = self._owner, self._enqueued, self._started
        read_at, read_exchange, read_connection = self._read_at, self._read_exchange, self._read_connection
        exchange_of = EXCHANGE.get

        def run(link: Any, method: Callable[..., Any], protocol: Any, data: Any) -> Any:
            nonlocal owner, enqueued, started, read_at, read_exchange, read_connection
            now_ns = perf_counter_ns()
            try:
                if self._phase == _POLLED and not (self.may_wait or self._held_back):
                    # Of the same poll as the one before: nothing but this read was in between.
                    owner(_NATIVE)
                    enqueued(0)
                    started(self._ended_ns)
                else:
                    self._gap(now_ns, _POLLED)
                enqueued(self._selected_ns)
                started(now_ns)
                if link.accepted:
                    # Whose request this is, only the task knows that the server makes of it.
                    owner(-1)
                else:
                    exchange = link.exchange
                    owner(exchange if exchange >= 0 else exchange_of(-1))
                    if link.connection:
                        read_at(now_ns)
                        read_exchange(exchange)
                        read_connection(link.connection)
            except Exception as error:
                owner = enqueued = started = read_at = read_exchange = read_connection = ignore
                self.remove(error)
            self.open = True
            try:
                return method(protocol, data)
            finally:
                self.open = False
                self._ended_ns = perf_counter_ns()
                if self._ran == self.queued:
                    self._waits_now()

        return run

    def run_other(self, method: Callable[..., Any], *args: Any) -> Any:
        """Calls a protocol for anything else."""
        self._begin(_QUEUE, EXCHANGE.get(_NOBODY), 0)
        try:
            return method(*args)
        finally:
            self.end()

    def end(self) -> None:
        """The callback under way has ended, which has no number."""
        self.open = False
        self._ended_ns = perf_counter_ns()
        if self._ran == self.queued:
            self._waits_now()

    def writer(self, link: Any, write: Callable[[Any], None], left: Callable[[], int]) -> Callable[[Any], None]:
        """A connection's ``write`` with stamps; ``left`` tells how many bytes uvloop holds back."""
        exchange_of, connection = EXCHANGE.get, link.connection

        def stamped(data: Any) -> None:
            started_ns = perf_counter_ns()
            write(data)
            ended_ns = perf_counter_ns()
            # Code that runs for nobody (a driver closing its client, say) leaves the last requester in place.
            link.exchange = exchange = exchange_of(link.exchange)
            try:
                if left():
                    self._held_back.append((started_ns, ended_ns, exchange, connection, size_of(data)))
                    return
                self._written(started_ns, ended_ns, exchange, connection, size_of(data))
            except Exception as error:
                self.remove(error)

        return stamped

    def _written(self, started_ns: int, ended_ns: int, exchange: int, connection: int, size: int) -> None:
        self._write_ended(ended_ns)
        self._write_started(started_ns)
        self._write_exchange(exchange)
        self._write_connection(connection)
        self._write_bytes(size)

    def _begin(self, phase: int, owner: int, enqueued_ns: int) -> None:
        """A callback begins that has no number. Not queued (0) means ready since the poll that brought it."""
        now_ns = perf_counter_ns()
        self._gap(now_ns, phase)
        self._row(owner, min(enqueued_ns or self._selected_ns, now_ns), now_ns)
        self.open = True

    def _row(self, owner: int, enqueued_ns: int, started_ns: int) -> None:
        try:
            self._owner(owner)
            self._enqueued(enqueued_ns)
            self._started(started_ns)
        except Exception as error:
            self.remove(error)

    def _waits_now(self) -> None:
        """Nothing that we know of is in the queue: from now on the loop may wait."""
        self.may_wait = True
        if self._waits is not None:
            self._waits.begins()
        self._cpu_ns, self._cpu_at_ns = thread_time_ns(), self._ended_ns

    def _woken(self, waited_ns: int) -> None:
        self.may_wait = False
        if self._waits is not None:
            self._waits.ended(waited_ns)

    def in_native(self, frame: FrameType | None) -> CodeType | None:
        """The code that stands for uvloop's, if the signal that found this frame came while uvloop itself ran.

        Python handles a signal at the first instruction of the next function that it enters: one of ours here. Where there
        is none, whoever runs the loop is the innermost frame.
        """
        if self.open or frame is None:
            return None
        code = frame.f_code
        if code is self.runs or (code in ENTRIES and frame.f_lineno == code.co_firstlineno):
            return self.native
        return None

    def _gap(self, now_ns: int, phase: int, new_turn: bool = False) -> None:
        """What uvloop did between the end of the last callback and the one that begins now, as steps."""
        ended_ns = self._ended_ns
        spent_ns = wall_ns = now_ns - ended_ns
        waited, may_block = False, False
        last, self._phase = self._phase, phase
        if self.may_wait:
            may_block, spent_ns = True, min(wall_ns, thread_time_ns() - self._cpu_ns)
            waited = wall_ns - spent_ns > _WAITED_NS
            self._woken(wall_ns - spent_ns)
        elif wall_ns > _SUSPECT_NS:
            # A cancelled handle hid that the queue was empty. All CPU since the clock was read, without the callbacks'.
            cpu_ns = thread_time_ns()
            spent_ns = max(0, min(wall_ns, cpu_ns - self._cpu_ns - (ended_ns - self._cpu_at_ns)))
            self._cpu_ns, self._cpu_at_ns = cpu_ns, now_ns
            waited = wall_ns - spent_ns > _WAITED_NS
            may_block = waited
        owner, enqueued, started = self._owner, self._enqueued, self._started
        held_back = len(self._held_back)
        try:
            if not (waited or (last == _QUEUE and (new_turn or phase)) or (last == _TIMERS and phase == _POLLED)):
                if held_back:
                    self._sent(ended_ns, 0)
                owner(_NATIVE)
                enqueued(0)
                started(ended_ns)
                return
            share_ns = spent_ns // (1 + held_back + (phase == _POLLED))
            begin_ns = self._sent(ended_ns, share_ns) if held_back else ended_ns
            owner(_WAIT if may_block else _SELECT)
            enqueued(0)
            started(begin_ns)
            if phase == _POLLED:
                self._selected_ns = now_ns - share_ns
                owner(_NATIVE)
                enqueued(0)
                started(self._selected_ns)
            else:
                self._selected_ns = now_ns
        except Exception as error:
            self.remove(error)

    def _sent(self, begin_ns: int, share_ns: int) -> int:
        """What was held back goes out, each write as a step of its exchange; when all is out."""
        held_back, self._held_back = self._held_back, []
        for started_ns, written_ns, exchange, connection, size in held_back:
            self._row(exchange, written_ns, begin_ns)
            begin_ns += share_ns
            self._written(started_ns, begin_ns, exchange, connection, size)
        return begin_ns

    def remove(self, error: Exception) -> None:
        """Stamp no more; the program goes on."""
        self._owner = self._enqueued = self._started = ignore
        self._read_at = self._read_exchange = self._read_connection = ignore
        self._write_started = self._write_ended = self._write_exchange = self._write_connection = ignore
        self._write_bytes = ignore
        self._failures.remove("steps of uvloop", error)
        for group in ("step", "write", "read"):
            self._recorder.level(group)


for _function in (Steps._run_unnumbered, Steps.run_timer, Steps._run_ready):
    entry(_function)


def running(loop: Any, run: Callable[[Any], Any], steps: Steps) -> Any:
    """Run the loop. While uvloop's C code runs, this is the innermost frame."""
    steps.enter()
    try:
        return run(loop)
    finally:
        steps.leave()


_RUNS = running.__code__
