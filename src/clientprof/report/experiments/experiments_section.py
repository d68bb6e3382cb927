"""Prediction against measurement: every experiment, where the profile misled, what each change gives up."""

from clientprof.model.experiments.staircase import Experiment, Explanation, Outcome
from clientprof.report.experiments.explanation_wording import (
    behaviour_text,
    disagreement_text,
    price_text,
    slope_sentence,
    verdict_text,
)
from clientprof.report.experiments.prediction_errors import (
    NOTABLE_POINTS,
    disagreements,
    error_points,
    prediction_errors,
)
from clientprof.report.experiments.staircase_section import figure
from clientprof.report.writing.figures import ABSENT, decimal, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, note, prose, table, tag
from clientprof.report.writing.page_parts import chip, threads, unbroken


def experiments_section(explanation: Explanation) -> Html:
    """The table of experiments, the disagreements, and each experiment's grounds and limits."""
    if not explanation.experiments:
        return note("No experiment was made.")
    text = caption(
        "One suspect is removed at a time. Predicted is what the profile says that this saves, before anything was "
        "changed; the error is predicted less measured, in points of the client's CPU."
    )
    known = prediction_errors(explanation)  # in a sentence they stand in the answer
    return join(
        (
            text,
            None if known else note("No experiment has both a prediction and a measurement."),
            _table(explanation),
            _disagreements(explanation),
            tag("h3", "Each experiment"),
            join(_grounds(row) for row in explanation.experiments),
        )
    )


def _table(explanation: Explanation) -> Html:
    columns = [
        Column("Suspect"),
        Column("Predicted", numeric=True, hint="µs per request"),
        Column("Measured", numeric=True, hint="µs per request"),
        Column("Of the CPU", numeric=True, hint="measured"),
        Column("Error", numeric=True, hint="points of the CPU"),
        Column("Verdict"),
    ]
    body: list[list[Node]] = []
    for row in explanation.experiments:
        error = error_points(explanation, row)
        why = [prose(text) for text in (row.reason, slope_sentence(row)) if text]
        said = join((tag("b", verdict_text(row)), *(tag("small", text) for text in why)))
        body.append(
            [
                join((tag("code", row.suspicion.id), tag("small", row.suspicion.kind))),
                decimal(row.suspicion.predicted_us),
                figure(row.gain_us, "at most " if row.upper_bound else ""),
                percent(row.share),
                ABSENT if error is None else f"{error:+.1f}",
                said,
            ]
        )
    return table("Experiments", columns, body, "experiments", [_class(row) for row in explanation.experiments])


def _class(row: Experiment) -> str | None:
    return None if row.outcome in (Outcome.CONFIRMED, Outcome.LOSS) else "unshown"


def _disagreements(explanation: Explanation) -> Html:
    title = tag("h3", "Where the profile misled")
    least = decimal(NOTABLE_POINTS, 0)
    found = disagreements(prediction_errors(explanation))
    rule = f"predictions outside the measured interval by {least} point of the client's CPU or more"
    if not found:
        return join((title, tag("p", f"Nowhere: there are no {rule}.")))
    text = caption(f"All {rule}, the largest first.")
    return join((title, text, tag("ul", join(tag("li", unbroken(disagreement_text(row))) for row in found))))


def _grounds(row: Experiment) -> Html:
    suspicion = row.suspicion
    facts: list[tuple[str, Node]] = [
        ("Hypothesis", prose(suspicion.hypothesis)),
        ("Evidence", prose(suspicion.evidence) if suspicion.evidence else None),
        ("Layer", chip("layer", suspicion.layer)),
        ("Behaviour", behaviour_text(row)),
        ("Gives up", prose(price_text(row))),
        ("Doubt", prose(suspicion.mistaken) if suspicion.mistaken else None),
        ("Background", threads(suspicion.threads)),
    ]
    shown = join(join((tag("dt", key), tag("dd", value))) for key, value in facts if value)
    return details(f"{suspicion.id}: {verdict_text(row)}", tag("dl", shown, class_="verdict"))
