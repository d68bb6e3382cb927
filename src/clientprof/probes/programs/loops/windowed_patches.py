"""Attributes that are ours only while a loop is recorded in detail: between two windows nobody pays for them.

What is swapped in and out belongs to ``Patches`` all the same, which puts back what was there before us.
"""

import threading
from typing import Any

from clientprof.probes.programs.lanes import LaneBook


class WindowedPatches:
    """``add`` what has just been replaced; it is there from the first loop that enters to the last that leaves."""

    def __init__(self, book: LaneBook) -> None:
        self._book = book
        self._swaps: list[tuple[Any, str, Any, Any]] = []
        self._lock = threading.Lock()
        self._loops = 0
        self._out = False

    def add(self, owner: Any, name: str, plain: Any) -> None:
        """``plain`` is what was there before."""
        with self._lock:
            self._swaps.append((owner, name, plain, vars(owner)[name]))
            if self._out:
                self._put(*self._swaps[-1][:2], self._swaps[-1][3], plain)

    def enter(self) -> None:
        """A loop begins to run in detail."""
        with self._lock:
            self._loops += 1
            if self._out and self._book.recording and not self._book.stopping:
                self._out = False
                for owner, name, plain, ours in self._swaps:
                    self._put(owner, name, plain, ours)

    def leave(self) -> None:
        """It does not any more."""
        with self._lock:
            self._loops -= 1
            # Some lanes are recorded in detail all the time: while there is one, nothing is taken out.
            if not self._loops and all(lane.pauses for lane in self._book.lanes):
                self._out = True
                for owner, name, plain, ours in self._swaps:
                    self._put(owner, name, ours, plain)

    def put_in(self) -> None:
        """All are ours again, whatever is recorded: whoever replaced them takes them out."""
        with self._lock:
            if self._out:
                self._out = False
                for owner, name, plain, ours in self._swaps:
                    self._put(owner, name, plain, ours)
            self._swaps.clear()

    @staticmethod
    def _put(owner: Any, name: str, was: Any, now: Any) -> None:
        if vars(owner).get(name) is was:  # not if somebody else has replaced it meanwhile
            setattr(owner, name, now)
