"""The flame graph of each client; the script draws it, the table beneath says the same without a script."""

from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.figures import decimal, percent
from clientprof.report.flame_tree import FlameNode, flame_tree, owned_ns, packed, walk
from clientprof.report.markup import Column, Html, Node, caption, details, join, json_block, table, tag
from clientprof.report.sections.marks import chip
from clientprof.report.wording import client_name

_TABLE_SHARE = 0.01
_DEEPEST_INDENT = 24


def flame_section(result: TraceResult) -> Html | None:
    """One graph per client that was sampled."""
    clients = [client for client in result.clients if client.profile is not None and client.profile.root.total_us > 0]
    if not clients:
        return None
    text = caption(
        "Width is CPU per request, a frame's callers stand above it, colour is the layer that owns the cost. "
        "The lightest frames are merged. Click or Enter zooms, Escape resets, arrow keys move."
    )
    return join((text, *(_graph(index, client) for index, client in enumerate(clients))))


def _graph(index: int, client: ClientResult) -> Html:
    profile = client.profile
    assert profile is not None
    tree = flame_tree(profile)
    name = client_name(client)
    prefix = f"flame-{index}"
    present = [layer for layer in Layer if any(node.layer is layer for node, _ in walk(tree))]
    return tag(
        "div",
        tag("h3", name, tag("span", f"{decimal(profile.cpu_us_per_request)} us of CPU per request", class_="quiet")),
        _toolbar(prefix, present),
        tag("div", class_="flame-graph", role="tree", aria_label=f"Flame graph of {name}", id=f"{prefix}-graph"),
        tag("p", class_="readout", aria_live="polite"),
        tag(
            "noscript",
            tag("p", "The picture needs JavaScript; the table below holds its heavier frames.", class_="note"),
        ),
        json_block(f"{prefix}-data", {**packed(tree), "owned": owned_ns(profile)}),
        details("The same as a table: frames of at least 1 %", _frames(name, tree)),
        class_="client flame",
        data_flame=prefix,
    )


def _toolbar(prefix: str, present: list[Layer]) -> Html:
    search = tag(
        "input", type="search", id=f"{prefix}-search", placeholder="e.g. _assign|lock, layer:pool", autocomplete="off",
        spellcheck="false", aria_describedby=f"{prefix}-matches",
    )  # fmt: skip
    buttons = (
        tag("label", "Search ", search, for_=f"{prefix}-search"),
        tag("button", "Reset", type="button", data_action="reset"),
        tag("button", "Callers at the bottom", type="button", data_action="flip", aria_pressed="false"),
        tag("output", id=f"{prefix}-matches", for_=f"{prefix}-search", class_="matches"),
    )
    legend = (
        tag("button", chip("layer", layer), type="button", data_layer=str(layer), aria_pressed="false", class_="key")
        for layer in present
    )
    return join(
        (
            tag("div", *buttons, class_="toolbar script-only"),
            tag("div", join(legend), class_="legend script-only", role="group", aria_label="Highlight a layer"),
        )
    )


def _frames(name: str, tree: FlameNode) -> Html:
    columns = [
        Column("Frame"),
        Column("Layer"),
        Column("Self", numeric=True, hint="us"),
        Column("Total", numeric=True, hint="us"),
        Column("Share", numeric=True),
    ]
    rows: list[list[Node]] = []
    for node, depth in walk(tree):
        if node.total_ns < tree.total_ns * _TABLE_SHARE or node.location is None or node.layer is None:
            continue
        indent = f"--depth:{min(depth, _DEEPEST_INDENT)}"
        frame = tag("span", tag("code", node.location.name), class_="indented", style=indent)
        share = percent(node.total_ns / tree.total_ns)
        rows.append(
            [frame, chip("layer", node.layer), decimal(node.self_ns / 1000), decimal(node.total_ns / 1000), share]
        )
    return table(f"{name}: call tree", columns, rows, "frames")
