"""Exact calls by ``sys.monitoring`` (Python 3.12 and newer): local events on the code of the client and its libraries only.

A call is what yappi calls one, so that both count the same: a coroutine or an asynchronous generator counts once, when it
starts; a plain generator counts each time it is entered, by a value asked for or an exception thrown in; built-in functions
do not count.

Counting must be cheap, because what it slows down behaves differently: idle connections expire, and httpx's pool makes other
passes. So the callback is ``SimpleQueue.put`` itself, which takes what an event hands over (code, offset), and nothing of
Python's runs in a call: about 35 ns each, 1.16x the CPU of httpx with its 8,300 calls a request. A dictionary of counts,
kept in Python, costs 2x. Who called whom needs the caller's frame, hence Python, hence a round of its own.

Code is found when it first runs, whoever made it: a second tool listens to all starts and switches itself off for each code
at once, after it has set the events of those to count. So modules imported late, lambdas and generated code are in.
"""

import operator
import sys
import threading
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import repeat
from queue import SimpleQueue
from types import CodeType
from typing import Any

from clientprof.model.run import CallCount, CallEdge
from clientprof.model.samples import CodeLocation
from clientprof.probes.counts.client_code import ClientCode, is_generator
from clientprof.probes.failures import Failures
from clientprof.probes.locations import locate

NAME = "clientprof calls"
# No debugger (0), coverage (1), profiler (2) or optimizer (5) by convention; those come last.
_IDS = (3, 4, 2, 5, 1, 0)
# Events waiting to be added up: 8 bytes each. httpx at n=512 makes 4 million a round.
MAX_PENDING = 8_000_000
monitoring: Any = getattr(sys, "monitoring", None)


class CannotMonitor(Exception):
    """Calls cannot be counted this way. The message says why."""


