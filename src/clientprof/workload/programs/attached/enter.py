"""What the interpreter runs in a process when somebody attaches to it, lets it go on, or detaches.

All of it runs in the main thread, between two instructions of whatever that does: so nothing here waits, and an error goes
no further.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from clientprof.probes.programs.attached.there_already import tools_there
from clientprof.workload.programs.attached.instruments import AttachedInstruments
from clientprof.workload.programs.attached.state import tell
from clientprof.workload.programs.start import measuring

_watches_forks = False


def attach(folder: str, detail: str) -> None:
    """Put the instruments in, or say in the folder why not."""
    if measuring:
        tell(folder, "refused", why="attached" if isinstance(measuring[0], AttachedInstruments) else "run")
        return
    tools = tools_there()
    if tools:
        tell(folder, "refused", why="tools", tools=tools)
        return
    instruments = AttachedInstruments(folder, detail)
    measuring.append(instruments)
    _watch_forks()
    tell(folder, "loaded")

    def begin() -> None:
        try:
            instruments.start()
        except Exception as error:
            tell(folder, "failed", error=type(error).__name__)
            instruments.leave()

    _in_main_loop(begin)


def go_on(folder: str) -> None:
    """Begin without the loops that have not come to it yet."""
    if _attached(folder):
        measuring[0].ready()  # type: ignore[attr-defined]


def detach(folder: str) -> None:
    """Take the instruments out."""
    if _attached(folder):
        _in_main_loop(measuring[0].leave)  # type: ignore[attr-defined]


def _attached(folder: str) -> bool:
    return bool(measuring) and isinstance(measuring[0], AttachedInstruments) and measuring[0].folder == folder


def _in_main_loop(work: Callable[[], None]) -> None:
    """In a callback of the loop that this thread runs, at once where it runs none."""
    asyncio: Any = sys.modules.get("asyncio")
    running = getattr(getattr(asyncio, "events", None), "_get_running_loop", None)
    loop = None if running is None else running()
    if loop is None:
        work()
    else:
        loop.call_soon_threadsafe(_called, work)


def _called(work: Callable[[], None]) -> None:
    work()


def _watch_forks() -> None:
    """Once in the life of a process: nobody can be taken off that list again."""
    global _watches_forks
    if not _watches_forks:
        _watches_forks = True
        os.register_at_fork(
            before=lambda: _tell(AttachedInstruments.about_to_fork),
            after_in_parent=lambda: _tell(AttachedInstruments.has_forked),
            after_in_child=lambda: _tell(AttachedInstruments.forked),
        )


def _tell(what: Callable[[AttachedInstruments], None]) -> None:
    if measuring and isinstance(measuring[0], AttachedInstruments):
        try:
            what(measuring[0])
        except Exception as error:
            measuring[0].failures.remove("a forked process", error)
