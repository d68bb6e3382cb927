"""When each exchange was running, and when it was ready but queued behind others; the rest is waiting.

Prefix sums over all exchanges at once: intervals are sorted by (owner, time) under one combined key, so "how long had
exchange x been in this state by t" is one binary search.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.loop_time import LoopTime, Places
from clientprof.model.run import StepOwner

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class OwnedIntervals:
    """Disjoint intervals of many owners. Only differences between two look-ups of one owner have a meaning."""

    def __init__(self, owner: Integers, start: Integers, end: Integers, origin_ns: int, span_ns: int) -> None:
        self._origin_ns = origin_ns
        self._span_ns = span_ns
        self._key = self._keys(owner, start)
        self._start = start
        self._end = end
        self._before = np.concatenate([[0], np.cumsum(end - start)])

    def _keys(self, owner: Integers, at: Integers) -> Integers:
        return (owner + 1) * self._span_ns + np.clip(at - self._origin_ns, 0, self._span_ns - 1)

    def length_until(self, owner: Integers, at: Integers) -> Integers:
        """Nanoseconds in the intervals up to each instant, shape of ``at``."""
        if not len(self._start):
            return np.zeros(len(at), dtype=np.int64)
        number = np.searchsorted(self._key, self._keys(owner, at), side="right")
        last = np.maximum(number - 1, 0)
        beyond = np.where(number > 0, np.maximum(0, self._end[last] - np.maximum(at, self._start[last])), 0)
        # The last interval found may belong to the owner before this one; then it is whole, whatever ``at`` is.
        own = self._key[last] // self._span_ns == owner + 1
        return self._before[number] - np.where(own, beyond, 0)

    def blame(self, owner: Integers, begin: Integers, end: Integers, loop_time: LoopTime) -> Iterator[Floats]:
        """Nanoseconds of each of the loop time's numbers, one after the other, inside the intervals from ``begin`` to
        ``end``; shape of these."""
        if not len(self._start) or not len(owner):
            for _ in range(loop_time.count):
                yield np.zeros(len(owner))
            return
        starts, ends = loop_time.places(self._start), loop_time.places(self._end)
        bounds = [self._reached(owner, at, loop_time) for at in (begin, end)]
        for number in range(loop_time.count):
            if not loop_time.has(number):
                yield np.zeros(len(owner))
                continue
            at_start = loop_time.at(number, starts)
            before = np.concatenate([[0.0], np.cumsum(loop_time.at(number, ends) - at_start)])
            since, until = (
                np.where(own, before[last] + loop_time.at(number, places) - at_start[last], before[found])
                for found, last, own, places in bounds
            )
            yield until - since

    def _reached(
        self, owner: Integers, at: Integers, loop_time: LoopTime
    ) -> tuple[Integers, Integers, npt.NDArray[np.bool_], Places]:
        """By each instant: how many intervals had begun, the last, whether it is the owner's, how far it had come."""
        found = np.searchsorted(self._key, self._keys(owner, at), side="right")
        last = np.maximum(found - 1, 0)
        own = (found > 0) & (self._key[last] // self._span_ns == owner + 1)
        return found, last, own, loop_time.places(np.clip(at, self._start[last], self._end[last]))

    def within(self, owner: Integers, begin: Integers, end: Integers) -> tuple[Integers, Integers]:
        """The intervals of these owners, each inside of its owner's bounds: starts and ends. Owners come once each."""
        order = np.argsort(owner)
        whose = self._key // self._span_ns - 1
        place = np.minimum(np.searchsorted(owner[order], whose), max(0, len(owner) - 1))
        mine = owner[order][place] == whose if len(owner) else np.zeros(len(whose), dtype=np.bool_)
        bounds = order[place[mine]]
        start, until = np.maximum(self._start[mine], begin[bounds]), np.minimum(self._end[mine], end[bounds])
        return start[start < until], until[start < until]


@dataclass(frozen=True, slots=True)
class States:
    """Running and ready intervals of all exchanges; they never overlap.

    ``waits`` has one row per gap between two of an exchange's steps: owner, start, end; what lies before an exchange's
    first step and after its last is not in it.
    """

    running: OwnedIntervals
    ready: OwnedIntervals
    waits: tuple[Integers, Integers, Integers]


def states_of(started: Integers, enqueued: Integers, owner: Integers) -> States:
    """The states from the loop's contiguous steps (one row more than there are steps: the last row closes).

    ``enqueued`` is when the step became ready to run, 0 if unknown. An exchange that runs is not ready at the same
    time, and a queue behind its own earlier step is not a queue behind others.
    """
    start, end = started[:-1], started[1:]
    mine = owner[:-1] > StepOwner.NOBODY
    start, end, queued, who = start[mine], end[mine], enqueued[:-1][mine], owner[:-1][mine]
    order = np.lexsort((start, who))
    start, end, queued, who = start[order], end[order], queued[order], who[order]
    previous_end = np.concatenate([[0], end[:-1]])
    same = np.concatenate([[False], who[1:] == who[:-1]])
    ready_from = _earliest_from_here_on(np.where(queued > 0, np.minimum(queued, start), start), who)
    # Before the first stamp nobody knows who ran, so nobody can be blamed.
    ready_from = np.minimum(np.maximum(ready_from, np.where(same, previous_end, started[0])), start)
    origin = int(started[0])
    span = int(started[-1]) - origin + 2
    gaps = np.flatnonzero(same & (ready_from > previous_end))
    return States(
        running=OwnedIntervals(who, start, end, origin, span),
        ready=OwnedIntervals(who, ready_from, start, origin, span),
        waits=(who[gaps], previous_end[gaps], ready_from[gaps]),
    )


def _earliest_from_here_on(at: Integers, who: Integers) -> Integers:
    """The minimum of ``at`` over each row and the later rows of its owner; rows are sorted by owner.

    A step may have been overtaken in the queue by another of its owner: a timer that was due before data arrived runs
    after the read. The owner is then ready from the earlier of the two.
    """
    if not len(at):
        return at
    # Each owner's values lie below those of the owner after it, so one running minimum from the end serves them all.
    offset = who * (int(at.max()) - int(at.min()) + 1)
    return np.minimum.accumulate((at + offset)[::-1])[::-1] - offset
