"""The calls of client libraries, wrapped to be counted: two clock readings a request, and what its client is like."""

import functools
import inspect
import itertools
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter_ns, process_time_ns
from types import FrameType
from typing import Any

from clientprof.clients.programs.observed import Observed, answer_in, is_request
from clientprof.probes.observation_points import find
from clientprof.probes.patches import Patches
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.recording.trial_counts import CountsFile
from clientprof.workload.programs.parted_calls import PutDown, part

# A task that was made in a call keeps the call's number for good, so a number means something only while it is live.
_CURRENT: ContextVar[int] = ContextVar("clientprof_tried")
_HTTP2 = "HTTP/2"
Tell = Callable[[dict[str, Any]], None]


class Counting:
    """Counts requests of all clients in the process. ``tell`` is given a line about each client object seen."""

    def __init__(self, file: CountsFile, tell: Tell) -> None:
        self._tell = tell
        self._numbers = itertools.count().__next__
        self._lock = threading.Lock()
        self.begin_anew(file)

    def begin_anew(self, file: CountsFile) -> None:
        """In a forked process, which has done nothing yet."""
        self._file = file
        self._live: set[int] = set()
        self._seen: set[int] = set()
        self._started = self._ended = self._failed = self._http2 = 0
        self._first = (0, 0)

    def inside(self) -> bool:
        """Whether the running code works for a request that is counted already."""
        return _CURRENT.get(-1) in self._live

    def enter(self, observed: Observed, client: object) -> tuple[int, Any]:
        number = self._numbers()
        with self._lock:
            if not self._started:
                self._first = (perf_counter_ns(), process_time_ns())
            self._started += 1
            self._live.add(number)
        if id(client) not in self._seen:
            self._seen.add(id(client))
            self._tell(_about(observed, client))
        return number, _CURRENT.set(number)

    def put_down(self, entered: tuple[int, Any]) -> None:
        """A call is over, and a later one will go on with the same request."""
        self._outside(entered)

    def taken_up(self, entered: tuple[int, Any]) -> tuple[int, Any]:
        """The next call of a request that was put down begins."""
        return entered[0], _CURRENT.set(entered[0])

    def lost(self, entered: tuple[int, Any]) -> None:
        """Nobody can go on with a request that was put down: it was started, and never ended."""
        with self._lock:
            self._live.discard(entered[0])

    @staticmethod
    def _outside(entered: tuple[int, Any]) -> None:
        try:
            _CURRENT.reset(entered[1])
        except ValueError:
            _CURRENT.set(-1)

    def leave(self, entered: tuple[int, Any], failed: bool, response: object = None) -> None:
        self._outside(entered)
        http2 = getattr(response, "http_version", None) == _HTTP2
        with self._lock:
            self._live.discard(entered[0])
            self._ended += 1
            self._failed += failed
            self._http2 += http2
            self._write()

    def body_read(self) -> None:
        """A body came whole after its call had returned: the request ended with it."""
        if not self.inside():
            with self._lock:
                self._write()

    def _write(self) -> None:
        self._file.write(
            self._started, self._ended, self._failed, self._http2, *self._first, perf_counter_ns(), process_time_ns()
        )


class CountedParts:
    """Requests of a client whose requests are several calls of a connection."""

    def __init__(self, observed: Observed, counting: Counting) -> None:
        self._observed = observed
        self._counting = counting
        self._put_down: PutDown[tuple[int, Any]] = PutDown(counting.lost)

    def asks_inside(self) -> Callable[[], bool]:
        return self._counting.inside

    def take_up(self, connection: Any) -> tuple[int, Any] | None:
        entered = self._put_down.take(connection)
        return None if entered is None else self._counting.taken_up(entered)

    def begin(self, connection: Any, frame: FrameType | None) -> tuple[int, Any] | None:
        return self._counting.enter(self._observed, connection)

    def put_down(self, connection: Any, call: tuple[int, Any]) -> None:
        self._counting.put_down(call)
        self._put_down.put(connection, call)

    def failed(self, call: tuple[int, Any], error: BaseException) -> None:
        self._counting.leave(call, True)

    def answered(self, call: tuple[int, Any], response: Any) -> None:
        self._counting.leave(call, False, response)

    def targets(self) -> tuple[str, ...]:
        """The calls that are wrapped."""
        return (*self._observed.sends, *self._observed.entries, *self._observed.breaks)

    def wrap(self, patches: Patches, target: str) -> None:
        """Wrap one of the calls of connections; what this version does not have is left out."""
        seam = find(target)
        if seam is None:
            return
        if target in self._observed.breaks:
            called = self._put_down.breaking(seam.function)
        else:
            called = part(seam.function, self, last=target in self._observed.entries)
        patches.set(seam.owner, seam.name, called)


def wrap_calls(observed: Observed, counting: Counting, patches: Patches, target: str, *, body: bool) -> None:
    """Wrap one of the client's functions; what this version does not have is left out."""
    seam = find(target)
    if seam is not None:
        make = _body if body else _entry
        patches.set_everywhere(seam.owner, seam.name, seam.kept_kind(make(seam.function, observed, counting)))


def _entry(function: Callable[..., Any], observed: Observed, counting: Counting) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            if counting.inside():
                return await function(*args, **kwargs)
            entered = counting.enter(observed, args[0] if args else None)
            try:
                response = await function(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                counting.leave(entered, True)
                raise
            counting.leave(entered, False, response)
            return response

        return awaited

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if counting.inside() or not is_request(observed, args, kwargs):
            return function(*args, **kwargs)
        entered = counting.enter(observed, args[0] if args else None)
        try:
            response = function(*args, **kwargs)
        except BaseException as error:
            unseen(error)
            counting.leave(entered, answer_in(observed, error) is None)
            raise
        counting.leave(entered, False, response)
        return response

    return called


def _body(function: Callable[..., Any], _observed: Observed, counting: Counting) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            found = await function(*args, **kwargs)
            counting.body_read()
            return found

        return awaited

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        found = function(*args, **kwargs)
        counting.body_read()
        return found

    return called


def _about(observed: Observed, client: object) -> dict[str, Any]:
    """What a client object is like: its settings, what sends its requests, and the loop that it runs on."""
    try:
        settings = observed.settings(client)
        known = {"limit": settings.limit, "http2": settings.http2}
    except Exception:
        known = {}
    transport, running = type(getattr(client, "_transport", None)), sys.modules.get("asyncio.events")
    loop = None if running is None else running._get_running_loop()
    return {
        "client": observed.client,
        "settings": known,
        "transport": f"{transport.__module__}.{transport.__qualname__}",
        "loop": "" if loop is None else f"{type(loop).__module__}.{type(loop).__qualname__}",
    }
