"""Why a traced client costs what it costs, and what to do: from its causes."""

from clientprof.model.results import TraceResult
from clientprof.report.writing.answer_lines import AnswerLines, steps_of, why_text

_NOTHING = "No remedy is known from outside the library: the findings say where a maintainer can start."


def trace_lines(result: TraceResult) -> AnswerLines:
    """Empty where nothing was found."""
    if not result.causes:
        return AnswerLines()
    return AnswerLines(why_text(result.causes), steps_of(result.causes), _NOTHING)
