"""asyncio's selector loop inside somebody else's program: the stamped loop, which hands its rows to a lane.

While detail is off (``duty``), a loop is asyncio's own but for its ``select``, which asks for the time: ``call_soon`` and
``Handle._run`` are asyncio's, transports go straight to theirs. It switches in ``select``, between two callbacks.

A loop becomes stamped as it is made, whoever makes it (``asyncio.run``, a policy, a server's own factory): ``__init__``
of the plain class gives the new object another class of the same name, with the same base. What a program made a class
of its own from stays its own: its calls are measured, its steps are not.
"""

import asyncio
import weakref
from asyncio import events
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from clientprof.model.phases import Mark
from clientprof.model.programs.lane import EndedBy
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.on_asyncio.stamped_loop import StampedLoop, StampedSelector, install_handle_stamps
from clientprof.probes.on_asyncio.stamped_transport import (
    AsyncioTransport,
    StampedTransport,
    TransportStamps,
    is_accepted,
)
from clientprof.probes.patches import Patches
from clientprof.probes.programs.lanes import SETTLE_ROWS, Lane
from clientprof.probes.programs.loops.lane_runs import WatchedMethods
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.seam_table import Instrument, fits
from clientprof.probes.waits import LongWaits
from clientprof.recording.recorder import Recorder

_setting: LoopSetting | None = None


class ProgramSelector(StampedSelector):
    """A stamped selector that flushes its lane before it waits, and looks at who waited when it has.

    ``due(now_ns)`` is called when it is time to think about detail; it says whether there is any from now on.
    """

    def stamp_into(self, recorder: Recorder, waits: LongWaits | None = None) -> None:
        super().stamp_into(recorder, waits)
        self._rows = recorder.column("step.owner")
        self.lane: Lane | None = None
        self.due: Callable[[int], bool] = _always
        self._native_select = super(StampedSelector, self).select

    def quiet(self) -> None:
        """Stamp nothing until ``loud``."""
        lane, due, native = self.lane, self.due, self._native_select
        assert lane is not None
        duty = lane.duty

        def select(timeout: float | None = None) -> Any:
            now_ns = perf_counter_ns()
            if now_ns >= lane.due_ns:
                lane.flush(now_ns)
            if now_ns >= duty.due_ns and due(now_ns):
                return self.select(timeout)
            found = native(timeout)
            if (now_ns := perf_counter_ns()) >= lane.look_due_ns:
                lane.look_after_select(now_ns)
            return found

        self.select = select  # type: ignore[method-assign]

    def loud(self) -> None:
        """Stamp every select."""
        vars(self).pop("select", None)

    def select(self, timeout: float | None = None) -> Any:
        lane = self.lane
        if lane is not None:
            now_ns = perf_counter_ns()
            if now_ns >= lane.duty.due_ns and not self.due(now_ns):
                return self._native_select(timeout)
            if timeout != 0 or len(self._rows) > SETTLE_ROWS:
                self._waits = lane.waits
                if now_ns >= lane.due_ns or len(self._rows) > SETTLE_ROWS:
                    lane.settle(now_ns)
        found = super().select(timeout)
        if lane is not None and self.selected_ns >= lane.look_due_ns:
            lane.look_after_select(self.selected_ns)
        return found


class ProgramTransportStamps(TransportStamps):
    """What is stamped of a program's transports; what one reads is read for the exchange that wrote last, in the context
    too."""

    closed_by = EndedBy.UNKNOWN
    lane: Lane
    # In which window of its lane it was written last. Who wrote between two windows, past us, is not detailed.
    written_in = 0

    def write(self, *args: Any, **kwargs: Any) -> Any:
        self.written_in = self.lane.window
        return super().write(*args, **kwargs)

    def writelines(self, *args: Any, **kwargs: Any) -> Any:
        self.written_in = self.lane.window
        return super().writelines(*args, **kwargs)

    def _read_ready(self, *args: Any, **kwargs: Any) -> Any:
        window = self.lane.window
        if not window:
            return AsyncioTransport._read_ready(self, *args, **kwargs)
        if self.written_in != window:
            self.exchange = -1
        # The context still names whoever read before, perhaps in another window.
        EXCHANGE.set(self.exchange)
        try:
            self._step_owner[-1] = self.exchange
        except IndexError:
            # What was recorded has just been written, perhaps by another thread, and steps are begun no more: whoever was
            # attached leaves, and has not come to this loop yet.
            return AsyncioTransport._read_ready(self, *args, **kwargs)
        return super()._read_ready(*args, **kwargs)

    def _read_ready__on_eof(self, *args: Any, **kwargs: Any) -> Any:
        self.closed_by = self.closed_by or EndedBy.SERVER
        return super()._read_ready__on_eof(*args, **kwargs)

    def close(self) -> None:
        self.closed_by = self.closed_by or EndedBy.PROGRAM
        super().close()

    def abort(self) -> None:
        self.closed_by = self.closed_by or EndedBy.PROGRAM
        super().abort()

    def _call_connection_lost(self, *args: Any, **kwargs: Any) -> Any:
        self._columns.recorder.column("closing.by").append(self.closed_by)
        setting = _setting
        if setting is not None:
            setting.stamps.closings += 1
        return super()._call_connection_lost(*args, **kwargs)


