"""The call tree made small for the page: light nodes merged with their weight kept, then packed into flat lists.

Weights are packed as whole nanoseconds per request, and each packed total is the sum of what lies below it, so that the
page's own arithmetic comes out even.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from clientprof.model.layers import Layer
from clientprof.model.samples import CallNode, CodeLocation, Profile

_LIGHT_SHARE = 0.001
# About 25 bytes each; two clients with this many nodes stay near 125 KB.
_NODES_AT_MOST = 2500


@dataclass(slots=True)
class FlameNode:
    """A node as drawn. ``location`` is None for the merged node, which stands for ``smaller`` light siblings."""

    location: CodeLocation | None
    layer: Layer | None
    self_ns: int
    total_ns: int = 0
    smaller: int = 0
    children: list["FlameNode"] = field(default_factory=list)


def flame_tree(profile: Profile) -> FlameNode:
    """The tree with nodes under 0.1 % of the total merged; the limit doubles until the tree fits the page."""
    share = _LIGHT_SHARE
    tree = pruned(profile.root, share)
    while sum(1 for _ in walk(tree)) > _NODES_AT_MOST:
        share *= 2
        tree = pruned(profile.root, share)
    return tree


def pruned(root: CallNode, light_share: float) -> FlameNode:
    """A copy without nodes lighter than the share of the root; their weight stays in one ``(n smaller)`` node each."""
    limit_us = root.total_us * light_share
    top = _copy(root)
    order = [top]
    pending = [(root, top)]
    while pending:
        source, target = pending.pop()
        light = [child for child in source.children if child.total_us < limit_us]
        heavy = sorted(
            (child for child in source.children if child.total_us >= limit_us), key=lambda child: -child.total_us
        )
        for child in heavy:
            copy = _copy(child)
            target.children.append(copy)
            order.append(copy)
            pending.append((child, copy))
        if light:
            weight_ns = round(sum(child.total_us for child in light) * 1000)
            target.children.append(FlameNode(None, None, weight_ns, weight_ns, smaller=len(light)))
    # Children come after their parent in `order`, so backwards each total is ready before it is needed.
    for node in reversed(order):
        node.total_ns = node.self_ns + sum(child.total_ns for child in node.children)
    return top


def _copy(node: CallNode) -> FlameNode:
    return FlameNode(node.location, node.layer, round(node.self_us * 1000))


def walk(root: FlameNode) -> Iterator[tuple[FlameNode, int]]:
    """Every node with its depth, parents before children, in drawing order."""
    pending = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        yield node, depth
        pending.extend((child, depth + 1) for child in reversed(node.children))


def owned_ns(profile: Profile) -> list[int]:
    """Own weight of each layer over the whole tree, merged nodes included, in the order of ``Layer``."""
    weights = dict.fromkeys(Layer, 0.0)
    pending = [profile.root]
    while pending:
        node = pending.pop()
        weights[node.layer] += node.self_us
        pending.extend(node.children)
    return [round(weight_us * 1000) for weight_us in weights.values()]


def packed(root: FlameNode) -> dict[str, object]:
    """Flat lists in drawing order, with texts and locations stored once.

    ``location`` indexes ``locations`` (module, function, file as indices into ``strings``, then the line); for merged
    nodes it is minus the number of nodes merged. ``layer`` indexes ``layers``, -1 for merged nodes.
    """
    strings: dict[str, int] = {}
    locations: dict[CodeLocation, int] = {}
    columns: dict[str, list[int]] = {"location": [], "depth": [], "self": [], "total": [], "layer": []}
    layers = list(Layer)
    for node, depth in walk(root):
        place = -node.smaller if node.location is None else locations.setdefault(node.location, len(locations))
        columns["location"].append(place)
        columns["depth"].append(depth)
        columns["self"].append(node.self_ns)
        columns["total"].append(node.total_ns)
        columns["layer"].append(-1 if node.layer is None else layers.index(node.layer))
    rows = [
        [*(strings.setdefault(text, len(strings)) for text in (place.module, place.function, place.file)), place.line]
        for place in locations
    ]
    return {"layers": [str(layer) for layer in layers], "strings": list(strings), "locations": rows, **columns}
