"""What the pictures over time have in common: the buttons that zoom, and how to use them."""

from collections.abc import Iterable

from clientprof.report.writing.markup import Html, Node, join, tag

TIME_KEYS = (
    "+ and - zoom in time, also Ctrl or Shift with the wheel, or two fingers; dragging chooses a stretch of time, or "
    "moves it when zoomed in; 0 or Escape shows the whole round."
)
_BUTTONS = (("in", "+", "Zoom in"), ("out", "\u2212", "Zoom out"), ("reset", "Reset", "Reset to the whole round"))


def time_toolbar(name: str, more: Iterable[Node] = ()) -> Html:
    """Zoom buttons, after whatever else a picture offers; ``name`` is the client's, for those who only hear the buttons."""
    buttons = (
        tag("button", text, type="button", data_zoom=what, aria_label=f"{label}: {name}")
        for what, text, label in _BUTTONS
    )
    return tag(
        "div", join(more), tag("span", "Zoom ", join(buttons), class_="zoom"), class_="toolbar script-only",
        role="group", aria_label=f"Controls of the picture of {name}",
    )  # fmt: skip
