"""Lanes of what runs no loop that can be stepped through: threads, other libraries' loops, greenlets.

Their calls are measured. What holds a loop or a greenlet up is not known, and no CPU is charged to a call: others have the
thread meanwhile.
"""

from typing import Any

from clientprof.model.programs.lane import OTHER_LOOP
from clientprof.probes.programs.lanes import Lane, LaneBook
from clientprof.probes.programs.sites import in_trio_run
from clientprof.probes.real_threads import greenlets_of


def lane_beside_loops(book: LaneBook, loop: Any) -> Lane:
    """The lane of the running code, where ``loop`` is none of our own: another library's, or None for none."""
    if loop is not None:
        return book.foreign(f"{OTHER_LOOP}{type(loop).__name__}", lambda: calls_alone(type(loop)))
    if in_trio_run():
        return book.foreign("trio")
    if library := greenlets_of():
        return book.foreign(library, lambda: _greenlets_alone(library), "greenlets")
    return book.threads


def calls_alone(loop: type) -> str:
    """The sentence of a loop that stays the program's own."""
    name = f"{loop.__module__}.{loop.__qualname__}"
    return f"a loop of {name}: its calls are measured, its steps and the connections that it opens are not"


def _greenlets_alone(library: str) -> str:
    return (
        f"greenlets of {library}: their calls are measured, but not what each one computes or what holds up the others"
    )
