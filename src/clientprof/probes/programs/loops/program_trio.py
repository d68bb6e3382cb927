"""trio's run loop inside somebody else's program, through trio's own instruments, which hand their rows to a lane.

Whoever calls ``trio.run`` (or anyio, or a server) comes through ``setup_runner``, where our instrument is added to the
program's own. It is there all the time and does little: it hears when the run begins and ends, which line spawned a task,
and before each wait it puts rows away and thinks about detail. The instrument that stamps the steps is there only while
detail is on.

A run that is a guest of asyncio's loop, or is nested in one, gets no lane of its own: its exchanges are that loop's, its
steps are that loop's callbacks, and whose they are is known only around the calls of clients.
"""

import contextlib
import sys
from collections.abc import Callable, Iterable
from time import perf_counter_ns
from typing import Any

from clientprof.probes.on_trio.trio_steps import TrioSteps
from clientprof.probes.patches import Patches
from clientprof.probes.programs.lanes import SETTLE_ROWS
from clientprof.probes.programs.loops.lane_runs import LaneRun
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.programs.loops.program_trio_sockets import TrioSockets
from clientprof.probes.real_threads import thread_ident
from clientprof.probes.seam_table import Instrument, fits

_NAME = "runs of trio"


class SwitchedSteps(TrioSteps):
    """The steps of one run, while they are on."""

    on = False

    def before_io_wait(self, timeout: float) -> None:
        # trio calls whom it had in its list when it began to call, even who was taken out meanwhile.
        if self.on:
            super().before_io_wait(timeout)


def _quietly(hook: Callable[..., None]) -> Any:
    """The hook, which never raises: trio would log that, in the program's log."""

    def called(watch: "TrioWatch", *args: Any) -> None:
        try:
            hook(watch, *args)
        except Exception as error:
            watch.setting.failures.remove(_NAME, error)
            watch.take_out()

    return called


class TrioWatch(LaneRun):
    """The instrument of one run."""

    def __init__(self, setting: LoopSetting) -> None:
        self.setting = setting
        self._steps: SwitchedSteps | None = None
        self._rows: list[int] = []
        self._thread = 0

    @_quietly
    def before_run(self) -> None:
        setting = self.setting
        if not setting.book.recording or setting.exchanges.running_loop() is not None:
            self.take_out()
            return
        self._thread = thread_ident()
        self.clientprof_lane = lane = setting.book.take("trio", pauses=True)
        self._rows = lane.recorder.column("step.owner")
        self._steps = SwitchedSteps(lane.recorder, setting.failures)
        setting.book.runs_in_this_thread(lane)
        if lane.window:
            self.switch(True)
        self.run_begins()

    @_quietly
    def after_run(self) -> None:
        self.run_ends()
        self.setting.book.runs_in_this_thread(None)
        self.run_is_over()

    @_quietly
    def task_spawned(self, task: Any) -> None:
        self.setting.exchanges.sites.task_made(task.coro, sys._getframe(1))

    @_quietly
    def before_io_wait(self, timeout: float) -> None:
        lane, steps, book = self.clientprof_lane, self._steps, self.setting.book
        if not book.recording:
            self.take_out()
            return
        assert steps is not None
        now_ns, was_on = perf_counter_ns(), steps.on
        if now_ns >= lane.duty.due_ns:
            self.detail_due(now_ns)
        if not steps.on:
            if now_ns >= lane.due_ns:
                lane.flush(now_ns)
            return
        steps.waits = lane.waits
        many = len(self._rows) > SETTLE_ROWS
        if many or (timeout > 0 and now_ns >= lane.due_ns):
            lane.settle(now_ns)
        if not was_on:
            steps.before_io_wait(timeout)

    def tasks(self) -> Iterable[Any] | None:
        if thread_ident() != self._thread:
            return None  # rows are put away from any thread, and another one may have a run of its own
        tasks, parents = [], [_lowlevel().current_root_task()]
        while parents:
            tasks.append(parents.pop())
            parents += [child for nursery in tasks[-1].child_nurseries for child in nursery.child_tasks]
        return tasks

    @_quietly
    def after_io_wait(self, _timeout: float) -> None:
        now_ns = perf_counter_ns()
        if now_ns >= self.clientprof_lane.look_due_ns:
            self.clientprof_lane.look_after_select(now_ns)

    def end_step(self, owner: int) -> None:
        if self._steps is not None and self._steps.on:
            self._steps.close_step(owner)

    def switch(self, on: bool) -> None:
        steps = self._steps
        assert steps is not None
        if on == steps.on:
            return
        steps.on = on
        if on:
            _lowlevel().add_instrument(steps)
        else:
            steps.forget()
            _lowlevel().remove_instrument(steps)

    def take_out(self) -> None:
        """This run is not watched any more."""
        for each in (self, self._steps):
            with contextlib.suppress(KeyError, RuntimeError):  # it was not there, or the run is over
                _lowlevel().remove_instrument(each)
        if self._steps is not None:
            self._steps.on = False


def _lowlevel() -> Any:
    return sys.modules["trio"].lowlevel


def install_program_trio(setting: LoopSetting, patches: Patches) -> None:
    """From now on trio's runs are watched; none where trio is not as the table of seams has it."""
    if not (fits(Instrument.TRIO_STEPS, setting.failures) and fits(Instrument.TRIO_RUNS, setting.failures)):
        return
    module: Any = sys.modules["trio._core._run"]
    original = module.setup_runner

    seen = fits(Instrument.TRIO_SOCKETS, setting.failures)

    def setup_runner(clock: Any, instruments: Any, *args: Any, **kwargs: Any) -> Any:
        setting.stamps.unseen_sockets |= not seen
        return original(clock, (*instruments, TrioWatch(setting)), *args, **kwargs)

    setup_runner.__name__, setup_runner.__qualname__ = original.__name__, original.__qualname__
    patches.set(module, "setup_runner", setup_runner)
    if seen:
        TrioSockets(setting).install(patches)
