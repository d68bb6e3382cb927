"""Two arms' call trees as one: first the canonical layers, which clients that share no frame have in common, then frames.

Below a layer stand the frames from where that layer took over for the last time, inwards: of ``get -> pool -> lock ->
sleep`` with the lock owned by another layer, the lock's layer holds ``lock -> sleep``. What called the layer is left
out: it belongs to other layers and differs from client to client. Frames of both arms are one where
``function_matching`` says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from clientprof.attribution.costs.process_spread import (
    ProcessCosts,
    at_level,
    larger,
    process_costs,
    sampled_spread,
    without_drift,
)
from clientprof.attribution.costs.sampled_time import Floats, SampledTime
from clientprof.attribution.costs.stacks import ClassifiedStack
from clientprof.attribution.differences.cost_differences import cost_differences
from clientprof.attribution.differences.function_matching import identity
from clientprof.attribution.differences.gap import GARBAGE, Matched, matched
from clientprof.attribution.differences.sampled_arms import SampledArms
from clientprof.model.differences.between_arms import DifferenceNode, FlameDifference, OneSided
from clientprof.model.layers import Layer
from clientprof.model.samples import CodeLocation

# The root is (), a layer (layer,), a frame (layer, number, number, ...) with the numbers of matched functions.
Path = tuple[Layer | int, ...]

_ONE_SIDED = 40


def flame_difference(arms: SampledArms) -> FlameDifference:
    """The merged tree of both arms. It is checked here.

    Every node is tested on its total, all nodes together, so a frame is significant only if its callees are with it.

    Raises:
        ValueError: an arm has no process.
    """
    both = matched(arms.baseline, arms.candidate)
    sides = [
        [process_costs(time, _own_chunks(time, numbers)) for time in arm]
        for arm, numbers in ((arms.baseline, both.baseline), (arms.candidate, both.candidate))
    ]
    if arms.paired:
        sides = list(without_drift(*sides))
    sides = [at_level(side, level)[0] for side, level in zip(sides, arms.levels, strict=True)]
    totals = [[replace(process, chunks=_with_callers(process)) for process in side] for side in sides]
    layers = [
        [replace(one, chunks={p: c for p, c in one.chunks.items() if len(p) == 1}) for one in side] for side in totals
    ]
    spread = larger(arms.control, sampled_spread(layers, arms.paired))
    found = cost_differences(totals[0], totals[1], spread)
    nodes: dict[Path, DifferenceNode] = {}
    for path in sorted(found, key=len):
        node = _node(path, both)
        node.baseline_self_us, node.candidate_self_us = (
            sum(process.value(path) for process in side) / len(side) for side in sides
        )
        node.baseline_us, node.candidate_us = found[path].baseline_us, found[path].candidate_us
        node.significant = found[path].significant
        nodes[path] = node
        if path:
            nodes[path[:-1]].children.append(node)
    root = nodes[()]
    for node in nodes.values():
        node.children.sort(key=lambda child: -max(child.candidate_us, child.baseline_us))
    root.self_check()
    # A frame that the other arm has under another layer is no frame of one side only.
    both_sides = set.intersection(*({both.matches[int(n)].location for n in _frames(side)} for side in totals))
    return FlameDifference(*arms.names, root, _one_sided(root, both_sides))


def _node(path: Path, both: Matched) -> DifferenceNode:
    if not path:
        return DifferenceNode(layer=None)
    layer, *frames = path
    assert isinstance(layer, Layer)
    return DifferenceNode(layer, both.matches[int(frames[-1])].location if frames else None)


def _own_chunks(time: SampledTime, numbers: Mapping[tuple[str, str], int]) -> dict[Path, Floats]:
    found: dict[Path, Floats] = {}
    nothing = np.zeros(time.by_stack.shape[1])
    for number, stack in enumerate(time.table.stacks):
        if not time.counts[number]:
            continue
        frames = (numbers[identity(time.table.codes[frame])] for frame in _inside_layer(stack))
        path: Path = (stack.owner, *frames)
        found[path] = found.get(path, nothing) + time.by_stack[number]
    if time.garbage.sum() > 0:
        path = (Layer.GC, numbers[identity(GARBAGE)])
        found[path] = found.get(path, nothing) + time.garbage
    return found


def _inside_layer(stack: ClassifiedStack) -> Sequence[int]:
    """The frames since the owner layer took over for the last time; else the innermost alone."""
    first = len(stack.frames)
    while first > 0 and stack.layers[first - 1] is stack.owner:
        first -= 1
    return stack.frames[first:] or stack.frames[-1:]


def _with_callers(process: ProcessCosts[Path]) -> dict[Path, Floats]:
    totals: dict[Path, Floats] = {}
    nothing = np.zeros(process.number_of_chunks)
    for path, chunks in process.chunks.items():
        for depth in range(len(path) + 1):
            totals[path[:depth]] = totals.get(path[:depth], nothing) + chunks
    return totals


def _frames(arm: Sequence[ProcessCosts[Path]]) -> set[Layer | int]:
    """The numbers of every function in which an arm spent time, callers included."""
    return {number for process in arm for path in process.chunks if process.value(path) > 0 for number in path[1:]}


def _one_sided(root: DifferenceNode, both_sides: set[CodeLocation]) -> tuple[OneSided, ...]:
    """The outermost frames that only one arm has, significant ones only, the costliest first."""
    found: list[OneSided] = []
    pending = list(root.children)
    while pending:
        node = pending.pop()
        alone = (node.baseline_us == 0) != (node.candidate_us == 0)
        if alone and node.location is not None and node.layer is not None:
            if node.significant and node.location not in both_sides:
                cost = max(node.candidate_us, node.baseline_us)
                found.append(OneSided(node.location, node.layer, cost, node.candidate_us > 0))
            continue
        pending.extend(node.children)
    return tuple(sorted(found, key=lambda row: -row.us_per_request)[:_ONE_SIDED])
