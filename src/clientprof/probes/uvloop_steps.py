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

from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from types import CodeType
from typing import Any

from clientprof.model.recording import StepOwner
from clientprof.probes.accepted import READ_STEP
from clientprof.probes.awaits import LAST_PLACE, NOBODY_WATCHED, AwaitProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.uvloop_turns import Turns, Waiter, WrappedCallback, entry
from clientprof.recording.recorder import Recorder

_NOBODY = int(StepOwner.NOBODY)
_SELECT = int(StepOwner.SELECT)
_LOOP = int(StepOwner.LOOP)
_NATIVE = int(StepOwner.NATIVE)

# The phases of one of libuv's iterations: its queue (uvloop's idle handle), what the poll brought, timers.
_QUEUE, _POLLED, _TIMERS = 0, 1, 2
# Off the CPU for longer than this: the loop has waited.
_WAITED_NS = 20_000
# C code between two callbacks is shorter than this unless the loop has waited.
_SUSPECT_NS = 200_000


class Steps(Turns):
    """Writes ``step.*``, and for connections ``write.*`` and ``read.*``; see ``Turns`` for its use."""

    def __init__(
        self,
        native: CodeType,
        recorder: Recorder,
        failures: Failures,
        waits: Waiter | None = None,
        awaits: AwaitProbe | None = None,
    ) -> None:
        super().__init__(native, waits)
        self.recorder = recorder
        self.failures = failures
        self.watched = NOBODY_WATCHED if awaits is None else awaits.watched
        self._note_await = None if awaits is None else awaits.note
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
        self._turn_ends = 0
        self._phase = _QUEUE
        self._ended_ns = self._selected_ns = perf_counter_ns()
        self._cpu_ns, self._cpu_at_ns = thread_time_ns(), self._ended_ns
        self._held_back: list[tuple[int, int, int, int]] = []

    def enter(self) -> None:
        super().enter()
        self._phase = _QUEUE
        self._ended_ns = self._cpu_at_ns = perf_counter_ns()
        self._cpu_ns = thread_time_ns()

    def close_step(self) -> None:
        self._row(_LOOP, 0, perf_counter_ns())

    def soon(self, callback: Callable[..., object]) -> WrappedCallback:
        self.queued = number = self.queued + 1
        return WrappedCallback(self._run_stamped, perf_counter_ns(), number, callback)

    def from_thread(self, callback: Callable[..., object]) -> WrappedCallback:
        return WrappedCallback(self._run_unnumbered, perf_counter_ns(), callback)

    def timer(self, delay_ms: int, callback: Callable[..., object]) -> WrappedCallback:
        # libuv counts whole milliseconds.
        due_ns = (perf_counter_ns() // 1_000_000 + delay_ms) * 1_000_000
        return WrappedCallback(self._run_timer, due_ns, callback)

    def ready(self, callback: Callable[..., object]) -> WrappedCallback:
        return WrappedCallback(self._run_ready, callback)

    def _run_stamped(self, enqueued_ns: int, number: int, callback: Callable[..., object], *args: Any) -> None:
        now_ns = perf_counter_ns()
        if number > self._turn_ends:
            self._gap(now_ns, _QUEUE, new_turn=True)
            self._turn_ends = self.queued
        elif self._phase != _QUEUE:
            self._gap(now_ns, _QUEUE)
        exchange = EXCHANGE.get(_NOBODY)
        try:
            self._owner(exchange)
            self._enqueued(enqueued_ns)
            self._started(now_ns)
        except Exception as error:
            self.remove(error)
        if self.watched[exchange & LAST_PLACE]:
            self._note_await(exchange, now_ns, callback)  # type: ignore[misc]
        self.ran = number
        self.open = True
        try:
            callback(*args)
        finally:
            self.open = False
            self._phase = _QUEUE
            self._ended_ns = perf_counter_ns()
            if number == self.queued:
                self._waits_now()

    def _run_unnumbered(self, enqueued_ns: int, callback: Callable[..., object], *args: Any) -> None:
        self._begin(_QUEUE, EXCHANGE.get(_NOBODY), enqueued_ns)
        try:
            callback(*args)
        finally:
            self.end()

    def _run_timer(self, due_ns: int, callback: Callable[..., object], *args: Any) -> None:
        self._begin(_TIMERS, EXCHANGE.get(_NOBODY), due_ns)
        try:
            callback(*args)
        finally:
            self.end()

    def _run_ready(self, callback: Callable[..., object], *args: Any) -> None:
        self._begin(_POLLED, EXCHANGE.get(_NOBODY), 0)
        try:
            callback(*args)
        finally:
            self.end()

    def begin_read(self, link: Any) -> None:
        if link.accepted:
            # Whose request this is, only the task knows that the server makes of it.
            self._begin(_POLLED, _NOBODY, 0)
            READ_STEP.set(len(self._rows) - 1)
            return
        exchange = link.exchange
        now_ns = self._begin(_POLLED, exchange if exchange >= 0 else EXCHANGE.get(_NOBODY), 0)
        if link.connection:
            try:
                self._read_at(now_ns)
                self._read_exchange(exchange)
                self._read_connection(link.connection)
            except Exception as error:
                self.remove(error)

    def begin_other(self, _link: Any = None) -> None:
        self._begin(_QUEUE, EXCHANGE.get(_NOBODY), 0)

    def end(self) -> None:
        self._ended_ns = perf_counter_ns()
        super().end()

    def written(self, link: Any, started_ns: int, *, held_back: bool) -> None:
        """A write on a connection has returned; ``held_back`` if uvloop still has what was written."""
        # Code that runs for nobody (a driver closing its client, say) leaves the last requester in place.
        link.exchange = exchange = EXCHANGE.get(link.exchange)
        now_ns = perf_counter_ns()
        if held_back:
            self._held_back.append((started_ns, now_ns, exchange, link.connection))
        else:
            self._wrote(started_ns, now_ns, exchange, link.connection)

    def _wrote(self, started_ns: int, ended_ns: int, exchange: int, connection: int) -> None:
        try:
            self._write_ended(ended_ns)
            self._write_started(started_ns)
            self._write_exchange(exchange)
            self._write_connection(connection)
        except Exception as error:
            self.remove(error)

    def _begin(self, phase: int, owner: int, enqueued_ns: int) -> int:
        """A callback begins that has no number; when. Not queued (0) means ready since the poll that brought it."""
        now_ns = perf_counter_ns()
        self._gap(now_ns, phase)
        self._row(owner, min(enqueued_ns or self._selected_ns, now_ns), now_ns)
        self._phase = phase
        self.open = True
        return now_ns

    def _row(self, owner: int, enqueued_ns: int, started_ns: int) -> None:
        try:
            self._owner(owner)
            self._enqueued(enqueued_ns)
            self._started(started_ns)
        except Exception as error:
            self.remove(error)

    def _waits_now(self) -> None:
        super()._waits_now()
        self._cpu_ns, self._cpu_at_ns = thread_time_ns(), self._ended_ns

    def _gap(self, now_ns: int, phase: int, *, new_turn: bool = False) -> None:
        """What uvloop did between the end of the last callback and the one that begins now, as steps."""
        ended_ns = self._ended_ns
        spent_ns = wall_ns = now_ns - ended_ns
        may_block = self._may_wait
        if may_block:
            spent_ns = min(wall_ns, thread_time_ns() - self._cpu_ns)
            self._woken()
        elif wall_ns > _SUSPECT_NS:
            # A cancelled handle hid that the queue was empty. All CPU since the clock was read, without the callbacks'.
            cpu_ns = thread_time_ns()
            spent_ns = max(0, min(wall_ns, cpu_ns - self._cpu_ns - (ended_ns - self._cpu_at_ns)))
            self._cpu_ns, self._cpu_at_ns = cpu_ns, now_ns
            may_block = True
        last, self._phase = self._phase, phase
        waited = wall_ns - spent_ns > _WAITED_NS
        if not (waited or (last == _QUEUE and (new_turn or phase != _QUEUE)) or (last == _TIMERS and phase == _POLLED)):
            if self._held_back:
                self._sent(ended_ns, 0)
            self._row(_NATIVE, 0, ended_ns)
            return
        share_ns = spent_ns // (1 + len(self._held_back) + (phase == _POLLED))
        begin_ns = self._sent(ended_ns, share_ns) if self._held_back else ended_ns
        self._row(_SELECT, 1 if may_block else 0, begin_ns)
        if phase == _POLLED:
            self._selected_ns = now_ns - share_ns
            self._row(_NATIVE, 0, self._selected_ns)
        else:
            self._selected_ns = now_ns

    def _sent(self, begin_ns: int, share_ns: int) -> int:
        """What was held back goes out, each write as a step of its exchange; when all is out."""
        held_back, self._held_back = self._held_back, []
        for started_ns, written_ns, exchange, connection in held_back:
            self._row(exchange, written_ns, begin_ns)
            begin_ns += share_ns
            self._wrote(started_ns, begin_ns, exchange, connection)
        return begin_ns

    def remove(self, error: Exception) -> None:
        """Stamp no more; the program goes on."""
        self._owner = self._enqueued = self._started = ignore
        self._read_at = self._read_exchange = self._read_connection = ignore
        self._write_started = self._write_ended = self._write_exchange = self._write_connection = ignore
        self.watched = NOBODY_WATCHED
        self.failures.remove("steps of uvloop", error)
        for group in ("step", "write", "read"):
            self.recorder.level(group)


for _function in (Steps._run_stamped, Steps._run_unnumbered, Steps._run_timer, Steps._run_ready):
    entry(_function)
