"""The call tree made small keeps its weight and its order."""

import pytest

from clientprof.model.layers import Layer
from clientprof.model.provenance.sources import Sources
from clientprof.model.samples import CallNode, CodeLocation, Profile
from clientprof.report.costs import flame_tree as module
from clientprof.report.costs.flame_tree import FlameNode, flame_tree, packed, pruned, walk
from sample_result import HTTPX_LAYERS_US
from sample_tree import httpx_tree, running_us


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


def _by_layer(node: FlameNode) -> dict[Layer, int]:
    if node.location is None or node.layer is None:
        return {part.layer: part.self_ns for part in node.parts}
    return {node.layer: node.self_ns}


def test_a_merged_node_keeps_its_weight_by_layer_and_state() -> None:
    hidden = CallNode(CodeLocation("m", "h", "m.py", 1, "package"), Layer.IO, 0.3, 0.3, running_us=0.1)
    root = _node("root", 1.0, _node("heavy", 998.0), _node("a", 0.4, hidden))
    _, merged = pruned(root, 0.001).children
    assert [(part.layer, part.self_ns, part.running_ns) for part in merged.parts] == [
        (Layer.POOL, 400, 0),
        (Layer.IO, 300, 100),
    ]
    assert (merged.self_ns, merged.running_ns) == (700, 100)


@pytest.mark.parametrize("light_share", [0.0, 0.001, 0.02, 2.0])
def test_layers_and_states_of_a_pruned_tree_add_up_to_those_of_the_whole(light_share: float) -> None:
    root = httpx_tree(HTTPX_LAYERS_US)
    nodes = [node for node, _ in walk(pruned(root, light_share))]
    for layer, weight_us in HTTPX_LAYERS_US.items():
        assert sum(_by_layer(node).get(layer, 0) for node in nodes) == pytest.approx(weight_us * 1000, abs=len(nodes))
    assert sum(node.running_ns for node in nodes) == pytest.approx(running_us(root) * 1000, abs=300)
    assert all(node.running_ns <= node.self_ns for node in nodes)


def test_packed_lists_have_one_entry_per_node_and_the_root_first() -> None:
    tree = flame_tree(Profile(httpx_tree(HTTPX_LAYERS_US), 1, 1, 1540.0, 1000.0))
    data = packed(tree)
    lengths = {len(data[name]) for name in ("frame", "depth", "self")}  # type: ignore[arg-type]
    assert lengths == {sum(1 for _ in walk(tree))}
    assert data["depth"][0] == 0  # type: ignore[index]
    assert sum(data["self"]) == tree.total_ns  # type: ignore[call-overload]


def test_packed_locations_know_their_release_once_and_the_app_s_own_files_have_none() -> None:
    own = CallNode(CodeLocation("httpcore.mine", "f", "httpcore/mine.py", 3, "app"), Layer.APP, 5.0, 5.0)
    theirs = [
        CallNode(CodeLocation("httpcore._a", n, "httpcore/_a.py", 7, "package"), Layer.POOL, 5.0, 5.0) for n in "ab"
    ]
    root = _node("root", 1.0, own, *theirs)
    data = packed(pruned(root, 0.0), Sources({"httpcore": "https://github.com/encode/httpcore/blob/1.0.9/"}))
    assert data["roots"] == ["https://github.com/encode/httpcore/blob/1.0.9/"]
    assert [row[3:] for row in data["locations"]] == [[1], [3], [7, 0], [7, 0]]  # type: ignore[attr-defined]


def test_a_release_s_address_that_is_no_web_address_is_left_out() -> None:
    root = CallNode(CodeLocation("a.b", "f", "a/b.py", 3, "package"), Layer.APP, 5.0, 5.0)
    assert packed(pruned(root, 0.0), Sources({"a": "javascript:alert(1)//"}))["roots"] == []


def test_tree_deeper_than_the_interpreter_may_recurse_is_packed() -> None:
    node = _node("leaf", 1.0)
    for _ in range(3000):
        node = _node("again", 0.0, node)
    module._NODES_AT_MOST, before = 5000, module._NODES_AT_MOST
    try:
        assert len(packed(flame_tree(Profile(node, 1, 1, 1.0, 1.0)))["depth"]) == 3001  # type: ignore[arg-type]
    finally:
        module._NODES_AT_MOST = before
