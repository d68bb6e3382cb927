"""The answer of a program's page: the one sentence with its figure, then what to do, each finding with its code."""

from clientprof.model.programs.results import ProgramResult
from clientprof.report.context.findings_section import cause_articles, finding_articles
from clientprof.report.programs.program_lines import program_lines
from clientprof.report.programs.program_wording import counts_sentence, end_sentence
from clientprof.report.writing.answer_lines import answer_block
from clientprof.report.writing.markup import Html, join, note, prose, tag
from clientprof.report.writing.page_parts import warnings_box


def program_answer_section(result: ProgramResult) -> Html:
    """What limits the program, how much was measured, and the remedies in short."""
    cut = None if result.complete else tag("p", "The run was cut short; this is what was measured.", class_="support")
    warnings = [f"{notice.text} {notice.advice}".strip() for notice in result.notices]
    return join(
        (
            tag("p", prose(result.answer.sentence), class_="answer"),
            answer_block(program_lines(result)),
            tag("p", f"{counts_sentence(result)} {end_sentence(result)}", class_="support"),
            cut,
            warnings_box(warnings),
        )
    )


def program_findings_section(result: ProgramResult) -> Html:
    """One article a cause with its findings; the plain actions where there are only those."""
    if result.causes:
        return cause_articles(result.causes)
    if result.findings:
        return finding_articles(result.findings)
    if result.answer.actions:
        return tag("ol", join(tag("li", prose(action)) for action in result.answer.actions))
    return note("No finding: nothing that was measured passes the thresholds for a claim.")
