"""What waits in a program's queues for one of its tasks or threads that make requests.

A program that has ten tasks take addresses out of a queue never has more than ten requests under way, and no task waits
anywhere: what waits is in the queue. So the functions of the program in which asking tasks are, up to the client, are
looked at: a queue that such a function has in a variable, in an attribute of an object of its module, or in its module,
counts where the function takes from it: it calls ``get`` without arguments, or ``get_nowait``, and puts nothing, or calls
``task_done`` too. Whoever has the receiving end of a channel takes from it.

Variables of a coroutine are read as the garbage collector does: a frame's ``f_locals`` would keep what is in them alive. The
collector does not see those of a function that runs in a thread. There, a function takes from the queues whose ``get`` it
loads by a name, of those that the thread was given under that name, or that stand in the module under it; and from Python
3.13 on, whose ``f_locals`` keeps nothing alive, of those in variables.
"""

import gc
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from types import CellType, CodeType, FrameType, FunctionType, MethodType
from typing import Any

from clientprof.probes.programs.sites import APP, CLIENT, Sites
from clientprof.probes.programs.waiting.awaits import awaited_by, is_below_clients
from clientprof.probes.programs.waiting.gate_rows import function_of
from clientprof.probes.programs.waiting.queues import awaits_next_item, items_in, names_taken_from, own_attributes

_PUTS, _DONE = frozenset(("put", "put_nowait")), "task_done"
# An end of a channel of anyio's and one of trio's, with what their state calls what is in it.
_CHANNELS = {"MemoryObjectReceiveStream": "buffer", "MemoryReceiveChannel": "data"}
_COLLECTIONS = (list, tuple, dict, set, frozenset, type)
_MOST_ATTRIBUTES = 100
# Of a thread's stack, and of those the functions of the program.
_MOST_FRAMES, _MOST_OWN = 200, 40
_PROXIES = sys.version_info >= (3, 13)
_OPTIMIZED = 1  # of a function: its variables have places (inspect.CO_OPTIMIZED)


class Backlog:
    """A queue in which ``items`` wait for one of so many ``takers`` in the function of ``code``, a ``what``."""

    __slots__ = ("code", "items", "takers", "what")

    def __init__(self, code: CodeType, what: str, items: int, takers: int) -> None:
        self.code, self.what, self.items, self.takers = code, what, items, takers

    @property
    def place(self) -> tuple[str, int, str]:
        """File, first line and name of the function."""
        return function_of(self.code)


class _Found:
    """Queues that functions take from, by those who run them."""

    def __init__(self) -> None:
        self._by_queue: dict[int, Counter[CodeType]] = defaultdict(Counter)
        self._queues: dict[int, tuple[str, int]] = {}

    def taker(self, taken: Iterable[tuple[Any, tuple[str, int] | None, CodeType]]) -> None:
        """One task or thread: what it may take from, what of a queue that is and how much is in it, if it is any, and in
        which function, the outermost first."""
        mine: dict[int, CodeType] = {}
        for thing, found, code in taken:
            if found is not None and found[1]:
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
        found.taker((thing, _waiting(thing, code), code) for thing, code in _reach_of_task(task, sites))
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
            found.taker(_taken_by(None if ident in pooled else thread, frame, sites))
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


def _taken_by(
    thread: Any, frame: FrameType | None, sites: Sites
) -> Iterator[tuple[Any, tuple[str, int] | None, CodeType]]:
    own = list(islice(sites.own_frames(frame, _MOST_FRAMES), _MOST_OWN))
    given: dict[str, list[Any]] | None = None
    for each in reversed(own):
        for name in names_taken_from(each.f_code):
            if given is None:
                given = {} if thread is None else _given_to(own_attributes(thread))
            for thing in (*given.get(name, ()), *_named(name, each)):
                yield thing, items_in(thing), each.f_code


def _given_to(thread: dict[str, Any]) -> dict[str, list[Any]]:
    """What a thread was given, by the names under which its functions have it: arguments and variables of the function that
    it runs, and attributes of those, of the object whose method that is, and of the thread."""
    found: dict[str, list[Any]] = defaultdict(list)
    target: Any = thread.get("_target")
    args, kwargs = thread.get("_args"), thread.get("_kwargs")
    args, kwargs = args if type(args) is tuple else (), kwargs if type(kwargs) is dict else {}
    if type(target) is partial:
        target, args, kwargs = target.func, (*target.args, *args), {**target.keywords, **kwargs}
    if type(target) is MethodType:
        target, args = target.__func__, (target.__self__, *args)
    if type(target) is not FunctionType:
        args, kwargs = (), {}
    else:
        cells = target.__closure__ or ()
        for name, cell in zip(target.__code__.co_freevars, cells, strict=True):
            found[name] += gc.get_referents(cell)
        for name, thing in zip(target.__code__.co_varnames, args, strict=False):
            found[name].append(thing)
    for name, thing in islice(list(kwargs.items()), _MOST_ATTRIBUTES):
        found[name].append(thing)
    objects = [
        own_attributes(each) for each in (*args[:_MOST_ATTRIBUTES], *islice(list(kwargs.values()), _MOST_ATTRIBUTES))
    ]
    for attributes in (thread, *objects):
        if len(attributes) <= _MOST_ATTRIBUTES:
            for name, thing in list(attributes.items()):
                found[name].append(thing)
    return found


def _named(name: str, frame: FrameType) -> Iterator[Any]:
    """What a variable of the module, or from Python 3.13 on of the function, holds that has this name."""
    if type(frame.f_globals) is dict and name in frame.f_globals:
        yield frame.f_globals[name]
    if _proxied(frame) and (thing := frame.f_locals.get(name)) is not None:
        yield thing


def _proxied(frame: FrameType) -> bool:
    return _PROXIES and bool(frame.f_code.co_flags & _OPTIMIZED)


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
    """What the thing is and how much waits in it, if it is a queue that a coroutine of this kind takes from."""
    found = items_in(thing)
    if found is not None:
        return found if _takes(code) else None
    kind = type(thing)
    state = _CHANNELS.get(kind.__name__)
    if state is None:
        return None
    items = len(getattr(getattr(thing, "_state", None), state, ()))
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}", items


def _takes(code: CodeType) -> bool:
    names = code.co_names
    return awaits_next_item(code) and (_DONE in names or _PUTS.isdisjoint(names))
