"""What a program holds as its requests go by: traced bytes after so many of them, and who holds what came in between.

Only where it was asked for: tracing slows a program down. It begins when the first requests have ended, so that imports and
first caches are not traced. The looks come ever more seldom, each after a third more requests than the one before.
"""

import functools
import gc
import os
import tracemalloc
from collections.abc import Callable
from typing import Any, Protocol

from clientprof.probes.locations import shorten
from clientprof.probes.memory.code_lines import CodeLines
from clientprof.probes.programs.names import Names
from clientprof.recording.segments import MEMORY

BEGINS_AFTER = 64
_FRAMES = 4
_FARTHER = 1.3
# Holders are named once so many looks were taken, the three that took the most.
_LOOKS, _SHOWN = 5, 3
_LEAST_BYTES = 50.0
Place = tuple[str, int]


class Counting(Protocol):
    """Hears of each request that ended."""

    def add(self, now_ns: int) -> None: ...


class HeldMemory:
    """Writes the lines ``held`` (ended, in flight, bytes) and ``holder`` (ended, file, line, function, bytes, blocks).

    ``ended`` and ``in_flight`` say what they are now.
    """

    def __init__(self, names: Names, ended: Callable[[], int], in_flight: Callable[[], int]) -> None:
        self._names = names
        self._ended = ended
        self._in_flight = in_flight
        self._due = BEGINS_AFTER
        self._looks: list[tuple[int, dict[Place, tuple[int, int]]]] = []
        self._tracing = False
        self._last = 0

    def add(self, now_ns: int) -> None:
        """A request ended. Nothing that goes wrong here reaches whoever counts it."""
        ended = self._ended()
        if ended < self._last:
            # This is a process of its own now, forked off.
            self._looks.clear()
            self._due = ended + BEGINS_AFTER
        self._last = ended
        if ended >= self._due:
            self._due = int(ended * _FARTHER) + 1
            try:
                self._look(ended)
            except Exception as error:
                self._due = 1 << 62
                self._names.add("note", (f"its memory was not looked at any more: {type(error).__name__}",))

    def stop(self) -> None:
        """Trace no more."""
        self._due = 1 << 62
        if self._tracing:
            self._tracing = False
            tracemalloc.stop()

    def _look(self, ended: int) -> None:
        if not self._tracing:
            if tracemalloc.is_tracing():
                self._due = 1 << 62
                self._names.add("note", ("its memory was not looked at: it traces its memory itself",))
                return
            self._tracing = True
            gc.collect()
            tracemalloc.start(_FRAMES)
            return
        gc.collect()
        held: dict[Place, tuple[int, int]] = {}
        for row in tracemalloc.take_snapshot().statistics("traceback"):
            place = _place(row.traceback)
            if place is not None:
                size, blocks = held.get(place, (0, 0))
                held[place] = (size + row.size, blocks + row.count)
        self._looks.append((ended, held))
        self._names.add("held", (ended, self._in_flight(), sum(size for size, _ in held.values())))
        if len(self._looks) >= _LOOKS:
            self._tell_holders(ended, held)

    def _tell_holders(self, ended: int, held: dict[Place, tuple[int, int]]) -> None:
        """Who holds more than when half of the requests had ended."""
        since, before = max((look for look in self._looks if look[0] <= max(ended / 2, self._looks[0][0])), key=_when)
        requests = ended - since
        more = {
            place: tuple((now - then) / requests for now, then in zip(both, before.get(place, (0, 0)), strict=True))
            for place, both in held.items()
        }
        largest = sorted(more, key=lambda place: -more[place][0])[:_SHOWN]
        if not largest or more[largest[0]][0] < _LEAST_BYTES:
            return
        lines = CodeLines({file for file, _ in largest})
        for place in largest:
            code = lines.of(*place)
            self._names.add("holder", (ended, code.file, place[1], code.function, *more[place]))


def _when(look: tuple[int, Any]) -> int:
    return look[0]


@functools.cache
def _origin(path: str) -> str:
    # Once a file: what pathlib keeps of it is allocated so far below us that nobody would know it for ours.
    return shorten(path)[1]


def _place(traceback: "tracemalloc.Traceback") -> Place | None:
    """The innermost frame outside the standard library, the innermost where there is none; None for an instrument's."""
    for frame in reversed(traceback):
        origin = _origin(frame.filename)
        if origin == "profiler":
            return None
        if origin != "stdlib":
            return frame.filename, frame.lineno
    return traceback[-1].filename, traceback[-1].lineno


def held_memory(folder: str, names: Names, ended: Callable[[], int], in_flight: Callable[[], int]) -> HeldMemory | None:
    """Looks at this process's memory; None where nobody asked for it."""
    return HeldMemory(names, ended, in_flight) if os.path.exists(f"{folder}/{MEMORY}") else None


def each_of(*counting: Counting | None) -> Callable[[int], None] | None:
    """One hook for those that count each request that ended, None where none does."""
    hooks = [each.add for each in counting if each is not None]
    if len(hooks) < 2:
        return hooks[0] if hooks else None

    def all_of_them(now_ns: int) -> None:
        for hook in hooks:
            hook(now_ns)

    return all_of_them
