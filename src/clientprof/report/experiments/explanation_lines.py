"""Why, and what to do, by experiments: what the steps explain together, and the remedies by measured gain."""

from clientprof.model.experiments.staircase import Explanation
from clientprof.report.experiments.explanation_wording import explained_sentence, ranked_remedies, saving_text
from clientprof.report.writing.answer_lines import AnswerLines, Step

_REMEDIES = 2


def explanation_lines(explanation: Explanation) -> AnswerLines:
    """Remedies that were measured to help, the largest gain first."""
    steps = tuple(
        Step(f"{row.suspicion.remedy or row.suspicion.id} {saving_text(row, share=True)}.", row.suspicion.code)
        for row in ranked_remedies(explanation)[:_REMEDIES]
    )
    nothing = "No remedy from outside the library was confirmed by an experiment."
    why = explained_sentence(explanation)
    return AnswerLines((why.replace("`", "'"),) if why else (), steps, nothing if explanation.experiments else "")
