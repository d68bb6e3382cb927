"""The page of a history: the same frame as a comparison's, readable without a script."""

from clientprof.model.history import HistoryResult
from clientprof.report.history.history_wording import title_of
from clientprof.report.pages.document import document, filled
from clientprof.report.sections.history import HISTORY_SECTIONS
from clientprof.report.writing.assets import page_styles

_STYLES = page_styles("differences.css")


def render_history(result: HistoryResult) -> str:
    """The whole page of all trends."""
    titles, rendered, absent = filled(HISTORY_SECTIONS, result)
    return document(
        title_of(result), result.created, result.seed, titles, rendered, absent, result.files,
        styles=_STYLES, scripts=("page.js",),
    )  # fmt: skip
