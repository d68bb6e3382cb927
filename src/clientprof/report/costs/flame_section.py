"""The flame graph of each client; the script draws it, the table beneath says the same without a script."""

from clientprof.model.layers import Layer
from clientprof.model.provenance.sources import Sources
from clientprof.model.results import ClientResult, TraceResult
from clientprof.model.samples import CodeLocation, Profile
from clientprof.report.costs.flame_controls import keys_help, layer_keys, picture, toolbar
from clientprof.report.costs.flame_tree import FlameNode, flame_tree, packed, walk
from clientprof.report.writing.figures import decimal, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, json_block, table, tag
from clientprof.report.writing.page_parts import chip
from clientprof.report.writing.source_links import placed, source_list
from clientprof.report.writing.wording import client_name

_TABLE_SHARE = 0.01
_DEEPEST_INDENT = 24


def flame_section(result: TraceResult) -> Html | None:
    """One graph per client that was sampled."""
    clients = [client for client in result.clients if client.profile is not None and client.profile.root.total_us > 0]
    if not clients:
        return None
    text = caption(
        "The width of a frame is CPU per request; its callers are above it; its colour is the layer that owns the cost. "
        "The smallest frames are merged. Only time in which code ran is shown: time that requests spend ready or waiting "
        "takes no CPU. Click a frame, or spread two fingers, to zoom; the address keeps what is shown."
    )
    return join((text, keys_help(), *(_graph(index, client) for index, client in enumerate(clients))))


def _graph(index: int, client: ClientResult) -> Html:
    assert client.profile is not None
    return flame_graph(index, client_name(client), client.profile, client.sources)


def flame_graph(index: int, name: str, profile: Profile, sources: Sources | None = None) -> Html:
    """One graph with all that belongs to it; ``index`` tells it from the others of the page."""
    sources = sources or Sources()
    tree = flame_tree(profile)
    prefix = f"flame-{index}"
    nodes = [node for node, _ in walk(tree)]
    present = {node.layer for node in nodes} | {part.layer for node in nodes for part in node.parts}
    figures = f"{decimal(profile.cpu_us_per_request)} µs of CPU per request"
    if profile.running_us_per_request is not None and profile.cpu_us_per_request > 0:
        share = percent(profile.running_us_per_request / profile.cpu_us_per_request)
        figures += f", {share} of it while a request was running"
    return tag(
        "div",
        tag("h3", name, tag("span", figures, class_="quiet")),
        toolbar(prefix, _states(prefix) if profile.running_us_per_request is not None else None),
        layer_keys(layer for layer in Layer if layer in present),
        picture(prefix, f"Flame graph of {name}"),
        json_block(f"{prefix}-data", packed(tree, sources)),
        details("The same as a table: frames of at least 1 %", _frames(name, tree, sources)),
        class_="client flame",
        data_flame=prefix,
    )


def _states(prefix: str) -> Html:
    # A sample is taken from code that runs, so `ready` and `waiting` cannot be among the choices.
    choices = (("", "all that ran"), ("running", "running: for a request"), ("apart", "the loop, for no request"))
    options = (tag("option", text, value=value) for value, text in choices)
    return tag("label", "State ", tag("select", *options, id=f"{prefix}-state", data_states=True))


def _frames(name: str, tree: FlameNode, sources: Sources) -> Html:
    columns = [
        Column("Frame"),
        Column("Layer"),
        # Set to the right by the style sheet: a class in every cell of these long tables would be a twentieth of the page.
        Column("Self", hint="µs"),
        Column("Total", hint="µs"),
        Column("Share"),
    ]
    rows: list[list[Node]] = []
    locations: list[CodeLocation] = []
    for node, depth in walk(tree):
        if node.total_ns < tree.total_ns * _TABLE_SHARE or node.location is None or node.layer is None:
            continue
        indent = f"--depth:{min(depth, _DEEPEST_INDENT)}"
        frame = tag("span", placed(node.location), class_="indented", style=indent)
        locations.append(node.location)
        share = percent(node.total_ns / tree.total_ns)
        rows.append(
            [frame, chip("layer", node.layer), decimal(node.self_ns / 1000), decimal(node.total_ns / 1000), share]
        )
    listed = table(f"{name}: call tree", columns, rows, "frames tree")
    return join((source_list(locations, sources), listed))
