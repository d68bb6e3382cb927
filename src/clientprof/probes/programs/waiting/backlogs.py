"""What waits in a program's queues for one of its tasks that make requests.

A program that has ten tasks take addresses out of a queue never has more than ten requests under way, and no task waits
anywhere: what waits is in the queue. So the functions of the program in which asking tasks are, up to the client, are
looked at: a queue that such a function has in a variable, in an attribute of an object of its module, or in its module,
counts where the function takes from it. Its code tells that only by what it names: ``get``, and with it ``task_done`` or
nothing that puts. Whoever has the receiving end of a channel takes from it.

Variables of a coroutine are read as the garbage collector does: a frame's ``f_locals`` would keep what is in them alive. No
code of an object runs: to ask a proxy for its class would make what it stands for.
"""

import gc
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from types import CodeType, FrameType
from typing import Any

from clientprof.probes.programs.sites import APP, CLIENT, Sites, place_of
from clientprof.probes.programs.waiting.awaits import awaited_by, is_below_clients

_TAKES, _PUTS, _DONE = frozenset(("get", "get_nowait")), frozenset(("put", "put_nowait")), "task_done"
# An end of a channel of anyio's and one of trio's, with what their state calls what is in it.
_CHANNELS = {"MemoryObjectReceiveStream": "buffer", "MemoryReceiveChannel": "data"}
_COLLECTIONS = (list, tuple, dict, set, frozenset, type)
_MOST_ATTRIBUTES = 100


class Backlog:
    """A queue in which ``items`` wait for one of so many ``tasks`` in the function of ``code``, a ``what``."""

    __slots__ = ("code", "items", "tasks", "what")

    def __init__(self, code: CodeType, what: str, items: int, tasks: int) -> None:
        self.code, self.what, self.items, self.tasks = code, what, items, tasks

    @property
    def place(self) -> tuple[str, int, str]:
        """File, first line and name of the function."""
        code = self.code
        return place_of(code.co_filename)[0], code.co_firstlineno, code.co_qualname


def backlogs(asking: Iterable[Any], sites: Sites) -> list[Backlog]:
    """The queues that these tasks take from and in which something waits."""
    by_queue: dict[int, Counter[CodeType]] = defaultdict(Counter)
    queues: dict[int, tuple[str, int]] = {}
    for task in asking:
        mine: dict[int, CodeType] = {}
        for awaited, frame in awaited_by(task):
            kind = sites.kind(frame.f_code)
            if kind == CLIENT and not is_below_clients(frame.f_code):
                break
            if kind != APP:
                continue
            for thing in _in_reach(awaited, frame):
                found = _waiting(thing, frame.f_code)
                if found is not None:
                    queues[id(thing)] = found
                    mine.setdefault(id(thing), frame.f_code)  # what that function calls may reach the queue as well
        for queue, code in mine.items():
            by_queue[queue][code] += 1
    made = []
    for queue, codes in by_queue.items():
        code, tasks = codes.most_common(1)[0]
        made.append(Backlog(code, *queues[queue], tasks))
    return made


def _in_reach(awaited: Any, frame: FrameType) -> Iterator[Any]:
    """What the function has in its variables, those of the functions around it included, in attributes of its module's
    objects, and what it names of its module."""
    module = frame.f_globals.get("__name__")
    for thing in gc.get_referents(awaited):
        if type(thing).__name__ == "cell":
            try:
                thing = thing.cell_contents
            except ValueError:
                continue
        yield thing
        kind = type(thing)
        if kind.__module__ == module and not issubclass(kind, _COLLECTIONS):
            for inner in gc.get_referents(thing)[:_MOST_ATTRIBUTES]:
                yield from islice(inner.values(), _MOST_ATTRIBUTES) if type(inner) is dict else (inner,)
    for name in frame.f_code.co_names:
        if name in frame.f_globals:
            yield frame.f_globals[name]


def _waiting(thing: Any, code: CodeType) -> tuple[str, int] | None:
    """What the thing is and how much waits in it, if it is a queue that code of this kind takes from, and any does."""
    kind = type(thing)
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is not None and issubclass(kind, asyncio.Queue):
        names = code.co_names
        takes = not _TAKES.isdisjoint(names) and (_DONE in names or _PUTS.isdisjoint(names))
        items = len(thing._queue) if takes else 0
        return (f"asyncio.{kind.__name__}", items) if items else None
    inside = _CHANNELS.get(kind.__name__)
    if inside is None:
        return None
    items = len(getattr(getattr(thing, "_state", None), inside, ()))
    return (f"{kind.__module__.partition('.')[0]}.{kind.__name__}", items) if items else None
