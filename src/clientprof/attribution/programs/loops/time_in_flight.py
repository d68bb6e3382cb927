"""The time in which the program had requests under way; what a loop did before and after says nothing of them.

A service that is measured with its load test waits for the test to begin, and when it is over. So time counts from the first
request to the last. Of a pause of a second and more without any request, what a loop worked counts, and what it idled does
not: a program that computes between two requests is busy, one that sleeps there has nothing to do.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from clientprof.attribution.programs.lane import Integers, Lane
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.programs.recording import ProgramFacts

_PAUSE_NS = 1_000_000_000


class TimeInFlight(NamedTuple):
    """Stretches of time in order, with a pause between each two; ``start`` and ``end`` in nanoseconds."""

    start: Integers
    end: Integers

    @property
    def seconds(self) -> float:
        """How long they are together."""
        return float((self.end - self.start).sum()) / 1e9


def time_in_flight(facts: ProgramFacts, lanes: Sequence[Lane]) -> TimeInFlight:
    """When any request of the program was under way; empty where there was none."""
    start = np.concatenate([lane.started for lane in lanes]) if lanes else np.zeros(0, dtype=np.int64)
    if not len(start):
        return TimeInFlight(start, start)
    end = np.concatenate([_until(facts, lane) for lane in lanes])
    first, last = int(start.min()), max(int(end.max()), *(_last_begun(facts, lane) for lane in lanes))
    # Between two windows of detail requests come too, and nobody wrote down which.
    for lane in lanes:
        since, until = WindowWeights(facts, lane).gaps
        inside = (until > since) & (until > first) & (since < last)
        start = np.append(start, np.maximum(since[inside], first))
        end = np.append(end, np.minimum(until[inside], last))
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate(end[order])
    new = np.concatenate([[True], start[1:] - end[:-1] >= _PAUSE_NS])
    return TimeInFlight(start[new], end[np.append(new[1:], True)])


def _last_begun(facts: ProgramFacts, lane: Lane) -> int:
    """By when the last exchange of the lane had begun, to half a second; 0 where nobody counted them."""
    at, begun = lane.integers("clock.at_ns"), lane.integers("clock.begun")
    grew = np.flatnonzero(np.diff(begun) > 0)
    return min(int(at[grew[-1] + 1]), facts.ended_ns) if len(grew) else 0


def _until(facts: ProgramFacts, lane: Lane) -> Integers:
    """When each exchange ended; a response that nobody reads any more is under way no longer than its call."""
    given_up = np.maximum(lane.of_exchanges("dropped_ns", 0), lane.of_exchanges("returned_ns", 0))
    ended: Integers = np.where(lane.ended > 0, lane.ended, np.where(given_up > 0, given_up, facts.ended_ns))
    return ended


def busy_share_in_flight(weights: WindowWeights, asked: TimeInFlight) -> float | None:
    """The share of that time in which the lane's loop was busy; None where it did not run then."""
    lane = weights.lane
    if lane.steps is None or not len(asked.start):
        return None
    since, until = max(weights.span[0], int(asked.start[0])), min(weights.span[1], int(asked.end[-1]))
    if until <= since:
        return None
    pauses = np.clip(np.stack([asked.end[:-1], asked.start[1:]]), since, until)
    idle_ns = float(np.diff(lane.steps.idle_until(pauses.ravel()).reshape(pauses.shape), axis=0).sum())
    active_ns = until - since - idle_ns
    return min(1.0, weights.busy_ns(since, until) / active_ns) if active_ns > 0 else None
