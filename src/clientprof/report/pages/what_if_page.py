"""The page of a program that was tried with remedies: the same frame as the others, with its own sections."""

from clientprof.model.experiments.what_if import WhatIf
from clientprof.report.pages.document import document, filled
from clientprof.report.sections.what_if import WHAT_IF_SECTIONS
from clientprof.report.writing.assets import page_styles

_STYLES = page_styles("differences.css", "explanation.css")


def what_if_page(found: WhatIf) -> str:
    """The whole page. It asks nothing of the network and runs no script but its own."""
    titles, rendered, absent = filled(WHAT_IF_SECTIONS, found)
    return document(
        found.title, found.created, found.seed, titles, rendered, absent, found.files,
        styles=_STYLES, scripts=("page.js",),
    )  # fmt: skip
