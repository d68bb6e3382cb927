"""The loop's time by layer, as prefix sums: how much of it went to each layer up to any instant.

The stamped steps say when the loop was in select; the samples say which layer ran in between: the busy time up to a
sample belongs to the sample's layer. So every instant has exactly one layer, the sums are conserved by construction, and
the blame of an interval is a difference of two look-ups.
"""

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.ledger.selects import may_block, selects
from clientprof.model.layers import Layer
from clientprof.model.run import Run, StepOwner
from clientprof.stats.distinct import distinct

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = tuple[Integers, Integers, Integers]
"""The number of the last knot before each instant, how far behind it the instant is, and whose the time there is."""
LAYERS = tuple(Layer)
_LOOP = LAYERS.index(Layer.LOOP)
_GC = LAYERS.index(Layer.GC)
# The number after the layers': the loop waited for something to happen.
IDLE = len(LAYERS)


class LoopTime:
    """``by_layer(t)`` gives nanoseconds per layer up to each instant, shape (layers, len(t)); differences are blame."""

    def __init__(self, knots: Integers, labels: Integers, count: int = len(LAYERS)) -> None:
        """``knots`` are n + 1 instants in order, ``labels`` the n numbers below ``count`` between them: layers, mostly."""
        self.count = count
        self._knots, self._labels = knots, labels
        lengths = np.diff(knots)
        self._has = np.bincount(labels, lengths, count) > 0
        self._sums: dict[int, Floats] = {}
        for number in np.flatnonzero(self._has).tolist():
            self._sums[number] = np.concatenate([[0.0], np.cumsum(np.where(labels == number, lengths, 0))])

    def by_layer(self, instants_ns: Integers) -> Floats:
        places = self.places(instants_ns)
        return np.stack([self.at(number, places) for number in range(self.count)])

    def of_layer(self, number: int, instants_ns: Integers) -> Floats:
        """One row of ``by_layer``."""
        return self.at(number, self.places(instants_ns))

    def has(self, number: int) -> bool:
        """Whether the number has any time at all."""
        return bool(self._has[number])

    def places(self, instants_ns: Integers) -> Places:
        """Where the instants lie, for many rows of ``by_layer`` one after the other: together they would fill the memory."""
        if not len(self._labels):
            none = np.zeros(len(instants_ns), dtype=np.int64)
            return none, none, none
        inside = np.clip(instants_ns, self._knots[0], self._knots[-1])
        number = np.clip(np.searchsorted(self._knots, inside, side="right") - 1, 0, len(self._labels) - 1)
        return number, inside - self._knots[number], self._labels[number]

    def at(self, number: int, places: Places) -> Floats:
        """One row of ``by_layer`` at such places."""
        knot, further, label = places
        sums = self._sums.get(number)
        if sums is None:
            return np.zeros(len(knot))
        row: Floats = sums[knot] + np.where(label == number, further, 0)
        return row

    @classmethod
    def of(cls, run: Run, table: StackTable, *, idle_apart: bool = False) -> "LoopTime":
        """From the run's steps, samples and collections.

        With ``idle_apart`` the selects that could wait are no layer's but have the number ``IDLE``, even where another
        thread's collection falls into them.
        """
        started = np.asarray(run.column("step.started_ns"), dtype=np.int64)
        if len(started) < 2:
            return cls(np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64))
        in_select = selects(run)[:-1]
        select_start, select_end = started[:-1][in_select], started[1:][in_select]
        # What is the loop's own for certain, whatever the samples say.
        own = in_select | (np.asarray(run.column("step.owner"), dtype=np.int64)[:-1] == StepOwner.NATIVE)
        own_start, own_end = started[:-1][own], started[1:][own]
        gc_start = np.asarray(run.column("gc.started_ns"), dtype=np.int64)
        gc_end = np.asarray(run.column("gc.ended_ns"), dtype=np.int64)
        sample_at = np.asarray(run.column("sample.at_ns"), dtype=np.int64)
        stack = np.asarray(run.column("sample.stack"), dtype=np.int64)
        sample_at, stack = sample_at[stack >= 0], stack[stack >= 0]
        # The run may be a piece of a long one: its own samples and the next, to which the time before it belongs; the last
        # one of all where they ended before.
        begin, until = np.searchsorted(sample_at, started[[0, -1]]).tolist()
        inside = slice(min(begin, max(0, len(sample_at) - 1)), until + 1)
        sample_at, stack = sample_at[inside], stack[inside]
        knots = distinct(np.concatenate([started[[0, -1]], own_start, own_end, gc_start, gc_end, sample_at]))
        knots = knots[(knots >= started[0]) & (knots <= started[-1])]
        if len(sample_at):
            owners = np.array([LAYERS.index(s.owner) for s in table.stacks], dtype=np.int64)
            following = np.minimum(np.searchsorted(sample_at, knots[1:]), len(sample_at) - 1)
            labels = owners[stack[following]]
        else:
            labels = np.full(len(knots) - 1, LAYERS.index(Layer.OTHER), dtype=np.int64)
        labels[_inside(knots[:-1], own_start, own_end)] = _LOOP
        labels[_inside(knots[:-1], gc_start, gc_end)] = _GC
        if not idle_apart:
            return cls(knots, labels)
        could_wait = may_block(run)[:-1][in_select]
        labels[_inside(knots[:-1], select_start[could_wait], select_end[could_wait])] = IDLE
        return cls(knots, labels, IDLE + 1)


def _inside(instants: Integers, starts: Integers, ends: Integers) -> npt.NDArray[np.bool_]:
    """Which instants lie in one of the disjoint intervals, given in order of time."""
    if not len(starts):
        return np.zeros(len(instants), dtype=bool)
    number = np.searchsorted(starts, instants, side="right") - 1
    return (number >= 0) & (instants < ends[np.maximum(number, 0)])
