"""The differential flame graph of each pair; the script draws it, tables beneath say the same without a script."""

from clientprof.model.comparison import ComparisonResult
from clientprof.model.differences import FlameDifference
from clientprof.report.difference_tree import DrawnDifference, difference_tree, packed, walk
from clientprof.report.figures import decimal
from clientprof.report.markup import Column, Html, Node, caption, details, join, json_block, table, tag
from clientprof.report.sections.marks import chip
from clientprof.report.wording import named

_TABLE_SHARE = 0.01
_DEEPEST_INDENT = 24
_TONES = (
    "much cheaper",
    "cheaper",
    "slightly cheaper",
    "no difference shown",
    "slightly dearer",
    "dearer",
    "much dearer",
)


def flame_difference_section(result: ComparisonResult) -> Html | None:
    """One graph per pair whose arms were both sampled."""
    pairs = [pair for pair in result.pairs if pair.flame is not None]
    if not pairs:
        return None
    text = caption(
        "First the layers, then frames from where the layer takes over. Width is CPU per request of one arm, as the switch "
        "says; colour is candidate minus baseline, grey where chance would explain it. Click or Enter zooms, Escape resets, "
        "arrow keys move."
    )
    return join((text, *(_graph(index, result, pair.flame) for index, pair in enumerate(pairs) if pair.flame)))


def _graph(index: int, result: ComparisonResult, flame: FlameDifference) -> Html:
    tree = difference_tree(flame.root)
    was, now = (named(result.measured, name) for name in (flame.baseline, flame.candidate))
    prefix = f"difference-{index}"
    root = flame.root
    figures = (
        f"{decimal(root.baseline_us)} us and {decimal(root.candidate_us)} us of sampled CPU per request, "
        f"difference {decimal(root.difference_us)} us"
    )
    return tag(
        "div",
        tag("h3", f"{now} against {was}", tag("span", figures, class_="quiet")),
        _toolbar(prefix, was, now),
        tag(
            "div", class_="flame-graph", role="tree", aria_label=f"Difference of {now} and {was}", id=f"{prefix}-graph"
        ),
        tag("p", class_="readout", aria_live="polite"),
        tag(
            "noscript",
            tag("p", "The picture needs JavaScript; the table below holds its heavier frames.", class_="note"),
        ),
        json_block(f"{prefix}-data", {**packed(tree), "names": [was, now]}),
        details("The same as a table: frames of at least 1 % of either arm", _frames(was, now, tree)),
        _one_sided(was, now, flame),
        class_="client flame",
        data_difference=prefix,
    )


def _toolbar(prefix: str, was: str, now: str) -> Html:
    search = tag(
        "input", type="search", id=f"{prefix}-search", placeholder="e.g. _assign|lock, layer:pool", autocomplete="off",
        spellcheck="false", aria_describedby=f"{prefix}-matches",
    )  # fmt: skip
    widths = tag(
        "span",
        "Width ",
        tag("button", now, type="button", data_width="candidate", aria_pressed="true"),
        tag("button", was, type="button", data_width="baseline", aria_pressed="false"),
        role="group",
        aria_label="Width by",
        class_="zoom",
    )
    parts = (
        widths,
        tag("label", "Search ", search, for_=f"{prefix}-search"),
        tag("button", "Reset", type="button", data_action="reset"),
        tag("output", id=f"{prefix}-matches", for_=f"{prefix}-search", class_="matches"),
    )
    tones = (
        tag("span", tag("i", class_="swatch", style=f"--c:var(--tone-{tone})", aria_hidden="true"), name, class_="chip")
        for tone, name in enumerate(_TONES)
    )
    return join(
        (tag("div", *parts, class_="toolbar script-only"), tag("div", join(tones), class_="legend script-only"))
    )


def _frames(was: str, now: str, tree: DrawnDifference) -> Html:
    columns = [
        Column("Frame"),
        Column("Layer"),
        Column(was, numeric=True, hint="us"),
        Column(now, numeric=True, hint="us"),
        Column("Difference", numeric=True, hint="us"),
        Column("Shown"),
    ]
    limit_ns = max(tree.baseline_ns, tree.candidate_ns) * _TABLE_SHARE
    rows: list[list[Node]] = []
    classes: list[str | None] = []
    for node, depth in walk(tree):
        if max(node.baseline_ns, node.candidate_ns) < limit_ns or node.smaller:
            continue
        title: Node = tag("code", node.location.name) if node.location else str(node.layer or "all requests")
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
    return table(f"{now} against {was}: merged call tree", columns, rows, "frames", classes)


def _one_sided(was: str, now: str, flame: FlameDifference) -> Html | None:
    if not flame.one_sided:
        return None
    columns = [Column("Frame"), Column("Layer"), Column("Only in"), Column("Cost", numeric=True, hint="us per request")]
    rows: list[list[Node]] = [
        [
            tag("code", row.location.name),
            chip("layer", row.layer),
            now if row.candidate else was,
            decimal(row.us_per_request),
        ]
        for row in flame.one_sided
    ]
    label = f"On one side only: the {len(rows)} costliest frames"
    return details(label, table(f"{now} against {was}: frames on one side only", columns, rows, "frames"))
