"""The instruments of ``clientprof run``, put into a process that runs and taken out of it while it goes on.

Theory of operation. ``begin`` and ``leave`` run in the main thread: in a callback of its loop where it has one, otherwise
wherever the interpreter takes a breath. Classes and modules are patched as at a start. Loops are changed one by one, each in
a callback of its own, in its own thread (``live_asyncio``, ``live_uvloop``). Nothing is recorded before all of them are
ours, so that no call is known by halves.

Whoever attached holds a lock on a file. A timer on one loop looks whether the measurement is over or the lock is free: then
the instruments come out, also where nobody is left to ask for it.
"""

import atexit
import fcntl
import itertools
import os
import sys
import threading
import weakref
from collections.abc import Callable
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

from clientprof.probes.programs.attached.running_loops import RunningLoop, running_loops
from clientprof.probes.programs.sites import own_file
from clientprof.probes.seam_table import Instrument
from clientprof.recording.segments import HELD, STOP
from clientprof.workload.programs.attached.state import tell
from clientprof.workload.programs.start import Instruments, measuring

_BEAT_S = 0.25
# Tasks of a program may keep the number of a route and of a request for good, and be measured again: routes keep theirs, and
# no request gets that of another.
_known_routes: list[Any] = []
_next_request = itertools.count(1).__next__


