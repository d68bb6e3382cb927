"""The call tree made small keeps its weight and its order."""

from clientprof.model.layers import Layer
from clientprof.model.samples import CallNode, CodeLocation, Profile
from clientprof.report import flame_tree as module
from clientprof.report.flame_tree import flame_tree, packed, pruned, walk
from sample_result import HTTPX_LAYERS_US
from sample_tree import httpx_tree


def _node(name: str, self_us: float, *children: CallNode) -> CallNode:
    total = self_us + sum(child.total_us for child in children)
    return CallNode(CodeLocation("m", name, "m.py", 1, "package"), Layer.POOL, self_us, total, 1, list(children))


def test_light_siblings_become_one_node_with_their_weight_and_number() -> None:
    root = _node("root", 1.0, _node("heavy", 998.0), _node("a", 0.3), _node("b", 0.4, _node("c", 0.3)))
    tree = pruned(root, 0.001)
    heavy, merged = tree.children
    assert (heavy.location, merged.location) == (root.children[0].location, None)
    assert (merged.smaller, merged.total_ns) == (2, 1000)
    assert tree.total_ns == 1_000_000


def test_every_total_is_own_weight_plus_children() -> None:
    for node, _ in walk(flame_tree(Profile(httpx_tree(HTTPX_LAYERS_US), 1, 1, 1540.0, 1000.0))):
        assert node.total_ns == node.self_ns + sum(child.total_ns for child in node.children)


def test_packed_lists_have_one_entry_per_node_and_the_root_first() -> None:
    tree = flame_tree(Profile(httpx_tree(HTTPX_LAYERS_US), 1, 1, 1540.0, 1000.0))
    data = packed(tree)
    lengths = {len(data[name]) for name in ("location", "depth", "self", "total", "layer")}  # type: ignore[arg-type]
    assert lengths == {sum(1 for _ in walk(tree))}
    assert data["depth"][0] == 0  # type: ignore[index]
    assert abs(data["total"][0] - sum(HTTPX_LAYERS_US.values()) * 1000) < 300  # type: ignore[index]


def test_tree_deeper_than_the_interpreter_may_recurse_is_packed() -> None:
    node = _node("leaf", 1.0)
    for _ in range(3000):
        node = _node("again", 0.0, node)
    module._NODES_AT_MOST, before = 5000, module._NODES_AT_MOST
    try:
        assert len(packed(flame_tree(Profile(node, 1, 1, 1.0, 1.0)))["depth"]) == 3001  # type: ignore[arg-type]
    finally:
        module._NODES_AT_MOST = before
