"""How much of a loop's time each sample of its timer stands for, with what is known of steps exactly.

A timer that runs on through short waits, and begins anywhere after long ones, meets all that the loop does alike, and what
it worked since the sample before stands for the rest. Two things spoil that. A signal that comes while the thread is in a C
call which begins again by itself (a lock, some sockets) is handled only when the call is over. And then the time since the
sample before was to a good part somebody else's.

So a step that lasts longer than the timer's longest interval, and was sampled, is told by its own samples alone, from its
start to its end. All other steps are told by theirs, by a clock that stands still in the long ones.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.programs.lane import Booleans, Integers, Lane, Steps
from clientprof.attribution.programs.window_weights import WindowWeights

Floats = npt.NDArray[np.float64]
# The timer's interval is 10 ms, and varies by half (``probes.sampling``).
_LONGER_THAN_ANY_INTERVAL_NS = 15_000_000


@dataclass(frozen=True, slots=True)
class LoopSamples:
    """The samples of one loop in order of time, with what each stands for in the windows of detail, nanoseconds.

    A row is a sample, or the end of the step that its sample lies in (``looked`` is False). ``order`` says which row of the
    recording's each is. ``weight`` is CPU by the recording, 0 of one that had lost the core; ``cpu`` is that divided by the
    time ``between`` samples. ``held`` is loop time, with what is known of steps exactly; ``weighed`` is that of all of the
    measured time.
    """

    table: StackTable
    at: Integers
    stack: Integers
    order: Integers
    looked: Booleans
    weight: Integers
    between: Floats
    cpu: Floats
    held: Floats
    weighed: Floats


def loop_samples(lane: Lane, weights: WindowWeights) -> LoopSamples | None:
    """None of a lane without a loop, or with fewer than two samples."""
    at, stack, weight = lane.integers("sample.at_ns"), lane.integers("sample.stack"), _computed_by(lane)
    order = np.flatnonzero(stack >= 0)
    if lane.steps is None or len(order) < 2:
        return None
    at, weight = at[order], weight[order]
    looked = np.ones(len(at), dtype=np.bool_)
    if not lane.facts.main:
        at, weight, row, looked = _with_step_ends(lane.steps, at, weight)
        order = order[row]
    between = _worked_between(lane, lane.steps, at)
    held = _held_by_samples(lane, lane.steps, at) if lane.facts.main else between
    return LoopSamples(
        table=StackTable(lane.run, charge_profiler=False),
        at=at,
        stack=stack[order],
        order=order,
        looked=looked,
        weight=weight,
        between=between,
        cpu=_cpu_of_each(weight, between),
        held=held,
        weighed=weights.weigh_held(at, held),
    )


def _worked_between(lane: Lane, steps: Steps, at: Integers) -> Floats:
    """What the loop worked since the sample before, nanoseconds; ``at`` are the samples in order of time.

    Between windows nothing was recorded: that time is nobody's.
    """
    found = np.concatenate([[0.0], np.maximum(0.0, np.diff(at) - np.diff(steps.idle_until(at)))])
    found[~lane.inside_windows(at)] = 0.0
    window = lane.window_of(at)
    found[1:][window[1:] != window[:-1]] = 0.0
    return found


def _held_by_samples(lane: Lane, steps: Steps, at: Integers) -> Floats:
    """Loop time of each sample, nanoseconds; nothing of those between windows."""
    step = np.clip(np.searchsorted(steps.started, at, side="right") - 1, 0, len(steps.owner) - 1)
    start, end = steps.started[step], steps.started[step] + lane.step_lengths[step]
    long = ~steps.selecting[step] & (end - start >= _LONGER_THAN_ANY_INTERVAL_NS) & (at <= end)
    same = long[1:] & long[:-1] & (step[1:] == step[:-1])
    first, last = ~np.concatenate([[False], same]), ~np.concatenate([same, [False]])
    own = np.where(first, at - start, np.diff(at, prepend=at[0])) + np.where(last, end - at, 0)
    found = np.where(long, own, 0).astype(np.float64)
    short = at[~long]
    if len(short):
        between = _worked_between(lane, steps, short) - _long_between(found[long], end[long], short)
        found[~long] = np.maximum(0.0, between)
    return found


def _long_between(own: Floats, end: Integers, at: Integers) -> Floats:
    """What of the time since the sample before went to long steps, by what each of their samples has and by their ends."""
    so_far = np.concatenate([[0.0], np.cumsum(own)])
    return np.diff(so_far[np.searchsorted(end, at, side="right")], prepend=0.0)


def _cpu_of_each(weight: Integers, held: Floats) -> Floats:
    """CPU of each sample. One that was due while the thread had no core weighs nothing, and the next one what both have: it
    is divided by the time that each stands for."""
    last = np.concatenate([[0], np.cumsum(weight > 0)[:-1]])
    cpu = np.bincount(last, weight)[last]
    time = np.bincount(last, held)[last]
    return np.where(time > 0, cpu * held / np.maximum(time, 1.0), weight)


def _with_step_ends(
    steps: Steps, at: Integers, weight: Integers
) -> tuple[Integers, Integers, Integers, npt.NDArray[np.bool_]]:
    """The samples, each followed by the end of its step where the next one lies in another: times, weights, of which sample
    each row is, and which rows are samples. A part of the next one's CPU goes with the rest of the step, by its length."""
    step = np.clip(np.searchsorted(steps.started, at, side="right") - 1, 0, len(steps.owner) - 1)
    ends = steps.started[step[:-1] + 1] - 1  # still in it
    last = np.flatnonzero((step[1:] != step[:-1]) & ~steps.selecting[step[:-1]] & (ends > at[:-1]))
    rest = ends[last] - at[last]
    busy = np.maximum(1.0, at[last + 1] - at[last] - np.diff(steps.idle_until(at))[last])
    moved = (weight[last + 1] * np.minimum(1.0, rest / busy)).astype(np.int64)
    weight = weight.copy()
    weight[last + 1] -= moved
    places = last + 1
    looked = np.insert(np.ones(len(at), dtype=np.bool_), places, False)
    order = np.insert(np.arange(len(at)), places, last)
    return np.insert(at, places, ends[last]), np.insert(weight, places, moved), order, looked


def _computed_by(lane: Lane) -> Integers:
    """CPU of each sample, collections of garbage on the way included: whoever holds the loop computes them."""
    weight, collected = lane.integers("sample.weight_ns"), lane.integers("sample.gc_ns")
    return weight + collected if len(collected) == len(weight) else weight
