"""Event loops that run in a process, in whatever thread: found from the stacks of its threads."""

import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, NamedTuple

from clientprof.probes.stack_walks import frames_of_others, no_collections

_MOST_FRAMES = 400
# Where a frame, or an object whose method it is, keeps the loop that it runs.
_NAMES = ("loop", "_loop")


class RunningLoop(NamedTuple):
    """A loop and the thread that runs it."""

    loop: Any
    thread: str
    main: bool


def running_loops() -> list[RunningLoop]:
    """All loops that run just now, each once; call it in the main thread. That of this thread comes first."""
    asyncio: Any = sys.modules.get("asyncio")
    running = getattr(getattr(asyncio, "events", None), "_get_running_loop", None)
    if running is None:
        return []
    here, main = threading.get_ident(), threading.main_thread().ident
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    found: dict[int, RunningLoop] = {}
    own = running()
    if own is not None:
        found[id(own)] = RunningLoop(own, names.get(here, ""), here == main)
    with no_collections():
        for ident, frame in frames_of_others().items():
            for loop in _loops_of(frame, asyncio.AbstractEventLoop):
                found.setdefault(id(loop), RunningLoop(loop, names.get(ident, ""), ident == main))
    return list(found.values())


def _loops_of(frame: FrameType | None, kind: type[Any]) -> Iterator[Any]:
    """The loop whose run stands in the stack: innermost first."""
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return
        # Runners and servers have it as a local, methods of the loop as ``self``.
        places = frame.f_locals
        me = places.get("self")
        for thing in (me, *(places.get(name) for name in _NAMES), *(getattr(me, name, None) for name in _NAMES)):
            if isinstance(thing, kind) and thing.is_running():
                yield thing
                return
        frame = frame.f_back
