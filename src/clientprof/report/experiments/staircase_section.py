"""The staircase: from the client as it is, one suspect after the other taken away, to the baseline and the floor."""

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Explanation
from clientprof.report.experiments.stair_rows import Stair, StairRow, stair_rows
from clientprof.report.experiments.staircase_chart import staircase_chart
from clientprof.report.writing.figures import ABSENT, decimal, interval, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import chip, quiet


def staircase_section(explanation: Explanation) -> Html | None:
    """Picture and table of the steps; None where no staircase was measured."""
    rows = stair_rows(explanation)
    if not rows or explanation.staircase is None:
        return None
    text = caption(
        "CPU per request. Each step removes one more suspect and begins where the one above ends; the whisker is the "
        "95 % interval of its gain. Suspects interact: what one saves depends on those removed before it."
    )
    return join((text, staircase_chart(rows), _legend(rows), _table(explanation, rows)))


def _legend(rows: list[StairRow]) -> Html | None:
    layers = list(dict.fromkeys(row.layer for row in rows if row.layer is not None))
    chips: list[Node] = [chip("layer", layer) for layer in layers]
    if any(row.bounded for row in rows):
        swatch = tag("i", class_="swatch hatched", aria_hidden="true")
        chips.append(tag("span", swatch, "hatched: an upper bound, behaviour differs", class_="chip"))
    return tag("div", *chips, class_="legend") if chips else None


def _table(explanation: Explanation, rows: list[StairRow]) -> Html:
    stairs = explanation.staircase
    whole = "of the gap" if stairs is not None and stairs.baseline_us is not None else "of the client's CPU"
    columns = [
        Column("Step"),
        Column("CPU after it", numeric=True, hint="µs per request"),
        Column("Gain", numeric=True, hint="µs, against the step above"),
        Column("Share", numeric=True, hint=whole),
        Column("Alone", numeric=True, hint="µs gained, all else as it is"),
        Column("Left out", numeric=True, hint="µs lost, all else removed"),
    ]
    body = [_cells(row) for row in rows]
    kinds = [None if row.kind is Stair.STEP else "total" for row in rows]
    return table("Staircase", columns, body, "stairs", kinds)


def _cells(row: StairRow) -> list[Node]:
    step = row.kind is Stair.STEP
    name = join((tag("code", row.label), tag("small", f"layer {row.layer}"))) if step else row.label
    bound = "at least " if row.kind is Stair.UNEXPLAINED else "at most "
    share = "" if row.gain_us is None else percent(row.share)
    return [
        name,
        "" if row.cost_us is None else figure(row.cost_us),
        "" if row.gain_us is None else figure(row.gain_us, bound if row.bounded else ""),
        f"{bound}{share}" if row.bounded and share else share,
        figure(row.alone_us, "at most " if row.bounded else "") if step else "",
        figure(row.left_out_us, "at most " if row.bounded else "") if step else "",
    ]


def figure(value: Estimate | None, bound: str = "") -> Node:
    """``at most 310.2 [290.1, 330.4]``; the dash where it was not measured."""
    if value is None:
        return ABSENT
    return join((f"{bound}{decimal(value.value)} ", quiet(interval(value))))
