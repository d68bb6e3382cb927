"""Every kind of page the report knows, from the samples: name -> HTML; and the same with hostile text everywhere."""

from collections.abc import Callable
from functools import cache
from typing import Any

from clientprof.report.pages.comparison_page import render_comparison, render_growth
from clientprof.report.pages.explanation_page import explanation_page
from clientprof.report.pages.history_page import render_history
from clientprof.report.pages.matrix_page import render_matrix
from clientprof.report.pages.program_page import render_program
from clientprof.report.pages.route_page import render_service
from clientprof.report.pages.trace_page import render
from clientprof.report.pages.what_if_page import what_if_page
from hostile_result import poisoned
from sample_comparison import sample_comparison_result, sample_growth
from sample_explanation import sample_explanation
from sample_history import sample_history
from sample_matrix import sample_matrix
from sample_program import sample_program
from sample_result import sample_result
from sample_routes import sample_service
from sample_what_if import sample_what_if

# Each renderer takes the type that stands beside it.
_KINDS: dict[str, tuple[Callable[[Any], str], Callable[[], object]]] = {
    "trace": (render, sample_result),
    "comparison": (render_comparison, sample_comparison_result),
    "growth": (render_growth, sample_growth),
    "explanation": (explanation_page, sample_explanation),
    "program": (render_program, sample_program),
    "service": (render_service, sample_service),
    "history": (render_history, sample_history),
    "matrix": (render_matrix, sample_matrix),
    "what-if": (what_if_page, sample_what_if),
}
KINDS = tuple(_KINDS)


@cache
def page_of(kind: str) -> str:
    """The page of the sample."""
    show, sample = _KINDS[kind]
    return show(sample())


@cache
def hostile_page_of(kind: str) -> str:
    """The page of the sample with the payload in every plain string."""
    show, sample = _KINDS[kind]
    return show(poisoned(sample()))
