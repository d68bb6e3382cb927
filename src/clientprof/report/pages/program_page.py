"""The page of a program that was measured as it is: the same frame as a trace's, with its own sections."""

from clientprof.model.programs.results import ProgramResult
from clientprof.report.pages.document import FLAME_SCRIPTS, document, filled
from clientprof.report.sections.program import PROGRAM_SECTIONS
from clientprof.report.writing.assets import page_styles

_STYLES = page_styles("differences.css", "program.css")


def render_program(result: ProgramResult) -> str:
    """The whole page. It asks nothing of the network and runs no script but the reports' own."""
    titles, rendered, absent = filled(PROGRAM_SECTIONS, result)
    return document(
        result.title, result.created, result.seed, titles, rendered, absent, result.files,
        styles=_STYLES, scripts=(*FLAME_SCRIPTS, "page.js"),
    )  # fmt: skip
