"""Event loops that run already, and those to come: patched in their classes, so that no loop need be found.

asyncio's selector loops call ``_process_events`` when a select has returned and come back to ``_run_once`` before the next:
in between they run callbacks. uvloop's own code is C: there each callback is bracketed as it is called. trio's loops
are counted, not timed.
"""

import functools
import socket
import sys
from asyncio import base_events, events, selector_events
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import find
from clientprof.probes.on_uvloop.uvloop_callbacks import Caller, WrappedCallback
from clientprof.probes.patches import Patches
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.probes.programs.sites import NO_CLIENTS
from clientprof.probes.seam_table import Instrument, fits
from clientprof.probes.watching.counted_exchanges import CountedExchanges
from clientprof.probes.watching.counting_seams import CountingSeams


class _StandingCaller(Caller):
    """Calls callbacks of uvloop; looks like the last one that raised."""

    @property
    def failed(self) -> Any:
        return getattr(self.func, "failed", None)


def _soon(original: Any, caller: _StandingCaller) -> Any:
    """``call_soon`` with each callback called through ours; in debug mode, where uvloop prints it, it looks like its own."""

    @functools.wraps(original)
    def call_soon(loop: Any, callback: Any, *args: Any, context: Any = None) -> Any:
        if loop.get_debug():
            return original(loop, WrappedCallback(caller.func, callback), *args, context=context)
        # Steps of tasks come without arguments, and spreading none costs as much as the rest of this line.
        if args:
            return original(loop, caller, callback, *args, context=context)
        return original(loop, caller, callback, context=context)

    return call_soon


def _later(original: Any, caller: _StandingCaller) -> Any:
    """The same of ``call_later``."""

    @functools.wraps(original)
    def call_later(loop: Any, delay: Any, callback: Any, *args: Any, context: Any = None) -> Any:
        if loop.get_debug():
            return original(loop, delay, WrappedCallback(caller.func, callback), *args, context=context)
        return original(loop, delay, caller, callback, *args, context=context)

    return call_later


class LiveLoops:
    """``on_asyncio``, ``on_uvloop``, ``on_trio``: once each, when the module is there."""

    def __init__(
        self, exchanges: CountedExchanges, seams: CountingSeams, patches: Patches, failures: Failures
    ) -> None:  # fmt: skip
        self._exchanges = exchanges
        self._standing = exchanges.standing
        self._seams = seams
        self._patches = patches
        self._failures = failures

    def on_asyncio(self) -> None:
        self._exchanges.running_loop = events._get_running_loop
        kind: Any = base_events.BaseEventLoop
        self._patches.set(kind, "create_task", self._making_tasks(kind.create_task))
        if fits(Instrument.LIVE_CONNECTS, self._failures):
            self._seams.awaited_connect(selector_events.BaseSelectorEventLoop, "sock_connect", _is_stream)
        if self._standing.known and fits(Instrument.LIVE_TURNS, self._failures):
            self._turns()
            if events._get_running_loop() is not None:
                self._begin_here()

    def _begin_here(self) -> None:
        """Somebody begins to watch in the middle of a callback: what is left of it counts."""
        self._standing.begin()
        loop: Any = events._get_running_loop()
        if not isinstance(loop, base_events.BaseEventLoop):
            # As long as this callback is queued, the loop does not wait.
            loop.call_soon(self._standing.end)

    def _turns(self) -> None:
        begin, end = self._standing.begin, self._standing.end
        base: Any = base_events.BaseEventLoop
        selecting: Any = selector_events.BaseSelectorEventLoop
        run_once, process_events = base._run_once, selecting._process_events

        @functools.wraps(run_once)
        def _run_once(loop: Any) -> Any:
            end()
            try:
                return run_once(loop)
            except BaseException as error:
                unseen(error)
                raise
            finally:
                end()

        @functools.wraps(process_events)
        def _process_events(loop: Any, event_list: Any) -> Any:
            begin()
            return process_events(loop, event_list)

        self._patches.set(base, "_run_once", _run_once)
        self._patches.set(selecting, "_process_events", _process_events)

    def _making_tasks(self, original: Any) -> Any:
        """Remembers who made a task of nothing but a client's call."""
        sites, failures = self._exchanges.sites, self._failures
        kinds = sites.kinds

        @functools.wraps(original)
        def create_task(loop: Any, coro: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                code = getattr(coro, "cr_code", None) or getattr(coro, "gi_code", None)
                if kinds.get(id(code)) not in NO_CLIENTS:
                    sites.task_made(coro, sys._getframe(1))
            except Exception as error:
                failures.remove("call sites of tasks", error)
            try:
                return original(loop, coro, *args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise

        return create_task

    def on_uvloop(self) -> None:
        import uvloop

        kind: Any = uvloop.Loop
        if not fits(Instrument.UVLOOP, self._failures):
            return
        self._patches.set(kind, "create_task", self._making_tasks(kind.create_task))
        self._seams.awaited_connect(kind, "sock_connect", _is_stream)
        self._seams.awaited_connect(kind, "create_connection", _connects, whole=True)
        self._seams.awaited_connect(kind, "create_unix_connection", _connects, whole=True)
        if self._standing.known:
            caller = _StandingCaller(self._standing.calling())
            for name, queue in (("call_soon", _soon), ("call_later", _later), ("call_soon_threadsafe", _soon)):
                self._patches.set(kind, name, queue(getattr(kind, name), caller))

    def on_trio(self) -> None:
        seam = find("trio._socket:_SocketType.connect")
        if fits(Instrument.LIVE_TRIO_CONNECTS, self._failures) and seam is not None:
            self._seams.awaited_connect(seam.owner, seam.name, _is_stream)


def _is_stream(args: Any, _kwargs: Any) -> bool:
    """``sock_connect(loop, sock, address)``; trio's ``connect(sock, address)``."""
    for each in args[:2]:
        kind = getattr(each, "type", None)
        if kind is not None:
            return bool(kind == socket.SOCK_STREAM)
    return True


def _connects(_args: Any, kwargs: Any) -> bool:
    """A socket that is passed has been connected, and counted then."""
    return kwargs.get("sock") is None
