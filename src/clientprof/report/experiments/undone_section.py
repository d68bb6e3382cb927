"""What was not tried, and why: the limits of the explanation."""

from clientprof.model.experiments.staircase import Explanation
from clientprof.report.writing.markup import Html, caption, join, prose, tag


def undone_section(explanation: Explanation) -> Html:
    """One line for each suspect that was not tried."""
    if not explanation.undone:
        return tag("p", "Every suspect of the catalogue that can apply to this client was tried.")
    rows = join(join((tag("dt", tag("code", row.suspect)), tag("dd", prose(row.reason)))) for row in explanation.undone)
    return join(
        (caption("Nothing is known of these: they may cost much or nothing."), tag("dl", rows, class_="warned"))
    )
