"""Why a program is limited, and what to do: from the findings that take most of a request's time."""

from clientprof.model.findings import Finding
from clientprof.model.programs.results import ProgramResult
from clientprof.report.writing.answer_lines import AnswerLines, Step
from clientprof.report.writing.figures import decimal

STEPS = 2


def program_lines(result: ProgramResult) -> AnswerLines:
    """Empty where nothing was found."""
    first = result.findings[:STEPS]
    if not first:
        return AnswerLines((), tuple(Step(text) for text in result.answer.actions[:STEPS]))
    return AnswerLines(
        tuple(f"{finding.title}{_takes(finding)}" for finding in first),
        tuple(Step(finding.remedy, finding.code) for finding in first),
    )


def _takes(finding: Finding) -> str:
    """``: 21.6 ms of a request``; empty where the finding has no such figure."""
    us = (finding.cost_us_per_request or 0.0) + (finding.off_cpu_us_per_request or 0.0)
    return f": {decimal(us / 1000, 2 if us < 1000 else 1)}\u00a0ms of a request" if us else ""
