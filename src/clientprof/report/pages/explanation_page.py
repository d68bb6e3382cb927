"""The page of an explanation: the same frame as a trace's, with staircase, experiments and remedies before the profile."""

from clientprof.model.experiments.staircase import Explanation
from clientprof.report.pages.document import FLAME_SCRIPTS, document, filled
from clientprof.report.sections.explanation import EXPLANATION_SECTIONS
from clientprof.report.writing.assets import page_styles

_STYLES = page_styles("differences.css", "explanation.css")
_SCRIPTS = (*FLAME_SCRIPTS, "page.js")


def explanation_page(explanation: Explanation) -> str:
    """The whole page. It asks nothing of the network and runs no script but its own."""
    titles, rendered, absent = filled(EXPLANATION_SECTIONS, explanation)
    measured = explanation.measured
    return document(
        measured.title, measured.created, measured.seed, titles, rendered, absent, measured.files,
        styles=_STYLES, scripts=_SCRIPTS,
    )  # fmt: skip
