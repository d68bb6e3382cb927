"""Predicted gains beside measured ones: errors in points of the client's CPU, their median, the disagreements."""

from dataclasses import dataclass
from statistics import median

from clientprof.model.experiments.staircase import Experiment, Explanation

# Below this a prediction outside the measured interval is no news: the profile's own error is larger.
NOTABLE_POINTS = 1.0


@dataclass(frozen=True, slots=True)
class PredictionError:
    """One experiment with both figures. ``points`` is predicted less measured, in hundredths of the client's CPU."""

    experiment: Experiment
    points: float
    outside: bool


def client_us(explanation: Explanation) -> float | None:
    """The client's CPU per request, microseconds; None where it was not measured."""
    if explanation.staircase is not None:
        return explanation.staircase.start.value
    clients = explanation.measured.clients
    control = clients[0].control if clients else None
    return None if control is None else control.cpu_us_per_request.value


def error_points(explanation: Explanation, experiment: Experiment) -> float | None:
    """Predicted less measured in points of the client's CPU; None where one of the three is missing."""
    total, error = client_us(explanation), experiment.error_us
    return None if error is None or not total else error / total * 100


def prediction_errors(explanation: Explanation) -> list[PredictionError]:
    """All experiments that were predicted and measured, the largest error first.

    ``outside`` says that the prediction lies outside the measured interval.
    """
    found = []
    for row in explanation.experiments:
        points, predicted, gain = error_points(explanation, row), row.suspicion.predicted_us, row.gain_us
        if points is not None and predicted is not None and gain is not None:
            found.append(PredictionError(row, points, gain.excludes(predicted, predicted)))
    return sorted(found, key=lambda row: -abs(row.points))


def median_points(errors: list[PredictionError]) -> float | None:
    """The median of the absolute errors, None where there is none."""
    return median(abs(row.points) for row in errors) if errors else None


def disagreements(errors: list[PredictionError]) -> list[PredictionError]:
    """Where the profile misled: the prediction is outside the measured interval and a point or more away."""
    return [row for row in errors if row.outside and abs(row.points) >= NOTABLE_POINTS]
