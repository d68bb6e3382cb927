"""From a merged call tree of two arms to the flat lists that the page draws: light nodes merged, whole nanoseconds.

Each packed total is the sum of what lies below it, in both arms, so that the page's own arithmetic comes out even.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from clientprof.model.differences.between_arms import DifferenceNode
from clientprof.model.layers import Layer
from clientprof.model.provenance.sources import Sources
from clientprof.model.samples import CodeLocation
from clientprof.report.writing.source_links import SourceRoots

_LIGHT_SHARE = 0.001
_NODES_AT_MOST = 1500
# Steps of colour: from which share of the largest layer's difference on a difference counts as strong, or middling.
_STRONG, _MIDDLING = 0.25, 0.05


@dataclass(slots=True)
class DrawnDifference:
    """A node as drawn; ``tone`` from -3 (much cheaper) over 0 (no difference shown) to 3 (much dearer)."""

    location: CodeLocation | None
    layer: Layer | None
    baseline_self_ns: int
    candidate_self_ns: int
    tone: int
    smaller: int = 0
    baseline_ns: int = 0
    candidate_ns: int = 0
    children: list["DrawnDifference"] = field(default_factory=list)

    @property
    def significant(self) -> bool:
        return self.tone != 0


def difference_tree(root: DifferenceNode) -> DrawnDifference:
    """The tree with nodes under 0.1 % of the dearer arm merged; the limit doubles until the tree fits the page."""
    share = _LIGHT_SHARE
    tree = drawn(root, share)
    while sum(1 for _ in walk(tree)) > _NODES_AT_MOST:
        share *= 2
        tree = drawn(root, share)
    return tree


def drawn(root: DifferenceNode, light_share: float) -> DrawnDifference:
    """A copy without nodes that are lighter than the share in both arms; their weight stays in one merged node each."""
    limit_us = max(root.baseline_us, root.candidate_us) * light_share
    strongest_us = max((abs(child.difference_us) for child in root.children), default=0.0)
    top = _copy(root, strongest_us)
    order = [top]
    pending = [(root, top)]
    while pending:
        source, target = pending.pop()
        # Layers stay apart, so that each can be shown alone.
        light = [] if source is root else [child for child in source.children if _largest_us(child) < limit_us]
        for child in source.children:
            if source is not root and _largest_us(child) < limit_us:
                continue
            copy = _copy(child, strongest_us)
            target.children.append(copy)
            order.append(copy)
            pending.append((child, copy))
        if light:
            was, now = (
                round(sum(side) * 1000) for side in zip(*((c.baseline_us, c.candidate_us) for c in light), strict=True)
            )
            merged = DrawnDifference(None, source.layer, was, now, 0, len(light), was, now)
            target.children.append(merged)
    # Children come after their parent in `order`, so backwards each total is ready before it is needed.
    for node in reversed(order):
        node.baseline_ns = node.baseline_self_ns + sum(child.baseline_ns for child in node.children)
        node.candidate_ns = node.candidate_self_ns + sum(child.candidate_ns for child in node.children)
    return top


def _largest_us(node: DifferenceNode) -> float:
    return max(node.baseline_us, node.candidate_us)


def _copy(node: DifferenceNode, strongest_us: float) -> DrawnDifference:
    return DrawnDifference(
        location=node.location,
        layer=node.layer,
        baseline_self_ns=round(node.baseline_self_us * 1000),
        candidate_self_ns=round(node.candidate_self_us * 1000),
        tone=_tone(node, strongest_us),
    )


def _tone(node: DifferenceNode, strongest_us: float) -> int:
    if not node.significant or not strongest_us:
        return 0
    share = abs(node.difference_us) / strongest_us
    strength = 3 if share >= _STRONG else 2 if share >= _MIDDLING else 1
    return strength if node.difference_us > 0 else -strength


def walk(root: DrawnDifference) -> Iterator[tuple[DrawnDifference, int]]:
    """Every node with its depth, parents before children, in drawing order."""
    pending = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        yield node, depth
        pending.extend((child, depth + 1) for child in reversed(node.children))


def packed(
    root: DrawnDifference, baseline: Sources | None = None, candidate: Sources | None = None
) -> dict[str, object]:
    """Flat lists in drawing order; ``baseline`` and ``candidate`` are a node's own nanoseconds, totals are their sums.

    ``location`` indexes ``locations`` (module, function, file as indices into ``strings``, the line, and an index into
    ``roots`` where the release's source is known); for merged nodes it is minus the number of nodes merged, for the root and
    the layers null. ``layer`` indexes ``layers``, -1 where several. ``tone`` is 0 to 6, 3 where no difference is shown.
    """
    strings: dict[str, int] = {}
    # A location with the arm whose release it is in: the candidate's where the candidate has the frame.
    locations: dict[tuple[CodeLocation, int], int] = {}
    names = ("location", "depth", "baseline", "candidate", "layer", "tone")
    columns: dict[str, list[int | None]] = {name: [] for name in names}
    layers = list(Layer)
    for node, depth in walk(root):
        place: int | None = -node.smaller if node.smaller else None
        if node.location is not None:
            place = locations.setdefault((node.location, int(node.candidate_ns > 0)), len(locations))
        layer = -1 if node.layer is None else layers.index(node.layer)
        row = (place, depth, node.baseline_self_ns, node.candidate_self_ns, layer, node.tone + 3)
        for name, value in zip(names, row, strict=True):
            columns[name].append(value)
    roots = SourceRoots(baseline or Sources(), candidate or Sources())
    rows = [roots.packed_location(place, strings, side) for place, side in locations]
    return {
        "layers": [str(layer) for layer in layers],
        "strings": list(strings),
        "locations": rows,
        "roots": roots.listed,
        **columns,
    }
