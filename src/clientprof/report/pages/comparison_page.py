"""The pages of a comparison and of a sweep: the same frame as a trace's, with other sections."""

from clientprof.model.differences.comparison import ComparisonResult
from clientprof.model.growth.series import GrowthResult
from clientprof.report.pages.document import FLAME_SCRIPTS, document, filled
from clientprof.report.sections.comparison import COMPARISON_SECTIONS
from clientprof.report.sections.growth import GROWTH_SECTIONS
from clientprof.report.writing.assets import page_styles

_STYLES = page_styles("differences.css")
_SCRIPTS = (*FLAME_SCRIPTS, "flame_difference.js", "flame_difference_view.js", "page.js")


def render_comparison(result: ComparisonResult) -> str:
    """The whole page for a comparison."""
    titles, rendered, absent = filled(COMPARISON_SECTIONS, result)
    measured = result.measured
    return document(
        measured.title, measured.created, measured.seed, titles, rendered, absent, measured.files,
        styles=_STYLES, scripts=_SCRIPTS,
    )  # fmt: skip


def render_growth(result: GrowthResult) -> str:
    """The whole page for a sweep over n."""
    titles, rendered, absent = filled(GROWTH_SECTIONS, result)
    return document(
        result.title, result.created, result.seed, titles, rendered, absent, result.files,
        styles=_STYLES, scripts=("page.js",),
    )  # fmt: skip