class MonitoredCalls:
    """Counts calls between ``begin`` and ``end``, edges between ``begin_edges`` and ``end_edges``; all threads.

    ``modules`` are modules of the client wherever they lie, with what is below them; other code counts if it is of an
    installed package. ``each_request`` runs once per request and keeps the memory bounded.
    """

    standard_library = False

    def __init__(
        self, modules: Collection[str], failures: Failures | None = None, each_request: CodeType | None = None
    ) -> None:
        self._client = ClientCode(modules, standard_library=self.standard_library)
        self._failures = failures or Failures()
        self._each_request = each_request
        self._tools: tuple[int, ...] = ()
        self._known: dict[int, CodeType] = {}  # kept alive: their identities are keys
        self._generators: set[int] = set()
        self._callers: dict[int, CodeType] = {}
        self._pending: SimpleQueue[CodeType] = SimpleQueue()
        self._adding = threading.Lock()
        self._calls: Counter[int] = Counter()
        self._edges: dict[tuple[int, int], int] = {}
        self._counting = self._with_edges = self._paused = False

    def install(self) -> None:
        """Take two tools and find code from now on.

        Raises:
            CannotMonitor: an older Python, or others have the tools.
        """
        if monitoring is None:
            raise CannotMonitor("sys.monitoring is there from Python 3.12 on")
        free = [tool for tool in _IDS if monitoring.get_tool(tool) is None]
        if len(free) < 2:
            raise CannotMonitor("other tools hold the identifiers of sys.monitoring")
        self._tools = counter, finder = free[0], free[1]
        for tool in self._tools:
            monitoring.use_tool_id(tool, NAME)
        events = monitoring.events
        monitoring.register_callback(finder, events.PY_START, self._find)
        monitoring.set_events(finder, events.PY_START)
        monitoring.register_callback(counter, events.PY_THROW, self._thrown)
        monitoring.set_events(counter, events.PY_THROW)
        if self._each_request is not None:
            monitoring.register_callback(counter, events.PY_RETURN, self._bound)
            monitoring.set_local_events(counter, self._each_request, events.PY_RETURN)

    def uninstall(self) -> None:
        """Give the tools back; no code keeps an event."""
        if not self._tools:
            return
        (counter, finder), self._tools = self._tools, ()
        self._counting = self._with_edges = False
        events = monitoring.events
        monitoring.set_events(finder, 0)
        monitoring.set_events(counter, 0)
        marked: Iterable[CodeType] = self._known.values()
        for code in (*marked, *filter(None, [self._each_request])):
            monitoring.set_local_events(counter, code, 0)
        for event in (events.PY_START, events.PY_RESUME, events.PY_THROW, events.PY_RETURN):
            monitoring.register_callback(counter, event, None)
        monitoring.register_callback(finder, events.PY_START, None)
        for tool in (counter, finder):
            monitoring.free_tool_id(tool)

    def begin(self) -> None:
        """Count from zero."""
        self._calls.clear()
        self._counting = True
        self._on_entry(self._pending.put)

    def end(self) -> None:
        """Stop counting, and add up what was counted."""
        self._on_entry(None)
        self._counting = False
        self._add_up()

    def pause(self) -> None:
        """Leave out what runs from here to ``resume``: it is not the client's."""
        if self._counting:
            self._on_entry(None)
            self._counting = False
            self._paused = True
            if self._pending.qsize() > MAX_PENDING:
                self._add_up()

    def resume(self) -> None:
        """Go on after ``pause``."""
        if self._paused:
            self._paused = False
            self._counting = True
            self._on_entry(self._pending.put)

    def counted(self) -> tuple[tuple[CodeLocation, int], ...]:
        """What was counted, by function: those that were, in the order of their places in files."""
        found: Counter[CodeLocation] = Counter()
        for identity, number in self._calls.items():
            found[locate(self._known[identity])] += number
        return tuple(sorted(found.items(), key=lambda row: (row[0].file, row[0].line, row[0].function)))

    def begin_edges(self) -> None:
        """Note from now on who calls whom."""
        self._edges.clear()
        self._with_edges = True
        self._on_entry(self._edge)

    def end_edges(self) -> None:
        """Stop noting."""
        self._on_entry(None)
        self._with_edges = False

    def result(self) -> tuple[tuple[CallCount, ...], tuple[CallEdge, ...]]:
        """Calls by function and the edges between them; a function that was seen only as a caller has 0 calls."""
        places: dict[tuple[str, int, str], int] = {}
        counts: list[int] = []

        def place(code: CodeType) -> int:
            location = locate(code)
            key = (location.file, location.line, location.function)
            if key not in places:
                places[key] = len(counts)
                counts.append(0)
            return places[key]

        for identity, calls in self._calls.items():
            counts[place(self._known[identity])] += calls
        edges: Counter[tuple[int, int]] = Counter()
        for (caller, callee), calls in self._edges.items():
            edges[place(self._callers[caller]), place(self._known[callee])] += calls
        return (
            tuple(CallCount(*key, calls=counts[number]) for key, number in places.items()),
            tuple(CallEdge(caller, callee, calls) for (caller, callee), calls in edges.items()),
        )

    def _on_entry(self, callback: Any) -> None:
        if not self._tools:
            return
        for event in (monitoring.events.PY_START, monitoring.events.PY_RESUME):
            monitoring.register_callback(self._tools[0], event, callback)

    def _find(self, code: CodeType, offset: int) -> Any:
        """The first start of a code: from the next one on the counter hears of it, so this one is told by hand."""
        try:
            if id(code) not in self._known and self._client.has(code, sys._getframe(1)):
                self._known[id(code)] = code
                monitoring.set_local_events(self._tools[0], code, self._events_of(code))
                self._entered(code, offset)
        except Exception as error:
            self._failures.remove("calls", error)
        return monitoring.DISABLE

    def _events_of(self, code: CodeType) -> int:
        """What is heard of a code that counts."""
        events = monitoring.events.PY_START
        if is_generator(code):
            events |= monitoring.events.PY_RESUME
            self._generators.add(id(code))
        return int(events)

    def _entered(self, code: CodeType, offset: int) -> None:
        """An entry that the counter's own callbacks have not heard of."""
        if self._counting:
            self._pending.put(code)
        elif self._with_edges:
            self._edge(code, offset, 4)

    def _thrown(self, code: CodeType, offset: int, error: BaseException) -> None:
        """Local events of this kind are refused up to Python 3.14, so it comes from all code."""
        if id(code) in self._generators:
            self._entered(code, offset)

    def _edge(self, code: CodeType, offset: int, depth: int = 2) -> None:
        try:
            caller = sys._getframe(depth).f_code
            key = (id(caller), id(code))
            if key not in self._edges:
                self._callers[id(caller)] = caller
                self._edges.setdefault(key, 0)
            # Without a call in between, so that no other thread gets its turn there.
            self._edges[key] += 1
        except ValueError:
            pass  # called by nobody: the first frame of a thread
        except Exception as error:
            self._failures.remove("callers", error)

    def _bound(self, code: CodeType, offset: int, answer: object) -> None:
        if self._pending.qsize() > MAX_PENDING:
            self._add_up()

    def _add_up(self) -> None:
        if not self._adding.acquire(blocking=False):
            return
        try:
            pending = self._pending
            # Identities: a code's own hash goes through all its instructions.
            self._calls.update(map(id, map(operator.call, repeat(pending.get_nowait, pending.qsize()))))
        finally:
            self._adding.release()
