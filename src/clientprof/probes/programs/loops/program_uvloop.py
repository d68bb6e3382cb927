"""uvloop inside somebody else's program: the watched loop, each of which hands its rows to a lane of its own.

``uvloop.Loop`` is replaced by a class of the same name, so that ``uvloop.run``, ``uvloop.new_event_loop``, the policy and
servers that call one of them make watched loops. A class that a program made of uvloop's loop stays its own.
"""

from collections.abc import Callable
from time import perf_counter_ns
from types import CodeType
from typing import Any

from clientprof.model.programs.lane import EndedBy
from clientprof.model.run import StepOwner
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.on_uvloop.stamped_uvloop import stamped_uvloop
from clientprof.probes.on_uvloop.uvloop_protocols import Link, Protocols, StampedTransport
from clientprof.probes.on_uvloop.uvloop_steps import Steps
from clientprof.probes.patches import Patches
from clientprof.probes.programs.lanes import SETTLE_ROWS, Lane
from clientprof.probes.programs.loops.lane_runs import WatchedMethods
from clientprof.probes.programs.loops.loop_setting import LoopSetting
from clientprof.probes.seam_table import Instrument, fits
from clientprof.probes.waits import LongWaits
from clientprof.recording.recorder import Recorder

_NOBODY = int(StepOwner.NOBODY)
# A busy loop may never wait; its rows are put away all the same.
_MANY_ROWS = 16 * SETTLE_ROWS


class LaneWaits:
    """Hears when a loop may wait: puts its rows away, and tells whoever else wants to know."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._rows = lane.recorder.column("step.owner")
        self._told: LongWaits | None = None

    def begins(self) -> None:
        """The loop may wait from now on."""
        self.settle(SETTLE_ROWS)
        self._told = told = self._lane.waits
        if told is not None:
            told.begins()

    def settle(self, rows: int) -> None:
        """Put the rows away, if it is due or there are so many."""
        now_ns = perf_counter_ns()
        if now_ns >= self._lane.due_ns or len(self._rows) > rows:
            self._lane.settle(now_ns)

    def ended(self, waited_ns: int) -> None:
        """It does not wait any more."""
        if (now_ns := perf_counter_ns()) >= self._lane.look_due_ns:
            self._lane.look_after_select(now_ns)
        if self._told is not None:
            self._told.ended(waited_ns)


class ProgramSteps(Steps):
    """The steps of one loop, in whatever thread it runs."""

    def __init__(self, native: CodeType, lane: Lane, setting: LoopSetting) -> None:
        self._lane_waits = waits = LaneWaits(lane)
        self.lane = lane
        super().__init__(native, lane.recorder, setting.failures, waits)  # type: ignore[arg-type]

    def enter(self) -> None:
        super().enter()
        self._waits = self._wanted

    def _gap(self, now_ns: int, phase: int, new_turn: bool = False) -> None:
        super()._gap(now_ns, phase, new_turn)
        if len(self._rows) > _MANY_ROWS:
            self._lane_waits.settle(_MANY_ROWS)


class ProgramProtocols(Protocols):
    """The protocols of all loops of a process; a connection's rows go to the lane of its loop."""

    def __init__(self, setting: LoopSetting, patches: Patches) -> None:
        super().__init__(patches, setting.failures, Recorder())
        self._setting = setting

    def _read(self, original: Callable[..., Any]) -> Callable[..., Any]:
        link_of = self._links.get

        def of_the_writer(protocol: Any, data: Any) -> Any:
            link = link_of(id(protocol))
            if link is not None and not link.accepted and link.exchange >= 0:
                EXCHANGE.set(link.exchange)
            return original(protocol, data)

        return super()._read(of_the_writer)

    def _ended(self, original: Callable[..., Any]) -> Callable[..., Any]:
        link_of = self._links.get

        def noted(protocol: Any) -> Any:
            link = link_of(id(protocol))
            if link is not None and link.connection:
                link.ended_by = link.ended_by or EndedBy.SERVER
            return original(protocol)

        return super()._ended(noted)

    def stand_in(self, transport: Any, link: Link) -> StampedTransport:
        made = super().stand_in(transport, link)
        for name in ("close", "abort"):
            setattr(made, name, self._closing(getattr(transport, name), link))
        return made

    @staticmethod
    def _closing(function: Callable[[], None], link: Link) -> Callable[[], None]:
        def close() -> None:
            link.ended_by = link.ended_by or EndedBy.PROGRAM
            function()

        return close

    def _opened_now(self, link: Link, transport: Any) -> Any:
        if link.accepted:
            return transport
        try:
            lane: Lane = link.steps.lane  # type: ignore[attr-defined]
            exchange = EXCHANGE.get(_NOBODY)
            lane.recorder.column("connection.opened_ns").append(perf_counter_ns())
            lane.recorder.column("connection.exchange").append(exchange)
            lane.connections += 1
            self._setting.stamps.opened += 1
            link.connection, link.exchange = lane.connections, exchange
            return self.stand_in(transport, link)
        except Exception as error:
            self._remove(error)
            return transport

    def _note_closing(self, link: Link) -> None:
        column = link.steps.lane.recorder.column  # type: ignore[attr-defined]
        column("closing.at_ns").append(perf_counter_ns())
        column("closing.connection").append(link.connection)
        column("closing.by").append(link.ended_by)
        self._setting.stamps.closings += 1


def watched_uvloop(lane: Lane, setting: LoopSetting, protocols: ProgramProtocols) -> type[Any]:
    """The class of one loop."""
    base: Any = stamped_uvloop(
        lambda native: ProgramSteps(native, lane, setting), protocols, lane.recorder, setting.failures
    )

    class ProgramUvloop(WatchedMethods, base):  # type: ignore[misc]
        """uvloop in a program. ``clientprof_lane`` is where its rows go. Its detail never pauses."""

        pauses = False
        clientprof_lane = lane
        clientprof_own = True

        def take_steps(self) -> None:
            super().take_steps()
            self.setting = setting
            steps = self.steps
            lane.waiting = lambda: steps.may_wait
            lane.native = steps.in_native
            if setting.kept is not None:
                setting.kept.add(self)

        def end_step(self, owner: int) -> None:
            self.steps.close_step(owner)

    ProgramUvloop.__name__, ProgramUvloop.__qualname__ = base.__name__, base.__qualname__
    ProgramUvloop.__module__ = base.__module__
    return ProgramUvloop


def install_program_uvloop(setting: LoopSetting, patches: Patches, kind: Any = ProgramProtocols) -> Any:
    """From now on uvloop's loops are watched, with protocols of that kind, which are the result. None, and no loop, where
    uvloop is not as the table of seams has it."""
    import uvloop

    if not fits(Instrument.UVLOOP, setting.failures):
        return None
    plain: Any = uvloop.Loop
    protocols = kind(setting, patches)

    class Loop(plain):  # type: ignore[misc]
        """Makes watched loops."""

        clientprof_own = True

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            kind: Any = cls
            if cls is Loop and setting.book.recording:
                kind = watched_uvloop(setting.book.take("uvloop"), setting, protocols)
            return super().__new__(kind, *args, **kwargs)

    Loop.__name__, Loop.__qualname__, Loop.__module__ = plain.__name__, plain.__qualname__, plain.__module__
    patches.set(uvloop, "Loop", Loop)
    return protocols
