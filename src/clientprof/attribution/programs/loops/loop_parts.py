"""What one kind of work takes of the loops' time, wherever in the program it is done.

A table of functions says who holds a loop. Work that every function does a little of, such as writing log records, is not
seen there: it is spread over all rows. Here the samples that show it are added up, with what ready requests waited for it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.blame import OfLoops, blame_by_label
from clientprof.attribution.programs.loops.held_time import loop_samples
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.samples import CodeLocation

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Codes = Sequence[CodeLocation]
"""The frames of a stack, outermost first."""
Shows = Callable[[Codes], "Shown | None"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one stack shows of the work: ``kind`` of it, and for whom it is done (``by``), in words or by name."""

    kind: str
    by: str


@dataclass(slots=True)
class LoopPart(OfLoops):
    """The work's part of all loops' time, and the seconds that it computes.

    ``kinds``, ``by`` and ``under`` hold seconds of loop time.
    """

    cpu_s: float = 0.0
    samples: int = 0
    kinds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    by: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class Everywhere(NamedTuple):
    """A kind of work that many functions do a little of: its share of the loops' busy time, and what it is."""

    share: float
    doing: str


def loop_part(facts: ProgramFacts, lanes: Sequence[Lane], shows: Shows) -> LoopPart:
    """The part of the work that ``shows`` finds in the frames of a stack, outermost first; it says None of other work."""
    found = LoopPart()
    found.add_loops(facts, lanes, lambda lane, weights: _add(lane, weights, shows, found))
    return found


def _add(lane: Lane, weights: WindowWeights, shows: Shows, found: LoopPart) -> float:
    """Add one loop's samples. Returns the ready nanoseconds that are blamed on them."""
    samples = loop_samples(lane, weights)
    if samples is None:
        return 0.0
    table, stack = samples.table, samples.stack
    # By requests, not by CPU: what windows of detail add to a request's CPU is not there outside of them.
    cpu = samples.cpu * weights.of_exchanges.at(samples.at)
    by_stack = np.bincount(stack, samples.weighed, len(table.stacks))
    label = np.ones(len(table.stacks), dtype=np.int64)
    for number in np.unique(stack).tolist():
        codes = [table.codes[frame] for frame in table.stacks[number].frames]
        seen = shows(codes)
        if seen is None:
            continue
        label[number] = 0
        seconds = float(by_stack[number]) / 1e9
        found.held_s += seconds
        found.kinds[seen.kind] += seconds
        found.by[seen.by] += seconds
        found.add_under(codes, seconds)
    mine = label[stack] == 0
    if not mine.any():
        return 0.0
    found.cpu_s += float(cpu[mine].sum()) / 1e9
    found.samples += int((mine & samples.looked).sum())
    return float(blame_by_label(lane, weights, samples.at, label[stack], 2)[0])