class AttachedInstruments(Instruments):
    """All instruments of a process while somebody is attached to it."""

    def __init__(self, folder: str, detail: str) -> None:
        super().__init__(folder, "", detail)
        self.processes.handing_down = False
        # Until all loops are ours.
        self.book.recording = False
        self._live_uvloop: Any = None
        self._pending: dict[int, RunningLoop] = {}
        self._leaving = False
        self._left: Callable[[], None] = _nothing
        self._beating: Any = None
        self._lock = threading.Lock()
        self._notes: list[str] = []

    def start(self) -> None:
        """Put everything in; loops of other threads follow when they come to it."""
        self._announce("attach", None)
        for key in _known_routes:
            self.names.number("route", key)
        self.exchanges.adopts_since_ns = perf_counter_ns()
        self._count()
        self.imports.install()
        self.processes.install(self.patches, self.imports.when)
        self._watch()
        self.routes.served.next_number = _next_request
        atexit.register(self.end, "exit")
        loops = running_loops()
        self._pending = {id(each.loop): each for each in loops}
        own = sys.modules["asyncio"].events._get_running_loop() if loops else None
        for each in loops:
            if each.loop is own:
                self._adopt(each)
            else:
                each.loop.call_soon_threadsafe(self._adopt, each)
        if not loops:
            self.ready()

    def ready(self) -> None:
        """Record from now on, whatever loop has not come to it yet."""
        with self._lock:
            if self.book.recording or self._leaving:
                return
            self.book.recording = True
        if self.sampling is not None:
            self.sampling.threads.go_on()
        late = [f"the loop of thread {each.thread} is busy: it is measured once it waits" for each in self._still()]
        for note in (*self._notes, *late):
            self.names.add("note", (note,))
        tell(self.folder, "ready", at_ns=perf_counter_ns(), notes=[*self._notes, *late])

    def _still(self) -> list[RunningLoop]:
        return list(self._pending.values())

    def _on_asyncio(self) -> None:
        from clientprof.probes.programs.attached import live_asyncio

        self._loops.kept = weakref.WeakSet()
        self._loops.transport_kind = live_asyncio.LiveTransport
        super()._on_asyncio()

    def _on_uvloop(self) -> None:
        from clientprof.probes.programs.attached.live_uvloop import LiveProtocols
        from clientprof.probes.programs.loops.program_uvloop import install_program_uvloop

        self._live_uvloop = install_program_uvloop(self._loops, self.patches, LiveProtocols)
        if self._live_uvloop is not None:
            self._live_uvloop.watch_kinds()

    def _adopt(self, running: RunningLoop) -> None:
        """In a callback of the loop."""
        try:
            if not self._leaving:
                self._adopt_by_kind(running.loop)
                if running.main or self._beating is None:
                    self._beat_on(running.loop)
        except Exception as error:
            self.failures.remove("an event loop that ran already", error)
        with self._lock:
            self._pending.pop(id(running.loop), None)
            done = not self._pending
        if done:
            self.ready()

    def _adopt_by_kind(self, loop: Any) -> None:
        from clientprof.probes.programs.attached import live_asyncio

        uvloop: Any = sys.modules.get("uvloop")
        if uvloop is not None and isinstance(loop, uvloop.loop.Loop):
            from clientprof.probes.programs.attached import live_uvloop

            if self._live_uvloop is not None and type(loop) is live_uvloop.plain_kind(uvloop.Loop):
                live_uvloop.adopt(loop, self._loops, self._live_uvloop, _caller_of_loop())
            return
        reason = live_asyncio.why_not(loop)
        if reason is not None:
            self._notes.append(reason)
        elif not any(str(Instrument.STEPS) in note for note in self.failures.notes):
            live_asyncio.adopt(loop, self._loops)

    def _beat_on(self, loop: Any) -> None:
        """Look from time to time whether it is over, in a callback of this loop."""
        if self._beating is not None:
            self._beating[1].cancel()

        def beat() -> None:
            if not self._leaving:
                now_ns = perf_counter_ns()
                lane = getattr(loop, "clientprof_lane", None)
                if lane is not None and now_ns >= lane.due_ns:
                    lane.flush(now_ns)
                if self._must_go():
                    self.leave()
                else:
                    self._beating = (loop, loop.call_later(_BEAT_S, beat))

        self._beating = (loop, loop.call_later(_BEAT_S, beat))

    def _must_go(self) -> bool:
        return os.path.exists(f"{self.folder}/{STOP}") or self._is_abandoned()

    def _is_abandoned(self) -> bool:
        """Whether nobody holds the lock any more."""
        try:
            descriptor = os.open(f"{self.folder}/{HELD}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True

    def _is_over(self, _now_ns: int) -> bool:
        # Where a loop beats, it does this, in its thread.
        return self._beating is None and self._is_abandoned()

    def _detach(self, _now_ns: int) -> None:
        self.leave()

    def leave(self, left: Callable[[], None] | None = None) -> None:
        """Take everything out. What is in other threads' loops comes out when they come to it; then ``left`` is called."""
        with self._lock:
            if self._leaving:
                return
            self._leaving = True
        self._left = left or _nothing
        try:
            if self.sampling is not None:
                self.sampling.stop()
                self.sampling.why_not = "it is over"
            self._write_the_rest()
        except Exception as error:
            self.failures.remove("the end", error)
        self.book.recording = False
        self._take_out()
        self._release_loops(at_once=False)

    def _write_the_rest(self) -> None:
        now_ns = perf_counter_ns()
        if self.book.recording:
            self.exchanges.tell_long(now_ns)
            self.uptime.close(now_ns)
            self.book.flush_all("stopped")

    def _take_out(self) -> None:
        atexit.unregister(self.end)
        self.imports.uninstall()
        if self.sampling is not None:
            self.sampling.garbage.uninstall()
        self.exchanges.on_end = _ignore
        self.exchanges.on_ended = None
        self.windowed.put_in()
        self.patches.restore_later_names()
        self.patches.restore_ours()
        if self._live_uvloop is not None:
            self._live_uvloop.over = True
        if self._beating is not None:
            self._beating[1].cancel()
            self._beating = None
        _known_routes[:] = self.names.keys("route")

    def _release_loops(self, *, at_once: bool) -> None:
        # What is no loop of ours has no setting.
        kept = list(vars(self)["_loops"].kept or ()) if "_loops" in vars(self) else []
        self._pending = {id(loop): RunningLoop(loop, "", False) for loop in kept}
        for loop in kept:
            # Never in the middle of its select, in which this may be called.
            if at_once or not loop.is_running():
                self._release(loop)
            else:
                loop.call_soon_threadsafe(self._release, loop)
        if not kept:
            self._gone()

    def _release(self, loop: Any) -> None:
        try:
            if hasattr(loop, "steps"):
                from clientprof.probes.programs.attached import live_uvloop

                live_uvloop.release(loop, self._live_uvloop)
            else:
                from clientprof.probes.programs.attached import live_asyncio

                live_asyncio.release(loop)
        except Exception as error:
            self.failures.remove("giving back an event loop", error)
        with self._lock:
            self._pending.pop(id(loop), None)
            gone = not self._pending
        if gone:
            self._gone()

    def _gone(self) -> None:
        program_loop: Any = sys.modules.get("clientprof.probes.programs.loops.program_loop")
        if program_loop is not None and "_loops" in vars(self):
            program_loop._setting = None
        if self in measuring:
            measuring.remove(self)
        tell(self.folder, "left", failures=list(self.failures.notes))
        self._left()

    def about_to_fork(self) -> None:
        """A process with two threads may not fork without a warning."""
        if self.sampling is not None:
            self.sampling.threads.stop()

    def has_forked(self) -> None:
        """The parent goes on."""
        if self.sampling is not None:
            self.sampling.threads.go_on()

    def forked(self) -> None:
        """This is a child: it is not measured, and what its parent records is not its to write."""
        self.book.recording = False
        self.folder = ""
        self._leaving = True
        if self.sampling is not None:
            self.sampling.threads.forget()
            self.sampling.stop()
        self._take_out()
        # Whoever forked was in a callback, if in a loop at all.
        self._release_loops(at_once=True)


def _caller_of_loop() -> CodeType | None:
    """The code that called the loop of C which called a callback of ours."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and own_file(frame.f_code.co_filename):
        frame = frame.f_back
    return None if frame is None else frame.f_code


def _nothing() -> None:
    return None


def _ignore(_now_ns: int) -> None:
    return None
