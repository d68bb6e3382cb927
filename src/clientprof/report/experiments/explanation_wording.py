"""Sentences of an explanation that page, terminal and Markdown share. A gain that is an upper bound is told as "at most"."""

from collections import Counter

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Experiment, Explanation, Interaction, Outcome
from clientprof.model.experiments.suspicions import Kind
from clientprof.report.experiments.prediction_errors import PredictionError, median_points, prediction_errors
from clientprof.report.experiments.stair_rows import baseline_name, upper_bounds, whole_us
from clientprof.report.writing.figures import decimal, interval, percent, plural


def gain_text(gain: Estimate | None, bounded: bool = False, places: int = 0, *, bound: str = "at most") -> str:
    """``at most 310 us [290, 330]``; the dash where it was not measured."""
    if gain is None:
        return decimal(None)
    bracket = interval(gain, places)
    text = f"{decimal(gain.value, places)}\u00a0µs{' ' if bracket else ''}{bracket}"
    return f"{bound} {text}" if bounded else text


def explained_sentence(explanation: Explanation) -> str | None:
    """Which part of the gap the steps explain, and what explains more alone; None without a baseline or a gap."""
    stairs = explanation.staircase
    if stairs is None or stairs.explained_share is None or whole_us(stairs) <= 0:
        return None
    share = stairs.explained_share
    more = _more_alone(explanation, share.value * whole_us(stairs), whole_us(stairs))
    if not stairs.steps:
        return more or None
    bracket = interval(share, 1, 100)
    bound = "at most " if any(step.upper_bound for step in stairs.steps) else ""
    steps = "One step explains" if len(stairs.steps) == 1 else f"{len(stairs.steps)} steps together explain"
    return (
        f"{steps} {bound}{percent(share.value)}"
        f"{' ' if bracket else ''}{bracket} of the gap to {baseline_name(explanation)}.{' ' if more else ''}{more}"
    )


def _more_alone(explanation: Explanation, explained_us: float, gap_us: float) -> str:
    """What one change saves that replaces more than the steps take away: then the rest lies in what it replaces."""
    most = next(iter(_confirmed(explanation)), None)
    if most is None or most.gain_us is None or most.gain_us.low is None or most.gain_us.low <= explained_us:
        return ""
    part = f"{'at most ' if most.upper_bound else ''}{percent(most.gain_us.value / gap_us)}"
    if explained_us <= 0:
        return f"{most.suspicion.id} alone saves {part} of the gap to {baseline_name(explanation)}."
    return f"{most.suspicion.id} alone saves {part} of it, so most of the rest is in what that replaces."


def outcomes_sentence(explanation: Explanation) -> str:
    """``12 experiments: 5 confirmed, 4 no gain shown; 3 suspects were not tried.``"""
    counts = Counter(row.outcome for row in explanation.experiments)
    parts = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    undone = f"; {plural(len(explanation.undone), 'suspect')} not tried" if explanation.undone else ""
    return f"{plural(len(explanation.experiments), 'experiment')}{': ' if parts else ''}{parts}{undone}."


def errors_sentence(explanation: Explanation) -> str | None:
    """The median error of the predictions and the worst case; None where no experiment has both figures."""
    errors = prediction_errors(explanation)
    middle = median_points(errors)
    if middle is None:
        return None
    worst = disagreement_text(errors[0]) + ("" if errors[0].outside else ", within the interval")
    if len(errors) == 1:
        return f"The prediction of the only experiment that has both figures: {worst}."
    return (
        f"Predictions miss by {decimal(middle)} points of the client's CPU in the median of "
        f"{plural(len(errors), 'experiment')}; the worst case is {worst}."
    )


def disagreement_text(row: PredictionError) -> str:
    """``pool-scan: 420 us predicted, 130 us [110, 150] measured, 18.8 points too much``."""
    experiment = row.experiment
    predicted = f"{decimal(experiment.suspicion.predicted_us, 0)}\u00a0µs predicted"
    measured = f"{gain_text(experiment.gain_us, experiment.upper_bound)} measured"
    side = "much" if row.points > 0 else "little"
    return f"{experiment.suspicion.id}: {predicted}, {measured}, {decimal(abs(row.points))} points too {side}"


