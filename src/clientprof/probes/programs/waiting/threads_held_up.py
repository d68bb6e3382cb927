"""Threads of a program that wait at a semaphore of its own, or for room in a full queue, before they make a request.

Both are code of the standard library in Python, which a stack shows. A lock is none: whoever waits for it stands in the
function of the program, and that is told by ``threads-take-turns``.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from types import CodeType, FrameType

from clientprof.probes.programs.sites import APP, OWN, STDLIB, Sites
from clientprof.probes.programs.waiting.gate_rows import Place, name_of, where

_MOST_FRAMES = 200
_HOLD_UP = {"threading": "Semaphore.acquire", "queue": "Queue.put"}


class ThreadsHeldUp:
    """A thread counts that has made requests, or that waits in a function in which others have."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._asks: set[CodeType] = set()

    def look(self, frames: Mapping[int, FrameType], asking: Collection[int]) -> Counter[Place]:
        """How many wait at each place. ``asking``: the identities of threads that have made requests."""
        waits: list[tuple[int, FrameType, CodeType]] = []
        for ident, frame in frames.items():
            found = self._held_up(frame)
            if found is not None:
                waits.append((ident, *found))
            elif ident in asking:
                self._asks.update(own.f_code for own in self._sites.own_frames(frame))
        counted: Counter[Place] = Counter()
        for ident, at, what in waits:
            if (ident in asking or self._asked(at)) and not self._is_signalled(at.f_code):
                counted[(*where(at), name_of(what), 0, False, "", "", 0)] += 1
        return counted

    def _held_up(self, frame: FrameType | None) -> tuple[FrameType, CodeType] | None:
        """The frame of the program that is held up outside of calls of clients, and what it waits in."""
        what = None
        while frame is not None:
            kind = self._sites.kind(frame.f_code)
            if kind == STDLIB:
                if frame.f_code.co_qualname == _HOLD_UP.get(frame.f_globals.get("__name__", "")):
                    what = frame.f_code
            elif kind != OWN:
                return (frame, what) if kind == APP and what is not None else None
            frame = frame.f_back
        return None

    def _asked(self, frame: FrameType | None) -> bool:
        """Whether others have made requests in this function, or in one that called it."""
        for _ in range(_MOST_FRAMES):
            if frame is None or frame.f_code in self._asks:
                break
            frame = frame.f_back
        return frame is not None

    def _is_signalled(self, code: CodeType) -> bool:
        """Whether a function that asks waits for a sign of another one: it takes from a semaphore and gives nothing back."""
        return code in self._asks and "acquire" in code.co_names and "release" not in code.co_names
