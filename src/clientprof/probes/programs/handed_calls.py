"""Calls of clients that are handed to a thread as they are: ``executor.map(session.get, urls)``, ``asyncio.to_thread(...)``.

No frame of the program stands above such a call in its thread: its call site is the line that handed it over.
"""

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs.quiet_wrappers import around
from clientprof.probes.programs.sites import Sites

_NAME = "call sites of calls handed to threads"
# Where threads are handed calls, by the module that must have been imported: the class, None for the module itself, and the
# function. asyncio's own threads are executors too; anyio has a class for each loop, before 4.0 a module.
_HANDERS = {
    "threading": ("Thread", "start"),
    "concurrent.futures.thread": ("ThreadPoolExecutor", "submit"),
    "anyio._backends._asyncio": ("AsyncIOBackend", "run_sync_in_worker_thread"),
    "anyio._backends._trio": ("TrioBackend", "run_sync_in_worker_thread"),
    "trio.to_thread": (None, "run_sync"),
}
When = Callable[[str, Callable[[], None]], None]


def install_handed_calls(sites: Sites, patches: Patches, failures: Failures, when: When) -> None:
    """Have whatever hands calls to threads tell what it hands over; ``when`` calls back once a module is imported."""
    for module, (owner, name) in _HANDERS.items():
        when(module, functools.partial(_install, module, owner, name, sites, patches, failures))


def _install(module: str, owner: str | None, name: str, sites: Sites, patches: Patches, failures: Failures) -> None:
    where: Any = sys.modules[module]
    if owner is not None and hasattr(where, owner):
        where = getattr(where, owner)
    found = vars(where).get(name)
    original: Any = getattr(found, "__func__", found)
    if not inspect.isfunction(original):
        return  # another version hands them over in another way: such calls have no call site

    # Of a thread that is started the call is its own; otherwise it comes first, after the object or class.
    starts = name == "start"
    place = int(inspect.isclass(where) and not starts)

    def look(arguments: tuple[Any, ...], _named: Any) -> None:
        if failures.removed(_NAME) or len(arguments) <= place:
            return  # a wrong call is the program's to be told of
        try:
            handed = arguments[place]
            sites.call_handed(handed._target if starts else handed, sys._getframe(2))
        except Exception as error:
            failures.remove(_NAME, error)

    wrapper: Any = around(original, look=look)
    patches.set(where, name, classmethod(wrapper) if isinstance(found, classmethod) else wrapper)
