"""The gap explained: by layer, adding up to the whole, and inside each layer by function."""

from clientprof.model.differences.between_arms import (
    Change,
    CostDifference,
    Followed,
    FunctionDifference,
    Gap,
    LayerDifference,
)
from clientprof.model.differences.comparison import ComparisonResult
from clientprof.report.writing.figures import decimal, interval, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, table, tag
from clientprof.report.writing.page_parts import chip, function_at, quiet
from clientprof.report.writing.wording import named

_SHOWN_FIRST = 15


def gap_section(result: ComparisonResult) -> Html | None:
    """Two tables per pair: layers with what lies outside them, and the functions that differ; the others behind a click."""
    gaps = [pair.gap for pair in result.pairs if pair.gap is not None]
    if not gaps:
        return None
    text = caption(
        "Candidate minus baseline, µs of CPU per request. Own cost: a function's code with the library and C code it "
        "calls. Grey rows show no difference: chance would explain them, or they are too small to matter."
    )
    return join((text, *(_of_pair(result, gap) for gap in gaps)))


def _of_pair(result: ComparisonResult, gap: Gap) -> Html:
    was, now = (named(result.measured, name) for name in (gap.baseline, gap.candidate))
    rows = [function for layer in gap.layers for function in layer.functions]
    rows.sort(key=lambda row: -abs(row.cost.difference_us.value))
    shown = [row for row in rows if row.cost.significant]
    others = [row for row in rows if not row.cost.significant]
    label = f"{now} against {was}"
    functions: Node = tag("p", "No function differs beyond chance.")
    if shown:
        functions = _functions(f"{label}: functions that differ", was, now, shown[:_SHOWN_FIRST])
    return tag(
        "div",
        tag("h3", label, tag("span", _rests_on(gap), class_="quiet")),
        _layers(f"{label}: gap by layer", was, now, gap),
        tag("h4", f"Functions that differ: {len(shown)} of {gap.functions_tested:,} tested"),
        functions,
        details(
            f"The next {len(shown) - _SHOWN_FIRST} that differ",
            _functions(f"{label}: functions that differ, continued", was, now, shown[_SHOWN_FIRST:]),
        )
        if shown[_SHOWN_FIRST:]
        else None,
        details(f"Not shown to differ: the {len(others)} largest", _functions(f"{label}: others", was, now, others))
        if others
        else None,
        class_="client",
    )


def _rests_on(gap: Gap) -> str:
    processes = (
        f"{gap.runs[0]} and {gap.runs[1]} sampled processes; processes of one arm differ by {percent(gap.spread)}"
    )
    scaled = " and ".join(f"{decimal(factor, 2)}x" for factor in gap.scaled)
    least = f"smallest difference counted {decimal(gap.least_us)} µs"
    return f"{processes}; scaled by {scaled} to the CPU of the control runs; {least}"


def _columns(first: str, was: str, now: str) -> list[Column]:
    return [
        Column(first),
        Column(was, numeric=True, hint="µs"),
        Column(now, numeric=True, hint="µs"),
        Column("Difference", numeric=True, hint="µs, 95 % interval"),
    ]


def _layers(label: str, was: str, now: str, gap: Gap) -> Html:
    columns = [*_columns("Layer", was, now), Column("Share", numeric=True, hint="of the sampled gap"), Column("Change")]
    ordered = sorted(gap.layers, key=lambda row: (not row.cost.significant, -abs(row.cost.difference_us.value)))
    rows: list[list[Node]] = [_layer_row(row) for row in ordered]
    classes: list[str | None] = [None if row.cost.significant else "unshown" for row in ordered]
    total = gap.sampled_us
    rows.append(
        ["sum of layers", None, None, join((signed(total.value), " ", quiet(interval(total)))), percent(1.0), None]
    )
    classes.append("total")
    if gap.control_us is not None and gap.remainder_us is not None:
        remainder = join(("other threads", tag("small", "of the process, never sampled")))
        rows.append([remainder, None, None, signed(gap.remainder_us), None, None])
        control = gap.control_us
        whole = join((signed(control.value), " ", quiet(interval(control))))
        rows.append([join(("without instruments", tag("small", "the control runs"))), None, None, whole, None, None])
        classes += [None, "total"]
    return table(label, columns, rows, "gap", classes)


def _layer_row(row: LayerDifference) -> list[Node]:
    return [chip("layer", row.layer), *_costs(row.cost), percent(row.share_of_gap), change_text(row.cost)]


def _costs(cost: CostDifference) -> list[Node]:
    apart = cost.difference_us
    return [
        decimal(cost.baseline_us),
        decimal(cost.candidate_us),
        join((tag("b", signed(apart.value)), " ", quiet(interval(apart)))),
    ]


def signed(value: float) -> str:
    """The number with its sign, also where it is positive."""
    text = decimal(value)
    return f"+{text}" if value > 0 and text != "0" and not text.startswith("<") else text


def change_text(cost: CostDifference) -> str:
    """The class of a difference in words."""
    return "no difference shown" if cost.change is Change.SAME else str(cost.change)


def _functions(label: str, was: str, now: str, functions: list[FunctionDifference]) -> Html:
    columns = [*_columns("Function", was, now), Column("Layer"), Column("Change")]
    rows: list[list[Node]] = [
        [_name(row), *_costs(row.cost), chip("layer", row.layer), join((change_text(row.cost), _followed(row)))]
        for row in functions
    ]
    classes = [None if row.cost.significant else "unshown" for row in functions]
    return table(label, columns, rows, "functions", classes)


def _name(row: FunctionDifference) -> Html:
    found = row.location
    return function_at(found.function, found.file, found.line, found.module)


def _followed(row: FunctionDifference) -> Html | None:
    if row.followed in (Followed.NAME, Followed.ALONE) or row.baseline is None:
        return None
    return tag("small", f"{row.followed}; was ", tag("code", row.baseline.name))
