"""The first view of an explanation: of the whole gap, how much is which cause; what stays unexplained; warnings."""

from dataclasses import replace

from clientprof.model.experiments.staircase import Explanation
from clientprof.report.context.brief import briefly
from clientprof.report.experiments.explanation_answer import Part, explanation_answer
from clientprof.report.experiments.explanation_lines import explanation_lines
from clientprof.report.experiments.explanation_wording import errors_sentence, outcomes_sentence
from clientprof.report.writing.answer_lines import answer_block
from clientprof.report.writing.markup import Html, Node, join, tag
from clientprof.report.writing.page_parts import unbroken, warnings_box


def explanation_answer_section(explanation: Explanation) -> Html:
    """The answer in one sentence, what it rests on, and warnings in brief."""
    support = (outcomes_sentence(explanation), errors_sentence(explanation))
    return join(
        (
            tag("p", *(_set(part) for part in explanation_answer(explanation)), class_="answer explained"),
            answer_block(explanation_lines(explanation)),
            join(tag("p", unbroken(text), class_="support") for text in support if text),
            tag("p", "Brackets are 95 % intervals; µs (microseconds) are of CPU per request.", class_="quiet"),
            _warnings(explanation),
        )
    )


def _set(part: Part) -> Node:
    if part.code:
        return tag("code", part.text)
    return tag("strong", part.text) if part.bold else unbroken(part.text)


def _warnings(explanation: Explanation) -> Html | None:
    # Without the clients, which would add the lenses that an explanation never runs.
    return warnings_box(briefly(replace(explanation.measured, clients=())), explained=True)
