"""The page of a matrix: the same frame as the others, with its own sections."""

from clientprof.model.differences.matrix import MatrixResult
from clientprof.report.pages.document import document, filled
from clientprof.report.sections.matrix import MATRIX_SECTIONS
from clientprof.report.writing.assets import page_styles

_STYLES = page_styles("differences.css", "explanation.css")


def render_matrix(result: MatrixResult) -> str:
    """The whole page. It asks nothing of the network and runs no script but its own."""
    titles, rendered, absent = filled(MATRIX_SECTIONS, result)
    return document(
        result.title, result.created, result.seed, titles, rendered, absent, result.files,
        styles=_STYLES, scripts=("page.js",),
    )  # fmt: skip
