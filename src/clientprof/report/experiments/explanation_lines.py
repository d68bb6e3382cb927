"""Why, and what to do, by experiments: what the steps explain together, and the remedies by gain."""

from clientprof.model.experiments.staircase import Explanation
from clientprof.report.experiments.explanation_wording import (
    explained_sentence,
    predicted_remedies,
    prediction_text,
    ranked_remedies,
    saving_text,
)
from clientprof.report.writing.answer_lines import AnswerLines, Step

MOST_REMEDIES = 5
_LONG_CODE = 8


def explanation_lines(explanation: Explanation) -> AnswerLines:
    """Remedies that were measured to help, the largest gain first; where there are none, those predicted to."""
    measured = [(row, f"{saving_text(row, share=True)}.") for row in ranked_remedies(explanation)]
    said = measured or [(row, f"{prediction_text(row)}.") for row in predicted_remedies(explanation)]
    steps = tuple(
        Step(f"{row.suspicion.remedy or row.suspicion.id} {text}", short_code(row.suspicion.code))
        for row, text in said[:MOST_REMEDIES]
    )
    nothing = "No remedy from outside the library was confirmed by an experiment."
    why = explained_sentence(explanation)
    return AnswerLines((why.replace("`", "'"),) if why else (), steps, nothing if explanation.experiments else "")


def short_code(code: str) -> str:
    """The code where it is short; whole files stand in the report's list of remedies."""
    return code if len(code.splitlines()) <= _LONG_CODE else ""
