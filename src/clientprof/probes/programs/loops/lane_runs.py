"""A lane while its loop runs: who hears that it begins and ends, and when its detail pauses and goes on.

One home for what asyncio's, uvloop's and trio's loops of a program have in common; each brings only how its own stamps are
switched on and off.
"""

import sys
from collections.abc import Iterable
from time import perf_counter_ns
from typing import Any

from clientprof.model.run import StepOwner
from clientprof.probes.programs.lanes import FLUSH_NS, Lane
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.programs.measured_from import measured_from_ns
from clientprof.probes.programs.sites import NO_CLIENTS

_WAIT, _LOOP = int(StepOwner.WAIT), int(StepOwner.LOOP)
_NEVER_NS = 1 << 62


class LaneRun:
    """A loop, or what stands for it, with its lane; ``setting`` and ``clientprof_lane`` are set before it runs.

    ``pauses``: detail may be switched off and on. Then ``switch`` does that to the loop's own stamps.
    """

    pauses = True
    clientprof_own = True
    setting: LoopSetting
    clientprof_lane: Lane

    def end_step(self, owner: int) -> None:
        """End the step under way and begin one of that owner."""
        raise NotImplementedError

    def switch(self, on: bool) -> None:
        """Begin or end the loop's own stamps."""
        raise NotImplementedError

    def tasks(self) -> Iterable[Any] | None:
        """The loop's tasks, where it runs in this thread; None where they cannot be told."""
        return None

    def _look_at_tasks(self, now_ns: int) -> None:
        self.setting.gates.look(self.clientprof_lane, self.tasks, now_ns)

    def _look_if_late(self, now_ns: int) -> None:
        """A loop that is busy all the time may have no select after which to look."""
        lane = self.clientprof_lane
        if now_ns >= lane.look_due_ns + FLUSH_NS:
            lane.look_after_select(now_ns)

    def run_begins(self) -> None:
        """The loop begins to run, in this thread."""
        setting, lane = self.setting, self.clientprof_lane
        setting.book.ran(lane)
        if self.pauses:
            now_ns = perf_counter_ns()
            if lane.window:
                setting.windowed.enter()
            else:
                self._begin_detail(now_ns)
            lane.duty.start(now_ns, lane.begun)
        self.end_step(_LOOP)
        lane.look, lane.look_due_ns = self._look_at_tasks, perf_counter_ns() + FLUSH_NS
        lane.before_flush.append(self._look_if_late)
        setting.running(lane)

    def run_ends(self) -> None:
        """It has stopped. Until the next loop of this lane runs, nothing does: as in a select that may wait. (Without
        detail, nothing is stamped.)"""
        setting, lane = self.setting, self.clientprof_lane
        setting.stopped(lane)
        lane.look = None
        if self._look_if_late in lane.before_flush:  # not where a run is ended twice
            lane.before_flush.remove(self._look_if_late)
        if self.pauses and lane.window:
            setting.windowed.leave()
        self.end_step(_WAIT)

    def run_is_over(self) -> None:
        """It will not run again: the lane is free for the next loop."""
        self.clientprof_lane.flush(perf_counter_ns())
        self.setting.book.give_back(self.clientprof_lane)

    def detail_due(self, now_ns: int) -> bool:
        """Think about detail: whether there is any from now on. Called between two callbacks, in the loop's thread."""
        setting, lane = self.setting, self.clientprof_lane
        try:
            if setting.book.recording and not setting.book.stopping:
                lane.duty.measured_from(measured_from_ns(setting.book.folder))
                on = lane.duty.decide(now_ns, lane.begun, setting.exchanges.in_flight)
                if on != bool(lane.window):
                    (self._begin_detail if on else self._end_detail)(now_ns)
            else:
                lane.duty.due_ns = _NEVER_NS
        except Exception as error:
            lane.duty.due_ns = _NEVER_NS
            setting.failures.remove("windows of detail", error)
        return bool(lane.window)

    def _end_detail(self, now_ns: int) -> None:
        setting, lane = self.setting, self.clientprof_lane
        setting.paused(lane)
        # As in a select that may wait: what follows is not known.
        self.end_step(_WAIT)
        lane.end_window(now_ns)
        setting.exchanges.window_ended(lane)
        self.switch(False)
        setting.windowed.leave()

    def _begin_detail(self, now_ns: int) -> None:
        setting, lane = self.setting, self.clientprof_lane
        lane.begin_window(now_ns)
        self.switch(True)
        setting.windowed.enter()
        setting.resumed(lane)


class WatchedMethods(LaneRun):
    """The methods of a loop that are the same on asyncio and uvloop; the loop's own class stands behind this one."""

    # Whether it ran already when it became ours: then nobody of ours sees it stop.
    ran_before = False
    # Whether it is in our ``run_forever``, which sees both its begin and its end.
    runs = False

    def run_forever(self) -> Any:
        self.end_earlier_run()
        self.run_begins()
        self.runs = True
        try:
            return super().run_forever()  # type: ignore[misc]
        finally:
            self.runs = False
            self.run_ends()

    def tasks(self) -> Iterable[Any] | None:
        asyncio = sys.modules["asyncio"]
        return asyncio.all_tasks(self) if asyncio._get_running_loop() is self else None

    def close(self) -> None:
        closed = self.is_closed()  # type: ignore[attr-defined]
        self.end_earlier_run()
        super().close()  # type: ignore[misc]
        if not closed:
            self.run_is_over()

    def end_earlier_run(self) -> None:
        """A run that had begun before the loop became ours is over."""
        if self.ran_before:
            self.ran_before = False
            self.run_ends()

    def create_task(self, coro: Any, **kwargs: Any) -> Any:
        sites = self.setting.exchanges.sites
        try:
            if sites.kinds.get(id(coro.cr_code)) not in NO_CLIENTS:
                sites.task_made(coro, sys._getframe(1))
        except AttributeError:
            # A generator of asyncio's own (Python 3.11), a client's own object, or nothing that has code.
            sites.task_made(coro, sys._getframe(1))
        except Exception as error:
            self.setting.failures.remove("call sites of tasks", error)
        return super().create_task(coro, **kwargs)  # type: ignore[misc]

    async def getaddrinfo(self, *args: Any, **kwargs: Any) -> Any:
        at_ns = perf_counter_ns()
        try:
            return await super().getaddrinfo(*args, **kwargs)  # type: ignore[misc]
        finally:
            self.setting.stamps.looked_up(at_ns, args[0] if args else kwargs.get("host"))
