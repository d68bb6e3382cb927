"""What stands around a flame graph in the page, the same for a client's and for a difference's; the script makes it work."""

from collections.abc import Iterable

from clientprof.model.layers import Layer
from clientprof.report.writing.markup import Html, Node, details, join, tag
from clientprof.report.writing.page_parts import chip

_KEYS = (
    ("Arrows, Home", "move from frame to frame, to the root"),
    ("Enter or Space", "zoom into the frame"),
    ("Backspace", "zoom out to its caller"),
    ("Escape", "zoom out altogether"),
    ("/", "search; Enter goes to the first match"),
    ("N and P", "next and previous match"),
    ("H", "hide the function wherever it is, with all that it calls"),
    ("U", "show hidden functions again"),
    ("F", "turn the picture upside down"),
)


def keys_help() -> Html:
    """The keys of all flame graphs, folded."""
    rows = join(join((tag("dt", key), tag("dd", what))) for key, what in _KEYS)
    return tag("div", details("Keys", tag("dl", rows, class_="warned")), class_="script-only")


def toolbar(prefix: str, *more: Node) -> Html:
    """Search with its matches, the icicle and flame switch, reset, link; ``more`` stands before the switch."""
    search = tag(
        "input", type="search", id=f"{prefix}-search", placeholder="e.g. _assign|lock, layer:pool", autocomplete="off",
        spellcheck="false", aria_describedby=f"{prefix}-matches",
    )  # fmt: skip
    parts = (
        tag("label", "Search ", search, for_=f"{prefix}-search"),
        tag("output", id=f"{prefix}-matches", for_=f"{prefix}-search", class_="matches"),
        *more,
        tag("button", "Callers at the bottom", type="button", data_action="flip", aria_pressed="false"),
        tag("button", "Reset", type="button", data_action="reset"),
        tag("button", "Copy link", type="button", data_action="link"),
    )
    return tag("div", *parts, class_="toolbar script-only")


def layer_keys(present: Iterable[Layer], *, coloured: bool = True) -> Html:
    """Buttons that leave only the pressed layers' own time in the picture.

    ``coloured`` where the layer's colour is the frames'; else the picture's colours mean something else.
    """
    buttons = (
        tag(
            "button", chip("layer", layer) if coloured else str(layer),
            type="button", data_layer=str(layer), aria_pressed="false", class_="key",
        )
        for layer in present
    )  # fmt: skip
    label = tag("span", "Only ", class_="quiet", aria_hidden="true")
    return tag("div", label, *buttons, class_="legend script-only", role="group", aria_label="Show only these layers")


def picture(prefix: str, label: str) -> Html:
    """The place of the picture, what is in view, and the chosen frame with its source."""
    chosen = tag(
        "div",
        tag("p", class_="chosen-name"),
        tag("p", class_="chosen-source"),
        tag("ul", class_="chosen-sums"),
        tag(
            "p",
            tag("button", "Zoom in", type="button", data_action="zoom"),
            tag("button", "Hide this function", type="button", data_action="hide"),
            class_="toolbar",
        ),
        class_="chosen script-only",
        role="group",
        aria_label="Chosen frame",
    )
    return join(
        (
            tag("p", class_="in-view script-only", role="status"),
            tag("div", class_="hidden-frames toolbar script-only"),
            tag("div", class_="flame-graph", role="tree", aria_label=label, id=f"{prefix}-graph"),
            tag("p", class_="readout script-only", aria_live="polite"),
            chosen,
            tag(
                "noscript",
                tag("p", "The picture needs JavaScript; the table below holds its heavier frames.", class_="note"),
            ),
        )
    )
