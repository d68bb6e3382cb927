"""The differential flame graph of each pair; the script draws it, tables beneath say the same without a script."""

from clientprof.model.differences.between_arms import FlameDifference
from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.layers import Layer
from clientprof.model.provenance.sources import Sources
from clientprof.model.samples import CodeLocation
from clientprof.report.costs.flame_controls import keys_help, layer_keys, picture, toolbar
from clientprof.report.differences.difference_tree import DrawnDifference, difference_tree, packed, walk
from clientprof.report.writing.figures import decimal
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, json_block, table, tag
from clientprof.report.writing.page_parts import chip
from clientprof.report.writing.source_links import placed, source_list
from clientprof.report.writing.wording import named

_TABLE_SHARE = 0.01
_DEEPEST_INDENT = 24
_TONES = (
    "much cheaper",
    "cheaper",
    "slightly cheaper",
    "no difference shown",
    "slightly more",
    "more",
    "much more",
)


def flame_difference_section(result: ComparisonResult) -> Html | None:
    """One graph per pair whose arms were both sampled."""
    pairs = [pair for pair in result.pairs if pair.flame is not None]
    if not pairs:
        return None
    text = caption(
        "First the layers, then the frames below each. The width is CPU per request of the arm that the switch names; the "
        "colour is candidate minus baseline, grey where chance would explain it. Click a frame, or spread two fingers, to "
        "zoom; the address keeps what is shown."
    )
    graphs = (_graph(index, result, pair.flame) for index, pair in enumerate(pairs) if pair.flame)
    return join((text, keys_help(), *graphs))


def _graph(index: int, result: ComparisonResult, flame: FlameDifference) -> Html:
    tree = difference_tree(flame.root)
    was, now = (named(result.measured, name) for name in (flame.baseline, flame.candidate))
    baseline, candidate = (_sources(result, name) for name in (flame.baseline, flame.candidate))
    prefix = f"difference-{index}"
    root = flame.root
    figures = (
        f"{decimal(root.baseline_us)} µs and {decimal(root.candidate_us)} µs of sampled CPU per request, "
        f"difference {decimal(root.difference_us)} µs"
    )
    present = {node.layer for node, _ in walk(tree)}
    return tag(
        "div",
        tag("h3", f"{now} against {was}", tag("span", figures, class_="quiet")),
        toolbar(prefix, _widths(was, now)),
        layer_keys((layer for layer in Layer if layer in present), coloured=False),
        _tones(),
        picture(prefix, f"Difference of {now} and {was}"),
        json_block(f"{prefix}-data", {**packed(tree, baseline, candidate), "names": [was, now]}),
        details(
            "The same as a table: frames of at least 1 % of either arm",
            _frames(was, now, tree, (baseline, candidate)),
        ),
        _one_sided(was, now, flame),
        class_="client flame",
        data_difference=prefix,
    )


def _sources(result: ComparisonResult, name: str) -> Sources:
    return next((client.sources for client in result.measured.clients if client.name == name), Sources())


def _widths(was: str, now: str) -> Html:
    return tag(
        "span",
        "Width ",
        tag("button", now, type="button", data_width="candidate", aria_pressed="true"),
        tag("button", was, type="button", data_width="baseline", aria_pressed="false"),
        role="group",
        aria_label="Width by",
        class_="zoom",
    )


def _tones() -> Html:
    tones = (
        tag("span", tag("i", class_="swatch", style=f"--c:var(--tone-{tone})", aria_hidden="true"), name, class_="chip")
        for tone, name in enumerate(_TONES)
    )
    return tag("div", tag("span", "Colour ", class_="quiet"), join(tones), class_="legend script-only")


def _frames(was: str, now: str, tree: DrawnDifference, sources: tuple[Sources, Sources]) -> Html:
    columns = [
        Column("Frame"),
        Column("Layer"),
        Column(was, numeric=True, hint="µs"),
        Column(now, numeric=True, hint="µs"),
        Column("Difference", numeric=True, hint="µs"),
        Column("Shown"),
    ]
    limit_ns = max(tree.baseline_ns, tree.candidate_ns) * _TABLE_SHARE
    rows: list[list[Node]] = []
    classes: list[str | None] = []
    # By arm, baseline first: a frame's release is the candidate's where the candidate has it.
    locations: tuple[list[CodeLocation], list[CodeLocation]] = ([], [])
    for node, depth in walk(tree):
        if max(node.baseline_ns, node.candidate_ns) < limit_ns or node.smaller:
            continue
        title: Node = placed(node.location) if node.location else str(node.layer or "all requests")
        if node.location:
            locations[node.candidate_ns > 0].append(node.location)
        indent = f"--depth:{min(depth, _DEEPEST_INDENT)}"
        rows.append(
            [
                tag("span", title, class_="indented", style=indent),
                chip("layer", node.layer) if node.layer else None,
                decimal(node.baseline_ns / 1000),
                decimal(node.candidate_ns / 1000),
                decimal((node.candidate_ns - node.baseline_ns) / 1000),
                "yes" if node.significant else "no",
            ]
        )
        classes.append(None if node.significant else "unshown")
    lists = (source_list(found, one) for found, one in zip(locations, sources, strict=True))
    return join((*lists, table(f"{now} against {was}: merged call tree", columns, rows, "frames", classes)))


def _one_sided(was: str, now: str, flame: FlameDifference) -> Html | None:
    if not flame.one_sided:
        return None
    columns = [Column("Frame"), Column("Layer"), Column("Only in"), Column("Cost", numeric=True, hint="µs per request")]
    rows: list[list[Node]] = [
        [
            placed(row.location),
            chip("layer", row.layer),
            now if row.candidate else was,
            decimal(row.us_per_request),
        ]
        for row in flame.one_sided
    ]
    label = f"On one side only: the {len(rows)} most expensive frames"
    return details(label, table(f"{now} against {was}: frames on one side only", columns, rows, "frames"))
