"""asyncio's selector loop inside somebody else's program: the stamped loop, which hands its rows to a lane.

A loop becomes stamped as it is made, whoever makes it (``asyncio.run``, a policy, a server's own factory): ``__init__``
of the plain class gives the new object another class of the same name, with the same base. What a program made a class
of its own from stays its own: its calls are measured, its steps are not.
"""

import asyncio
from asyncio import events
from time import perf_counter_ns
from typing import Any

from clientprof.model.phases import Mark
from clientprof.model.recording import StepOwner
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.on_asyncio.stamped_loop import StampedLoop, StampedSelector, install_handle_stamps
from clientprof.probes.on_asyncio.stamped_transport import AsyncioTransport, StampedTransport, is_accepted
from clientprof.probes.patches import Patches
from clientprof.probes.programs.lanes import SETTLE_ROWS, Lane
from clientprof.probes.programs.loop_setting import LoopSetting
from clientprof.probes.seam_table import Instrument, fits
from clientprof.probes.waits import LongWaits
from clientprof.recording.recorder import Recorder

_WAIT, _LOOP = int(StepOwner.WAIT), int(StepOwner.LOOP)


_setting: LoopSetting | None = None


class ProgramSelector(StampedSelector):
    """A stamped selector that flushes its lane before it waits."""

    def __init__(self, recorder: Recorder, waits: LongWaits | None = None) -> None:
        super().__init__(recorder, waits)
        self._rows = recorder.column("step.owner")
        self.lane: Lane | None = None

    def select(self, timeout: float | None = None) -> Any:
        if timeout != 0 or len(self._rows) > SETTLE_ROWS:
            lane = self.lane
            if lane is not None:
                self._waits = lane.waits
                now_ns = perf_counter_ns()
                if now_ns >= lane.due_ns or len(self._rows) > SETTLE_ROWS:
                    lane.settle(now_ns)
        return super().select(timeout)


class ProgramTransport(StampedTransport):
    """A stamped transport; what it reads is read for the exchange that wrote last, in the context too."""

    closed_by = 0

    def _read_ready(self, *args: Any, **kwargs: Any) -> Any:
        if self.exchange >= 0:
            EXCHANGE.set(self.exchange)
        return super()._read_ready(*args, **kwargs)

    def _read_ready__on_eof(self, *args: Any, **kwargs: Any) -> Any:
        self.closed_by = self.closed_by or 1
        return super()._read_ready__on_eof(*args, **kwargs)

    def close(self) -> None:
        self.closed_by = self.closed_by or 2
        super().close()

    def abort(self) -> None:
        self.closed_by = self.closed_by or 2
        super().abort()

    def _call_connection_lost(self, *args: Any, **kwargs: Any) -> Any:
        self._recorder.column("closing.by").append(self.closed_by)
        setting = _setting
        if setting is not None:
            setting.stamps.closings += 1
        return super()._call_connection_lost(*args, **kwargs)


class ProgramLoop(StampedLoop):
    """The stamped loop of a program. ``clientprof_lane`` is where its rows go."""

    selector_kind = ProgramSelector
    clientprof_lane: Lane

    def __init__(self) -> None:
        setting = _setting
        assert setting is not None
        self._setting = setting
        self.clientprof_lane = lane = setting.book.take("asyncio")
        super().__init__(lane.recorder, setting.failures)
        self.connections = lane.connections
        self.stamped_selector.lane = lane  # type: ignore[attr-defined]

    def run_forever(self) -> None:
        setting, lane = self._setting, self.clientprof_lane
        setting.book.ran(lane)
        self.close_step()
        setting.running(lane)
        try:
            super().run_forever()
        finally:
            setting.stopped(lane)
            # Until the next loop of this lane runs, nothing does: as in a select that may wait.
            self.step_owner(_WAIT)
            self.step_enqueued(0)
            self.step_started(perf_counter_ns())

    def close(self) -> None:
        closed = self.is_closed()
        super().close()
        if not closed:
            lane = self.clientprof_lane
            lane.connections = self.connections
            lane.flush(perf_counter_ns())
            self._setting.book.give_back(lane)

    def create_task(self, coro: Any, **kwargs: Any) -> Any:
        import sys

        try:
            self._setting.exchanges.sites.task_made(coro, sys._getframe(1))
        except Exception as error:
            self._setting.failures.remove("call sites of tasks", error)
        return super().create_task(coro, **kwargs)

    def _mark(self, kind: Mark) -> None:
        opened = self._setting.exchanges.live.get(EXCHANGE.get(-1))
        if opened is not None:
            opened.lane.mark(opened.number, int(kind), perf_counter_ns())

    async def getaddrinfo(self, *args: Any, **kwargs: Any) -> Any:
        at_ns = perf_counter_ns()
        try:
            return await super().getaddrinfo(*args, **kwargs)
        finally:
            self._setting.stamps.looked_up(at_ns, args[0] if args else kwargs.get("host"))

    def _transport(self, *args: Any, **kwargs: Any) -> Any:
        if is_accepted(args, kwargs):
            return AsyncioTransport(*args, **kwargs)
        self.connections += 1
        self._setting.stamps.opened += 1
        return ProgramTransport(self.connections, self.recorder, self.failures, *args, **kwargs)


def install_program_loops(setting: LoopSetting, patches: Patches) -> None:
    """From now on plain selector loops are made stamped ones; none where asyncio is not as the table of seams has it."""
    global _setting
    _setting = setting
    setting.exchanges.running_loop = events._get_running_loop
    if not fits(Instrument.STEPS, setting.failures):
        return
    plain: Any = asyncio.SelectorEventLoop
    original = plain.__init__
    # Whoever prints the loop, or asks for its type's name, sees what there would be.
    ProgramLoop.__name__, ProgramLoop.__qualname__ = plain.__name__, plain.__qualname__
    ProgramLoop.__module__ = plain.__module__

    def initialise(self: Any, selector: Any = None) -> None:
        if type(self) is plain and selector is None and setting.book.recording:
            self.__class__ = ProgramLoop
            ProgramLoop.__init__(self)
        else:
            original(self, selector)

    initialise.__name__, initialise.__qualname__ = original.__name__, original.__qualname__
    patches.set(plain, "__init__", initialise)
    install_handle_stamps(patches)
