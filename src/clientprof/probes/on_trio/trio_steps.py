"""trio's run loop, observed through its own instruments: where it waits, and every step of every task.

trio calls an instrument before and after each wait for I/O, when a task is scheduled and before it steps. That is what the
stamped asyncio loop records, in the same columns. Where trio has no task to run it waits; the stamps of that wait end with
the first task it schedules, because handing out events is no waiting.
"""

import sys
from time import perf_counter_ns
from typing import Any

from clientprof.model.run import StepOwner
from clientprof.probes.awaits import LAST_PLACE, NOBODY_WATCHED, AwaitProbe
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures, ignore
from clientprof.probes.waits import LongWaits, Waiter
from clientprof.recording.recorder import Recorder

_NOBODY = int(StepOwner.NOBODY)
_SELECT, _WAIT = int(StepOwner.SELECT), int(StepOwner.WAIT)
_LOOP = int(StepOwner.LOOP)


class TrioWaits:
    """A trio instrument that tells the sampler of each wait that is allowed to block."""

    def __init__(self, waiter: Waiter) -> None:
        self._waiter = waiter
        self._waiting = False

    def before_io_wait(self, timeout: float) -> None:
        if timeout > 0 and self._waiter.running:
            self._waiting = True
            self._waiter.begin_wait()

    def after_io_wait(self, _timeout: float) -> None:
        if self._waiting:
            self._waiting = False
            # The frame that called trio's own call of its instruments is the run loop's.
            self._waiter.end_wait(sys._getframe(2))


class TrioSteps:
    """A trio instrument that writes ``step.*``: one row per task step, one per wait, contiguous in time.

    ``waits`` hears of each wait that may block and may be another one from wait to wait, ``awaits`` of each step of the
    exchanges that it watches.
    """

    def __init__(
        self,
        recorder: Recorder,
        failures: Failures | None = None,
        waits: LongWaits | None = None,
        awaits: AwaitProbe | None = None,
    ) -> None:
        self._recorder = recorder
        self._failures = failures or Failures()
        self._started = recorder.column("step.started_ns").append
        self._enqueued = recorder.column("step.enqueued_ns").append
        self._owner = recorder.column("step.owner").append
        self._scheduled: dict[Any, int] = {}
        self._waiting = False
        self.waits = waits
        self._wait_began_ns = 0
        self._watched = NOBODY_WATCHED if awaits is None else awaits.watched
        self._note_await = None if awaits is None else awaits.note_coroutine

    def before_io_wait(self, timeout: float) -> None:
        may_block = timeout > 0
        self._wait_began_ns = self._row(_WAIT if may_block else _SELECT, 0)
        self._waiting = True
        if may_block and self.waits is not None:
            self.waits.begins()

    def after_io_wait(self, timeout: float) -> None:
        if self._waiting:
            self.close_step()
        if timeout > 0 and self.waits is not None:
            self.waits.ended(perf_counter_ns() - self._wait_began_ns)

    def task_scheduled(self, task: Any) -> None:
        if self._waiting:
            self.close_step()
        self._scheduled[task] = perf_counter_ns()

    def before_task_step(self, task: Any) -> None:
        exchange = task.context.get(EXCHANGE, _NOBODY)
        began_ns = self._row(exchange, self._scheduled.pop(task, 0))
        if self._note_await is not None and self._watched[exchange & LAST_PLACE]:
            self._note_await(exchange, began_ns, task.coro)

    def close_step(self, owner: int = _LOOP) -> None:
        """End the step under way; what follows is the loop's own, or ``owner``'s, until the next one."""
        self._waiting = False
        self._row(owner, 0)

    def forget(self) -> None:
        """From now on it is not called for a while: who stands in line meanwhile is not known."""
        self._waiting = False
        self._scheduled.clear()

    def _row(self, owner: int, enqueued_ns: int) -> int:
        """Returns when the step began."""
        now_ns = perf_counter_ns()
        try:
            self._owner(owner)
            self._enqueued(enqueued_ns)
            self._started(now_ns)
        except Exception as error:
            self._started = self._enqueued = self._owner = ignore
            self._failures.remove("steps of trio", error)
            self._recorder.level("step")
        return now_ns