def verdict_text(experiment: Experiment) -> str:
    """The outcome; an upper bound says so."""
    bounded = experiment.upper_bound and experiment.gain_us is not None
    return f"{experiment.outcome}, upper bound" if bounded else str(experiment.outcome)


def behaviour_text(experiment: Experiment) -> str:
    """What the changed client does otherwise, or which checks found no difference."""
    behaviour = experiment.behaviour
    if behaviour is None:
        return "not checked"
    checks = ", ".join(behaviour.checks)
    if behaviour.differences:
        return f"differs: {'; '.join(behaviour.differences)}. A fix that keeps it gains at most as much."
    return f"no difference found in: {checks}" if checks else "not checked"


def price_text(experiment: Experiment) -> str:
    """What the change takes away: as its author wrote it down, or else what the checks found."""
    if experiment.suspicion.gives_up:
        return experiment.suspicion.gives_up
    if experiment.suspicion.kind is Kind.ENVIRONMENT:
        return "one more package or variable; nothing of the client itself is changed"
    behaviour = experiment.behaviour
    if behaviour is None or not (behaviour.checks or behaviour.differences):
        return "not known: behaviour was not checked"
    return "; ".join(behaviour.differences) or "nothing that the checks found"


def saving_text(experiment: Experiment, *, share: bool = False) -> str:
    """What was measured to save how much; a patch is no remedy, so its gain is not the remedy's.

    With ``share`` also which part of the client's CPU that is.
    """
    saved = f"{gain_text(experiment.gain_us, experiment.upper_bound)} per request"
    if share and experiment.share is not None:
        saved += f" ({percent(experiment.share)} of its CPU)"
    if experiment.suspicion.kind is Kind.PATCH:
        return f"A patch of the client saves {saved}; this advice itself was not measured"
    return f"Saves {saved}"


def slope_sentence(experiment: Experiment) -> str | None:
    """What a slow-down's dose cost; None for other kinds."""
    slope = experiment.slope
    if slope is None:
        return None
    bracket = interval(slope, 2)
    figure = f"{decimal(slope.value, 2)}{' ' if bracket else ''}{bracket}"
    return f"{figure} µs of CPU per request for each microsecond added to a call"


def ranked_remedies(explanation: Explanation) -> list[Experiment]:
    """Confirmed experiments that a reader can act on today, the largest measured gain first; none contradicts another."""
    found = [row for row in _confirmed(explanation) if row.suspicion.remedy or row.suspicion.code]
    return [row for row in found if not row.instead_of]


def predicted_remedies(explanation: Explanation) -> list[Experiment]:
    """Remedies that no experiment has measured, the largest predicted gain first."""
    found = [
        row
        for row in explanation.experiments
        if row.outcome is Outcome.NOT_MEASURED and row.suspicion.remedy and (row.suspicion.predicted_us or 0.0) > 0
        if not row.instead_of
    ]
    return sorted(found, key=lambda row: -(row.suspicion.predicted_us or 0.0))


def prediction_text(experiment: Experiment) -> str:
    """``Predicted to save 310 µs per request; not measured: why``."""
    predicted = decimal(experiment.suspicion.predicted_us, 0)
    return f"Predicted to save {predicted}\u00a0µs per request; not measured: {experiment.reason}"


def ranked_pointers(explanation: Explanation) -> list[Experiment]:
    """Confirmed experiments with a place for maintainers, the largest measured gain first."""
    return [row for row in _confirmed(explanation) if row.suspicion.pointer]


def _confirmed(explanation: Explanation) -> list[Experiment]:
    found = [row for row in explanation.experiments if row.outcome is Outcome.CONFIRMED and row.gain_us is not None]
    return sorted(found, key=lambda row: -row.gain_us.value if row.gain_us else 0.0)


def interaction_bounded(explanation: Explanation, interaction: Interaction) -> bool:
    """Whether one of its suspects is an upper bound, which makes what they gain together one too."""
    return not upper_bounds(explanation).isdisjoint(interaction.suspects)
