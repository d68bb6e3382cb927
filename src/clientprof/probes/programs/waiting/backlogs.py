"""What waits in a program's queues for one of its tasks or threads that make requests.

A program that has ten tasks take addresses out of a queue never has more than ten requests under way, and no task waits
anywhere: what waits is in the queue. So the functions of the program in which asking tasks are, up to the client, are
looked at: a queue that such a function has in a variable, in an attribute of an object of its module, or in its module,
counts where the function takes from it. Its code tells that only by what it names: ``get``, and with it ``task_done`` or
nothing that puts. Whoever has the receiving end of a channel takes from it.

Variables of a coroutine are read as the garbage collector does: a frame's ``f_locals`` would keep what is in them alive. No
code of an object runs: to ask a proxy for its class would make what it stands for. Of a function that runs in a thread the
collector does not see the variables; there, what the thread was given counts, and up to Python 3.12, whose ``f_locals``
keeps things alive, no other variable.
"""

import gc
import sys
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from types import CellType, CodeType, FrameType, FunctionType, MethodType
from typing import Any

from clientprof.probes.programs.sites import APP, CLIENT, Sites, place_of
from clientprof.probes.programs.waiting.awaits import awaited_by, is_below_clients

_TAKES, _PUTS, _DONE = frozenset(("get", "get_nowait")), frozenset(("put", "put_nowait")), "task_done"
# Queues with what is in them, by the module that has them.
_QUEUES = {"asyncio": "_queue", "queue": "queue"}
# An end of a channel of anyio's and one of trio's, with what their state calls what is in it.
_CHANNELS = {"MemoryObjectReceiveStream": "buffer", "MemoryReceiveChannel": "data"}
_COLLECTIONS = (list, tuple, dict, set, frozenset, type)
_MOST_ATTRIBUTES = 100
# A thread that was given more was given no queue before.
_MOST_HANDED = 500
_PROXIES = sys.version_info >= (3, 13)


class Backlog:
    """A queue in which ``items`` wait for one of so many ``takers`` in the function of ``code``, a ``what``."""

    __slots__ = ("code", "items", "takers", "what")

    def __init__(self, code: CodeType, what: str, items: int, takers: int) -> None:
        self.code, self.what, self.items, self.takers = code, what, items, takers

    @property
    def place(self) -> tuple[str, int, str]:
        """File, first line and name of the function."""
        code = self.code
        return place_of(code.co_filename)[0], code.co_firstlineno, code.co_qualname


class _Found:
    """Queues that functions take from, by those who run them."""

    def __init__(self) -> None:
        self._by_queue: dict[int, Counter[CodeType]] = defaultdict(Counter)
        self._queues: dict[int, tuple[str, int]] = {}

    def taker(self, reach: Iterable[tuple[Any, CodeType]]) -> None:
        """One task or thread: what it has in reach, and in which function, the outermost first."""
        mine: dict[int, CodeType] = {}
        for thing, code in reach:
            found = _waiting(thing, code)
            if found is not None:
                self._queues[id(thing)] = found
                mine.setdefault(id(thing), code)  # what that function calls may reach the queue as well
        for queue, code in mine.items():
            self._by_queue[queue][code] += 1

    def backlogs(self) -> list[Backlog]:
        made = []
        for queue, codes in self._by_queue.items():
            code, takers = codes.most_common(1)[0]
            made.append(Backlog(code, *self._queues[queue], takers))
        return made


def backlogs(asking: Iterable[Any], sites: Sites) -> list[Backlog]:
    """The queues that these tasks take from and in which something waits."""
    found = _Found()
    for task in asking:
        found.taker(_reach_of_task(task, sites))
    return found.backlogs()


def thread_backlogs(
    frames: Mapping[int, FrameType], asking: Collection[int], sites: Sites, pooled: Collection[int]
) -> list[Backlog]:
    """The same of threads, by identity, with the innermost frame of each; call it without collections of garbage.

    What ``pooled`` threads were given is their pool's.
    """
    found = _Found()
    threads = getattr(threading, "_active", {})
    for ident in asking:
        thread, frame = threads.get(ident), frames.get(ident)
        if thread is not None and frame is not None:
            found.taker(_reach_of_thread(None if ident in pooled else thread, frame, sites))
    return found.backlogs()


