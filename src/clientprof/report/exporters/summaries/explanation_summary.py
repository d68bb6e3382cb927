"""An explanation as ``summary.json``, schema ``clientprof.summary/1``: a trace's keys, staircase and experiments filled."""

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Experiment, Explanation, Interaction, Regime, Staircase, Step
from clientprof.model.experiments.suspicions import Behaviour
from clientprof.report.experiments.explanation_answer import explanation_answer
from clientprof.report.experiments.explanation_wording import price_text, ranked_pointers, ranked_remedies
from clientprof.report.experiments.prediction_errors import (
    disagreements,
    error_points,
    median_points,
    prediction_errors,
)
from clientprof.report.exporters.explanation_markdown import explanation_markdown
from clientprof.report.exporters.summaries.summary import Json, estimate, number, to_summary

__all__ = ["explanation_markdown", "explanation_summary"]


def explanation_summary(explanation: Explanation) -> Json:
    """The explanation as plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts."""
    stairs, errors = explanation.staircase, prediction_errors(explanation)
    return {
        **to_summary(explanation.measured),
        "answer": "".join(part.text for part in explanation_answer(explanation)).replace("\u00a0", " "),
        "staircase": None if stairs is None else _staircase(stairs),
        "experiments": [_experiment(explanation, row) for row in explanation.experiments],
        "interactions": [_interaction(row) for row in explanation.interactions],
        "remedies": [_remedy(row) for row in ranked_remedies(explanation)],
        "pointers": [_pointer(row) for row in ranked_pointers(explanation)],
        "regimes": [_regime(row) for row in explanation.regimes],
        "not_tried": [{"suspect": row.suspect, "reason": row.reason} for row in explanation.undone],
        "predictions": {
            "median_error_points": number(median_points(errors)),
            "worst": errors[0].experiment.suspicion.id if errors else None,
            "disagreements": [row.experiment.suspicion.id for row in disagreements(errors)],
        },
    }


def _staircase(stairs: Staircase) -> Json:
    share = stairs.explained_share
    return {
        "explained_share": None if share is None else number(share.value),
        "explained_share_interval": estimate(share),
        "upper_bound": any(step.upper_bound for step in stairs.steps),
        "start": {"cpu_us_per_request": estimate(stairs.start)},
        "steps": [_step(step) for step in stairs.steps],
        "unexplained_us": estimate(stairs.unexplained_us),
        "baseline": None
        if stairs.baseline_us is None
        else {"name": stairs.baseline, "cpu_us_per_request": estimate(stairs.baseline_us)},
        "floor": None if stairs.floor_us is None else {"cpu_us_per_request": estimate(stairs.floor_us)},
    }


def _step(step: Step) -> Json:
    return {
        "add": step.suspect,
        "cpu_us_per_request": estimate(step.cpu_us_per_request),
        "gain_us": estimate(step.gain_us),
        "alone_us": estimate(step.alone_us),
        "left_out_us": estimate(step.left_out_us),
        "upper_bound": step.upper_bound,
    }


def _experiment(explanation: Explanation, row: Experiment) -> Json:
    suspicion = row.suspicion
    predicted = suspicion.predicted_us
    return {
        "suspect": suspicion.id,
        "predicted_gain": None if predicted is None else estimate(Estimate(predicted, None, None, "us", 0)),
        "measured_gain": estimate(row.gain_us),
        "verdict": row.outcome,
        "upper_bound": row.upper_bound,
        "share": number(row.share),
        "error_points": number(error_points(explanation, row)),
        "slope": estimate(row.slope),
        "reason": row.reason,
        "kind": suspicion.kind,
        "layer": suspicion.layer,
        "hypothesis": suspicion.hypothesis,
        "evidence": suspicion.evidence,
        "gives_up": suspicion.gives_up,
        "mistaken": suspicion.mistaken,
        "behaviour": _behaviour(row.behaviour),
    }


def _behaviour(behaviour: Behaviour | None) -> Json | None:
    return None if behaviour is None else {"checks": list(behaviour.checks), "differences": list(behaviour.differences)}


def _interaction(row: Interaction) -> Json:
    return {
        "suspects": list(row.suspects),
        "sum_us": estimate(row.sum_us),
        "together_us": estimate(row.together_us),
        "text": row.text,
    }


def _remedy(row: Experiment) -> Json:
    suspicion = row.suspicion
    return {
        "suspect": suspicion.id,
        "remedy": suspicion.remedy,
        "code": suspicion.code,
        "price": price_text(row),
        "measured_gain": estimate(row.gain_us),
        "upper_bound": row.upper_bound,
    }


def _pointer(row: Experiment) -> Json:
    suspicion = row.suspicion
    return {
        "suspect": suspicion.id,
        "pointer": suspicion.pointer,
        "mechanism": suspicion.hypothesis,
        "threads": list(suspicion.threads),
        "measured_gain": estimate(row.gain_us),
        "upper_bound": row.upper_bound,
    }


def _regime(row: Regime) -> Json:
    return {
        "label": row.label,
        "cpu_us_per_request": estimate(row.cpu_us_per_request),
        "gains_us": {name: estimate(gain) for name, gain in row.gains_us.items()},
    }
