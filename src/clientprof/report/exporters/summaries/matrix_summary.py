"""``matrix`` as ``summary.json``, schema ``clientprof.summary/1``: the key ``matrix``."""

from clientprof.model.differences.matrix import MatrixResult, MeasuredCell
from clientprof.model.estimate import Effect
from clientprof.report.exporters.summaries.summary import Json, estimate, head
from clientprof.report.matrices.matrix_wording import answer_text, verdict_word


def matrix_summary(result: MatrixResult) -> Json:
    """Plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts."""
    stopping = result.stopping
    return {
        **head(result),
        "clients": [],
        "comparisons": [],
        "staircase": None,
        "experiments": [],
        "program": None,
        "findings": [],
        "answer": answer_text(result).replace("\u00a0", " "),
        "matrix": {
            "cells": [_cell(each) for each in result.cells],
            "aa_ratio": estimate(result.again),
            "blocks": 0 if stopping is None else stopping.blocks,
            "stopped": "" if stopping is None else stopping.reason,
            "hosts": [{"name": host.name, "about": host.about, "blocks": host.blocks} for host in result.hosts],
        },
        "warnings": [{"id": each.id, "text": each.text, "advice": each.advice} for each in result.notices],
        "files": dict(result.files),
    }


def _cell(each: MeasuredCell) -> Json:
    return {
        "client": each.cell.client,
        "version": each.version,
        "python": each.cell.python or each.python,
        "interpreter": each.python,
        "load": each.cell.load,
        "cpu_us_per_request": estimate(each.cpu_us_per_request),
        "wall_ms_per_round": estimate(each.wall_ms_per_round),
        "cpu_ratio": _ratio(each.cpu),
        "wall_ratio": _ratio(each.wall),
        "verdict": verdict_word(each),
        "reason": "" if each.cpu is None else each.cpu.reason,
        "failed": each.failed,
        "cpu_ratio_by_host": {host: estimate(value) for host, value in each.by_host.items()},
    }


def _ratio(effect: Effect | None) -> Json | None:
    return None if effect is None else estimate(effect.ratio)
