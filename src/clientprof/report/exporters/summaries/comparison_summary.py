"""A comparison as ``summary.json``, schema ``clientprof.summary/1``: a trace's keys, and more in each comparison."""

from clientprof.model.differences.between_arms import (
    CostDifference,
    CounterDifference,
    FunctionDifference,
    Gap,
    LayerDifference,
    OneSided,
)
from clientprof.model.differences.changed_code import CodeDifference, FunctionLines
from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.model.samples import CodeLocation
from clientprof.report.exporters.summaries.summary import Json, estimate, number, to_summary


def to_comparison_summary(result: ComparisonResult) -> Json:
    """The comparison as plain dicts and lists that ``json.dumps(allow_nan=False)`` accepts."""
    summary = to_summary(result.measured)
    plain = summary["comparisons"]
    assert isinstance(plain, list)
    summary["comparisons"] = [{**row, **_pair(pair)} for row, pair in zip(plain, result.pairs, strict=True)]
    stop = result.stopping
    summary["baseline"] = result.baseline
    summary["arms"] = [
        {"name": arm.name, "adapter": arm.adapter, "version": arm.version, "runs": arm.runs, "failed": arm.failed}
        for arm in result.arms
    ]
    summary["stopping"] = stop and {
        "reason": stop.reason,
        "blocks": stop.blocks,
        "most_blocks": stop.most_blocks,
        "half_width": number(stop.half_width),
        "aim": number(stop.aim),
        "seconds": number(stop.seconds),
        "verdict_seconds": number(stop.verdict_seconds),
        "looks": [
            {"blocks": look.blocks, "seconds": number(look.seconds), "half_width": number(look.half_width)}
            for look in stop.looks
        ],
    }
    summary["conditions"] = [
        {"text": row.text, "arm": row.arm, "outcome": row.outcome, "reason": row.reason} for row in result.conditions
    ]
    summary["incompatibilities"] = {"found": list(result.incompatibilities), "allowed": result.allowed}
    return summary


def _pair(pair: Pair) -> Json:
    """What a comparison has besides a trace's: its gap replaces the trace's, keys of the schema kept."""
    flame = pair.flame
    found: Json = {
        "counters": [_counter(row) for row in pair.counters],
        "one_sided": [] if flame is None else [_one_sided(row) for row in flame.one_sided],
        "code": None if pair.code is None else _code(pair.code),
    }
    return found if pair.gap is None else {**found, **_gap(pair.gap)}


def _code(code: CodeDifference) -> Json:
    return {
        "changed_functions": code.changed,
        "layers": [
            {
                "layer": layer.layer,
                "difference_us": number(layer.difference_us),
                "functions": [_lines(row) for row in layer.functions],
            }
            for layer in code.layers
        ],
        "others": [_lines(row) for row in code.others],
        "more": list(code.more),
    }


def _lines(row: FunctionLines) -> Json:
    return {**_place(row.location), "significant": row.significant, "lines": list(row.lines), "more": row.more}


def _gap(gap: Gap) -> Json:
    return {
        "gap_us_per_request": estimate(gap.sampled_us),
        "gap": [_layer(row) for row in gap.layers],
        "gap_control_us_per_request": estimate(gap.control_us),
        "gap_remainder_us_per_request": number(gap.remainder_us),
        "gap_functions_tested": gap.functions_tested,
        "gap_sampled_runs": list(gap.runs),
        "gap_process_spread": number(gap.spread),
        "gap_scaled": [number(factor) for factor in gap.scaled],
        "gap_least_us": number(gap.least_us),
    }


def _layer(row: LayerDifference) -> Json:
    return {
        "layer": row.layer,
        "us_per_request": estimate(row.cost.difference_us),
        "share_of_gap": number(row.share_of_gap),
        **_cost(row.cost),
        "functions": [_function(function) for function in row.functions],
        "other_functions": row.others,
        "other_functions_us": number(row.others_us),
    }


def _cost(cost: CostDifference) -> Json:
    return {
        "baseline_us": number(cost.baseline_us),
        "candidate_us": number(cost.candidate_us),
        "p_adjusted": number(cost.p_adjusted),
        "significant": cost.significant,
        "change": cost.change,
    }


def _function(row: FunctionDifference) -> Json:
    return {
        **_place(row.location),
        "was": None if row.baseline is None or row.baseline == row.candidate else _place(row.baseline),
        "followed": row.followed,
        "difference_us": estimate(row.cost.difference_us),
        **_cost(row.cost),
    }


def _place(code: CodeLocation) -> Json:
    return {"module": code.module, "function": code.function, "file": code.file, "line": code.line}


def _counter(row: CounterDifference) -> Json:
    return {
        "name": row.name,
        "unit": row.unit,
        "meaning": row.meaning,
        "expected": number(row.expected),
        "baseline": number(row.baseline),
        "candidate": number(row.candidate),
        "ratio": number(row.ratio),
        "above_expected": row.above,
    }


def _one_sided(row: OneSided) -> Json:
    side = "candidate" if row.candidate else "baseline"
    return {**_place(row.location), "layer": row.layer, "only_in": side, "us_per_request": number(row.us_per_request)}
