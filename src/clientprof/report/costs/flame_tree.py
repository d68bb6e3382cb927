"""The call tree made small for the page: light nodes merged with their weight kept, then packed into flat lists.

Weights are packed as whole nanoseconds per request. A merged node keeps its weight by layer and state, so that what the
page leaves out (a layer, a state, a hidden frame) adds up to the whole with what it shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from clientprof.model.layers import Layer
from clientprof.model.provenance.sources import Sources
from clientprof.model.samples import CallNode, CodeLocation, Profile
from clientprof.report.writing.source_links import SourceRoots

_LIGHT_SHARE = 0.001
# About 20 bytes each; two clients with this many nodes stay near 100 KB.
_NODES_AT_MOST = 2500


@dataclass(frozen=True, slots=True)
class LightPart:
    """One layer's own weight in a merged node, and the part of it in which a request was running."""

    layer: Layer
    self_ns: int
    running_ns: int


@dataclass(slots=True)
class FlameNode:
    """A node as drawn. ``location`` is None for the merged node, which stands for ``smaller`` light siblings.

    ``running_ns`` is the part of ``self_ns`` in which a request was running; ``parts`` is a merged node's weight by layer.
    """

    location: CodeLocation | None
    layer: Layer | None
    self_ns: int
    total_ns: int = 0
    running_ns: int = 0
    smaller: int = 0
    parts: tuple[LightPart, ...] = ()
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
            target.children.append(_merged(light))
    # Children come after their parent in `order`, so backwards each total is ready before it is needed.
    for node in reversed(order):
        node.total_ns = node.self_ns + sum(child.total_ns for child in node.children)
    return top


def _copy(node: CallNode) -> FlameNode:
    own_ns = round(node.self_us * 1000)
    return FlameNode(node.location, node.layer, own_ns, running_ns=min(own_ns, round(node.running_us * 1000)))


def _merged(light: list[CallNode]) -> FlameNode:
    own: dict[Layer, float] = {}
    running: dict[Layer, float] = {}
    pending = list(light)
    while pending:
        node = pending.pop()
        own[node.layer] = own.get(node.layer, 0.0) + node.self_us
        running[node.layer] = running.get(node.layer, 0.0) + node.running_us
        pending.extend(node.children)
    weights = {layer: round(weight_us * 1000) for layer, weight_us in own.items()}
    parts = tuple(
        LightPart(layer, weights[layer], min(weights[layer], round(running[layer] * 1000)))
        for layer in Layer
        if weights.get(layer)
    )
    whole, in_request = sum(part.self_ns for part in parts), sum(part.running_ns for part in parts)
    return FlameNode(None, None, whole, whole, in_request, len(light), parts)


def walk(root: FlameNode) -> Iterator[tuple[FlameNode, int]]:
    """Every node with its depth, parents before children, in drawing order."""
    pending = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        yield node, depth
        pending.extend((child, depth + 1) for child in reversed(node.children))


def packed(root: FlameNode, sources: Sources | None = None) -> dict[str, object]:
    """Flat lists in drawing order, with texts, locations and frames stored once.

    ``frame`` indexes ``frames`` (a location with its layer, as indices into ``locations`` and ``layers``); for merged nodes
    it is minus the number of nodes merged. A location is module, function and file as indices into ``strings``, then the
    line, then, where the release's source is known, an index into ``roots``, with which a link begins. A node's total is not
    packed: it is ``self`` and the children's. ``apart`` holds pairs of node and the part of its ``self`` in which no request
    was running, 0 left out; ``light`` by merged node triples of layer, weight and such a part.
    """
    strings: dict[str, int] = {}
    locations: dict[CodeLocation, int] = {}
    frames: dict[tuple[int, int], int] = {}
    layers = list(Layer)
    frame: list[int] = []
    depths: list[int] = []
    own: list[int] = []
    apart: list[int] = []
    light: dict[int, list[int]] = {}
    for number, (node, depth) in enumerate(walk(root)):
        if node.location is None or node.layer is None:
            frame.append(-node.smaller)
            light[number] = [
                value
                for part in node.parts
                for value in (layers.index(part.layer), part.self_ns, part.self_ns - part.running_ns)
            ]
        else:
            pair = (locations.setdefault(node.location, len(locations)), layers.index(node.layer))
            frame.append(frames.setdefault(pair, len(frames)))
            if node.self_ns > node.running_ns:
                apart += (number, node.self_ns - node.running_ns)
        depths.append(depth)
        own.append(node.self_ns)
    roots = SourceRoots(sources or Sources())
    rows = [roots.packed_location(place, strings) for place in locations]
    return {
        "layers": [str(layer) for layer in layers],
        "strings": list(strings),
        "locations": rows,
        "roots": roots.listed,
        "frames": [list(pair) for pair in frames],
        "frame": frame,
        "depth": depths,
        "self": own,
        "apart": apart,
        "light": light,
    }
