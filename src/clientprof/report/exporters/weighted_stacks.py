"""The call tree as stacks with integer weights: nanoseconds of CPU over all requests of the profile."""

from collections.abc import Iterator
from dataclasses import dataclass

from clientprof.model.samples import CallNode, Profile


@dataclass(frozen=True, slots=True)
class WeightedStack:
    """A stack from the root inwards; ``cpu_ns`` and ``samples`` are the innermost node's own."""

    nodes: tuple[CallNode, ...]
    cpu_ns: int
    samples: int


def weighted_stacks(profile: Profile) -> Iterator[WeightedStack]:
    """Every node that has CPU of its own. Rounding errors carry over, so that the weights add up to the profile's total."""
    scale = profile.requests * 1e3
    exact, given = 0.0, 0
    for nodes in stacks_of(profile.root):
        node = nodes[-1]
        exact += node.self_us * scale
        weight = round(exact) - given
        given += weight
        if weight > 0:
            yield WeightedStack(nodes, weight, max(0, node.samples - sum(child.samples for child in node.children)))


def stacks_of(root: CallNode) -> Iterator[tuple[CallNode, ...]]:
    """The path from the root to every node that has weight of its own, depth first."""
    pending: list[tuple[CallNode, ...]] = [(root,)]
    while pending:
        nodes = pending.pop()
        if nodes[-1].self_us > 0:
            yield nodes
        pending.extend((*nodes, child) for child in reversed(nodes[-1].children))
