"""Suspects whose gains do not add up."""

from clientprof.model.experiments.staircase import Explanation
from clientprof.report.experiments.explanation_wording import interaction_bounded
from clientprof.report.experiments.staircase_section import figure
from clientprof.report.writing.markup import Column, Html, Node, caption, join, prose, table, tag


def interactions_section(explanation: Explanation) -> Html | None:
    """Sum of the gains alone beside the gain together; None where nothing was experimented on."""
    if not explanation.experiments:
        return None
    if not explanation.interactions and (explanation.staircase is None or len(explanation.staircase.steps) < 2):
        return tag("p", "Fewer than two suspects are in the staircase, so nothing is known of interactions.")
    if not explanation.interactions:
        return tag(
            "p", "No interaction is shown: the gains of the suspects that were combined add up within their intervals."
        )
    columns = [
        Column("Suspects"),
        Column("If they added up", numeric=True, hint="µs per request"),
        Column("Together", numeric=True, hint="µs per request"),
        Column("What happens"),
    ]
    body: list[list[Node]] = []
    for row in explanation.interactions:
        bound = "at most " if interaction_bounded(explanation, row) else ""
        names = join(join((" + " if number else None, tag("code", name))) for number, name in enumerate(row.suspects))
        body.append([names, figure(row.sum_us, bound), figure(row.together_us, bound), prose(row.text)])
    text = caption("Taken away together, these gain more or less than the last one alone added to the others.")
    return join((text, table("Interactions", columns, body, "interactions")))
