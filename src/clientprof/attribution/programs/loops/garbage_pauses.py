"""Garbage collections that stop the program for long: how often, for how long, and who had to wait.

The interpreter collects when enough has been allocated, in the midst of whatever runs. A young program's collections take
far less than a millisecond; those that look at a large heap take as long as the heap is large, and nothing else runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.blame import OfLoops, overlap, ready_intervals
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.programs.recording import ProgramFacts

Integers = npt.NDArray[np.int64]
# What the collector computes in a pause that is told: on a machine without a free core it lasts longer.
_LEAST_COMPUTED_NS = 5_000_000


@dataclass(slots=True)
class GarbagePauses(OfLoops):
    """Long collections on loops: how many (``times``), what they take, and the longest.

    ``collected_s`` is CPU of all collections on these loops, short ones included. ``under`` has CPU nanoseconds by function
    of the program.
    """

    times: float = 0.0
    longest_ms: float = 0.0
    collected_s: float = 0.0


def garbage_pauses(facts: ProgramFacts, lanes: Sequence[Lane]) -> GarbagePauses:
    """The long collections on all loops whose collections were seen: those of main threads."""
    found = GarbagePauses()
    found.add_loops(facts, lanes, lambda lane, weights: _add(lane, weights, found))
    return found


def _add(lane: Lane, weights: WindowWeights, found: GarbagePauses) -> float:
    """Add one loop's pauses. Returns the ready nanoseconds that fell into them."""
    start, end = collections_of(lane)
    at, collected = lane.integers("sample.at_ns"), lane.integers("sample.gc_ns")
    if not len(start) or len(collected) != len(at):
        return 0.0
    length = end - start
    # A collection's CPU is known only together with others': what they compute of the time that they take.
    computes = min(1.0, float(collected.sum()) / max(1.0, float(length.sum())))
    long = length * computes >= _LEAST_COMPUTED_NS
    found.collected_s += float((collected * weights.of_cpu.at(at)).sum()) / 1e9
    if not long.any():
        return 0.0
    start, end, length = start[long], end[long], length[long]
    stands_for = weights.of_cpu.at(end)
    found.times += float(stands_for.sum())
    found.held_s += float((length * stands_for).sum()) / 1e9
    found.longest_ms = max(found.longest_ms, float(length.max()) / 1e6)
    _add_functions(lane, collected, found)
    ready = ready_intervals(lane)
    if ready is None:
        return 0.0
    waited = overlap(*ready, end) - overlap(*ready, start)
    return float((waited * weights.of_exchanges.at(end)).sum())


def collections_of(lane: Lane) -> tuple[Integers, Integers]:
    """From when to when garbage was collected on a loop's thread, inside of its windows, in order of time."""
    start, end = lane.integers("gc.started_ns"), lane.integers("gc.ended_ns")
    inside = lane.inside_windows(start) & lane.inside_windows(end)
    return start[inside], end[inside]


def _add_functions(lane: Lane, collected: Integers, found: GarbagePauses) -> None:
    stack = lane.integers("sample.stack")
    table = StackTable(lane.run, charge_profiler=False)
    real = stack >= 0
    by_stack = np.bincount(stack[real], collected[real], len(table.stacks))
    for number in np.flatnonzero(by_stack).tolist():
        codes = [table.codes[frame] for frame in table.stacks[number].frames]
        found.add_under(codes, float(by_stack[number]))