def _reach_of_task(task: Any, sites: Sites) -> Iterator[tuple[Any, CodeType]]:
    for awaited, frame in awaited_by(task):
        kind = sites.kind(frame.f_code)
        if kind == CLIENT and not is_below_clients(frame.f_code):
            return
        if kind != APP:
            continue
        module = frame.f_globals.get("__name__")
        for thing in gc.get_referents(awaited):
            for each in _with_attributes(thing, module):
                yield each, frame.f_code
        for thing in _of_module(frame):
            yield thing, frame.f_code


def _reach_of_thread(thread: Any, frame: FrameType | None, sites: Sites) -> Iterator[tuple[Any, CodeType]]:
    own: list[FrameType] = []
    while frame is not None:
        if sites.kind(frame.f_code) == APP:
            own.append(frame)
        frame = frame.f_back
    own.reverse()
    given = {frame.f_globals.get("__name__") for frame in own}
    handed = _handed_to(thread, given) if own and thread is not None else []
    for frame in own:
        for thing in handed:
            yield thing, frame.f_code
        for thing in _of_module(frame):
            yield thing, frame.f_code
        if _PROXIES:
            module = frame.f_globals.get("__name__")
            for thing in frame.f_locals.values():
                for each in _with_attributes(thing, module):
                    yield each, frame.f_code


def _handed_to(thread: Any, modules: Collection[Any]) -> list[Any]:
    """What a thread was given: target, arguments, what these stand for, and attributes of objects of these modules."""
    found: list[Any] = [thread.__dict__]
    for thing in found:  # which grows
        kind = type(thing)
        inside: Iterable[Any] = ()
        if kind is dict:
            inside = islice(list(thing.values()), _MOST_ATTRIBUTES)
        elif kind is FunctionType:
            inside = thing.__closure__ or ()
        elif kind in (tuple, MethodType, partial, CellType) or (
            kind.__module__ in modules and not issubclass(kind, _COLLECTIONS)
        ):
            inside = gc.get_referents(thing)[:_MOST_ATTRIBUTES]
        found += inside
        if len(found) > _MOST_HANDED:
            break
    return found


def _with_attributes(thing: Any, module: Any) -> Iterator[Any]:
    """What a variable holds, and the attributes of it where it is an object of that module."""
    if type(thing) is CellType:
        try:
            thing = thing.cell_contents
        except ValueError:
            return
    yield thing
    kind = type(thing)
    if kind.__module__ == module and not issubclass(kind, _COLLECTIONS):
        for inner in gc.get_referents(thing)[:_MOST_ATTRIBUTES]:
            yield from islice(inner.values(), _MOST_ATTRIBUTES) if type(inner) is dict else (inner,)


def _of_module(frame: FrameType) -> Iterator[Any]:
    """What the function names of its module."""
    for name in frame.f_code.co_names:
        if name in frame.f_globals:
            yield frame.f_globals[name]


def _waiting(thing: Any, code: CodeType) -> tuple[str, int] | None:
    """What the thing is and how much waits in it, if it is a queue that code of this kind takes from, and any does."""
    kind = type(thing)
    for module, inside in _QUEUES.items():
        known: Any = sys.modules.get(module)
        if isinstance(queue := getattr(known, "Queue", None), type) and issubclass(kind, queue):
            held = thing.__dict__.get(inside)
            items = len(held) if type(held) in (list, deque) and _takes(code) else 0
            return (f"{module}.{kind.__name__}", items) if items else None
        if kind is getattr(known, "SimpleQueue", None):
            items = thing.qsize() if _takes(code) else 0
            return (f"{module}.SimpleQueue", items) if items else None
    state = _CHANNELS.get(kind.__name__)
    if state is None:
        return None
    items = len(getattr(getattr(thing, "_state", None), state, ()))
    return (f"{kind.__module__.partition('.')[0]}.{kind.__name__}", items) if items else None


def _takes(code: CodeType) -> bool:
    names = code.co_names
    return not _TAKES.isdisjoint(names) and (_DONE in names or _PUTS.isdisjoint(names))
