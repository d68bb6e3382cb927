"""The first view of an explanation: of the whole gap, how much is which cause; what stays unexplained; warnings."""

from dataclasses import replace

from clientprof.model.experiments.staircase import Explanation
from clientprof.report.context.brief import briefly
from clientprof.report.experiments.explanation_answer import Part, explanation_answer
from clientprof.report.experiments.explanation_lines import explanation_lines
from clientprof.report.experiments.explanation_wording import errors_sentence, outcomes_sentence
from clientprof.report.writing.answer_lines import answer_block
from clientprof.report.writing.markup import Html, Node, join, prose, tag
from clientprof.report.writing.page_parts import unbroken


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
    lines = briefly(replace(explanation.measured, clients=()))
    if not lines:
        return None
    items = tag("ul", join(tag("li", prose(line)) for line in lines))
    more = tag("p", "What this means for the numbers: ", tag("a", "method and limits", href="#method"), ".")
    return tag("aside", items, more, class_="warnings", aria_label="Warnings")
