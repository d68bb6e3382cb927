"""Why a program is limited, and what to do: from the causes that take most of a request's time."""

from clientprof.model.programs.results import Limit, ProgramResult
from clientprof.report.writing.answer_lines import AnswerLines, Step, timed_cause

STEPS = 2


def program_lines(result: ProgramResult) -> AnswerLines:
    """Empty where nothing was found."""
    first = result.causes[:STEPS]
    if not first:
        return AnswerLines((), tuple(Step(text) for text in result.answer.actions[:STEPS]))
    # No cause in the program is the reason for a server's time.
    beside = "Beside the server: " if result.answer.limit is Limit.SERVER else ""
    return AnswerLines(
        tuple(f"{beside}{timed_cause(cause)}" for cause in first),
        tuple(Step(cause.remedy, cause.code, cause.warning) for cause in first),
    )