_WRITES = {name: vars(ProgramTransportStamps)[name] for name in ("write", "writelines")}


class ProgramTransport(ProgramTransportStamps, StampedTransport):
    """A transport of a program that is measured from its start."""


class ProgramLoop(WatchedMethods, StampedLoop):
    """The stamped loop of a program. ``clientprof_lane`` is where its rows go."""

    selector_kind = ProgramSelector

    def __init__(self) -> None:
        setting = _setting
        assert setting is not None
        self.setting = setting
        self.clientprof_lane = lane = setting.book.take("asyncio", pauses=True)
        super().__init__(lane.recorder, setting.failures)
        self.lane_taken()

    @property
    def _thread_id(self) -> int | None:
        """The thread that runs it, as asyncio has it. Where a library runs the loop in a way of its own (nest_asyncio puts
        one into the class), this alone says that the loop begins to run, and that it stops."""
        found: int | None = vars(self).get("_thread_id")
        return found

    @_thread_id.setter
    def _thread_id(self, ident: int | None) -> None:
        vars(self)["_thread_id"] = ident
        if ident is None:
            self.end_earlier_run()
        elif not self.runs and not self.ran_before:
            self.ran_before = True
            self.run_begins()

    def lane_taken(self) -> None:
        """Stamps and selector are there: from now on they know the lane, and whoever keeps loops knows this one."""
        setting, lane = self.setting, self.clientprof_lane
        self.stamps.connections = lane.connections
        selector: Any = self.stamps.selector
        selector.lane, selector.due = lane, _due_of(weakref.ref(self))
        if setting.kept is not None:
            setting.kept.add(self)

    def end_step(self, owner: int) -> None:
        self.stamps.end_step(owner)

    def switch(self, on: bool) -> None:
        selector: Any = self.stamps.selector
        if not on:
            self.stamps.quiet()
            self._keep_asyncios("call_soon")
            selector.quiet()
            return
        selector.loud()
        if not self.setting.failures.removed(Instrument.STEPS):
            self.stamps.loud()
            vars(self).pop("call_soon", None)

    def run_is_over(self) -> None:
        self.clientprof_lane.connections = self.stamps.connections
        super().run_is_over()

    def _mark(self, kind: Mark) -> None:
        opened = self.setting.exchanges.detailed.get(EXCHANGE.get(-1))
        if opened is not None:
            opened.lane.mark(opened.number, int(kind), perf_counter_ns())

    def _transport(self, *args: Any, **kwargs: Any) -> Any:
        if is_accepted(args, kwargs):
            return AsyncioTransport(*args, **kwargs)
        stamps = self.stamps
        stamps.connections += 1
        self.setting.stamps.opened += 1
        kind = self.setting.transport_kind or ProgramTransport
        made = kind.__new__(kind)
        made.lane = self.clientprof_lane
        made.__init__(stamps.connections, stamps.transport_columns, *args, **kwargs)
        return made


def _always(_now_ns: int) -> bool:
    return True


def _due_of(loop: "weakref.ref[ProgramLoop]") -> Callable[[int], bool]:
    """A selector must not keep its loop alive."""

    def due(now_ns: int) -> bool:
        found = loop()
        return True if found is None else found.detail_due(now_ns)

    return due


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
    handle: Any = events.Handle
    before = handle._run
    install_handle_stamps(patches)
    setting.windowed.add(handle, "_run", before)
    for name, ours in _WRITES.items():
        setattr(ProgramTransportStamps, name, ours)  # whoever was measured before may have left asyncio's there
        # Not deleted: a subclass without them would look its base's up each time.
        setting.windowed.add(ProgramTransportStamps, name, getattr(AsyncioTransport, name))
