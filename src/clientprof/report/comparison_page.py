"""The pages of a comparison and of a sweep: the same frame as a trace's, with other sections."""

from collections.abc import Mapping
from typing import TypeVar

from clientprof.model.comparison import ComparisonResult
from clientprof.model.growth import GrowthResult
from clientprof.report.markup import Html, join, tag
from clientprof.report.page import document
from clientprof.report.sections import COMPARISON_SECTIONS, GROWTH_SECTIONS, Section

_STYLES = ("page.css", "tables.css", "pictures.css", "differences.css", "print.css")
_SCRIPTS = (
    "flamegraph.js", "flamegraph_view.js", "flame_link.js", "flame_controls.js",
    "flame_difference.js", "flame_difference_view.js", "page.js",
)  # fmt: skip

R = TypeVar("R")


def render_comparison(result: ComparisonResult) -> str:
    """The whole page for a comparison."""
    titles, rendered, absent = _sections(COMPARISON_SECTIONS, result)
    measured = result.measured
    return document(
        measured.title, measured.created, measured.seed, titles, rendered, absent, measured.files,
        styles=_STYLES, scripts=_SCRIPTS,
    )  # fmt: skip


def render_growth(result: GrowthResult) -> str:
    """The whole page for a sweep over n."""
    titles, rendered, absent = _sections(GROWTH_SECTIONS, result)
    return document(
        result.title, result.created, result.seed, titles, rendered, absent, result.files,
        styles=_STYLES, scripts=("page.js",),
    )  # fmt: skip


def _sections(sections: Mapping[str, Section[R]], result: R) -> tuple[dict[str, str], dict[str, Html], Html | None]:
    rendered = {name: Html(text) for name, section in sections.items() if (text := section.render(result)) is not None}
    titles = {name: sections[name].title for name in rendered}
    lines = [f"{section.title}: needs {section.needs}" for name, section in sections.items() if name not in rendered]
    if not lines:
        return titles, rendered, None
    heading = tag("h2", "Not in this report", id="absent-title")
    items = tag("ul", join(tag("li", line) for line in lines))
    return titles, rendered, tag("section", heading, items, id="absent", aria_labelledby="absent-title")
