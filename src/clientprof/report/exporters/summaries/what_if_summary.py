"""``run --try`` as ``summary.json``, schema ``clientprof.summary/1``: the key ``what_if``."""

from clientprof.model.estimate import Effect
from clientprof.model.experiments.what_if import Tried, WhatIf
from clientprof.report.experiments.what_if_wording import answer_text, verdict_word, why_text
from clientprof.report.exporters.summaries.summary import SCHEMA, Json, estimate, grouped_settings, number


def what_if_summary(found: WhatIf) -> Json:
    """Plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts."""
    return {
        "schema": SCHEMA,
        "title": found.title,
        "command": list(found.command),
        "created": found.created,
        "seed": found.seed,
        "complete": found.complete,
        "environment": grouped_settings(found.environment),
        "workload": grouped_settings(found.workload),
        "clients": [],
        "comparisons": [],
        "staircase": None,
        "experiments": [],
        "program": None,
        "findings": [],
        "answer": answer_text(found).replace("\u00a0", " "),
        "what_if": {
            "program": found.program,
            "blocks": found.blocks,
            "requests": number(found.requests),
            "cpu_us_per_request": estimate(found.unchanged_us),
            "aa_ratio": estimate(found.again),
            "alone": [_tried(found, row) for row in found.alone],
            "together": [{**_tried(found, row), "sum_of_gains_us": estimate(row.alone_us)} for row in found.together],
            "not_tried": [{"suspect": row.suspect, "reason": row.reason} for row in found.undone],
        },
        "warnings": [{"id": each.id, "text": each.text, "advice": each.advice} for each in found.notices],
        "files": dict(found.files),
    }


def _tried(found: WhatIf, row: Tried) -> Json:
    suspicion = found.suspicion(row.name)
    return {
        "suspects": list(row.suspects),
        "verdict": verdict_word(row),
        "reason": why_text(row),
        "cpu_us_per_request": estimate(row.cost_us),
        "measured_gain": estimate(row.gain_us),
        "cpu_ratio": _ratio(row.cpu),
        "aa_ratio": None if row.cpu is None else estimate(row.cpu.aa_ratio),
        "wall_ratio": _ratio(row.wall),
        "requests": number(row.requests),
        "failed": number(row.failed),
        "remedy": "" if suspicion is None else suspicion.remedy,
        "code": "" if suspicion is None else suspicion.code,
        "gives_up": "" if suspicion is None else suspicion.gives_up,
    }


def _ratio(effect: Effect | None) -> Json | None:
    return None if effect is None else estimate(effect.ratio)
