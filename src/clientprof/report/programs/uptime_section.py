"""Costs and counts over the program's age: a small line chart each, with the slope where one could be fitted."""

from clientprof.model.estimate import shown_unit
from clientprof.model.programs.results import ProgramResult, UptimeSeries
from clientprof.report.programs.program_wording import slope_text
from clientprof.report.writing.figures import count, duration
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, table, tag

_WIDTH, _HEIGHT = 340, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 10, 22
_SHOWN_ROWS = 60
_GROWS = 0.3
_SHORTEST_S = 1.0


def uptime_section(result: ProgramResult) -> Html | None:
    """The charts, and the same as a table."""
    series = [row for row in result.uptime if worth_showing(row)]
    if not series:
        return None
    text = caption(
        "Time since the program began runs to the right; every axis starts at 0. A change may come from the load as well "
        "as from the program's age. Where growth with age could be fitted, it is given below the picture."
    )
    charts = tag("div", *(_chart(row) for row in series), class_="charts small")
    tables = join(_table(row) for row in series)
    return join((text, charts, details("The same as tables", tables)))


def worth_showing(series: UptimeSeries) -> bool:
    """Whether it spans some time."""
    return len(series.at_s) > 1 and series.at_s[-1] - series.at_s[0] >= _SHORTEST_S


def unit_beside(series: UptimeSeries) -> str:
    """The unit, where the name does not say it already."""
    return "" if series.name.endswith(series.unit) else shown_unit(series.unit)


def grows(series: UptimeSeries) -> bool:
    """Whether its slope lies above the threshold of growth with its whole interval."""
    return series.slope is not None and series.slope.excludes(-1e9, _GROWS) and series.slope.value > _GROWS


def _chart(row: UptimeSeries) -> Html:
    top = max(row.values) or 1.0
    first, last = row.at_s[0], row.at_s[-1]
    across = (_WIDTH - _LEFT - _RIGHT) / ((last - first) or 1.0)
    up = (_HEIGHT - _TOP - _BOTTOM) / top
    bottom = _HEIGHT - _BOTTOM
    points = " ".join(
        f"{_LEFT + (at - first) * across:.1f},{bottom - max(0.0, value) * up:.1f}"
        for at, value in zip(row.at_s, row.values, strict=True)
    )
    marks = [
        tag("line", class_="grid", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=bottom, y2=bottom),
        tag("line", class_="grid", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=_TOP, y2=_TOP),
        tag("text", count(top), x=_LEFT - 6, y=_TOP + 4, text_anchor="end"),
        tag("text", "0", x=_LEFT - 6, y=bottom + 4, text_anchor="end"),
        tag("text", duration(first), x=_LEFT, y=_HEIGHT - 6),
        tag("text", duration(last), x=_WIDTH - _RIGHT, y=_HEIGHT - 6, text_anchor="end"),
        tag("polyline", class_="line", points=points, style="--c:var(--client-0)"),
    ]
    ends = f"from {count(row.values[0])} to {count(row.values[-1])}"
    label = f"{row.name}, {shown_unit(row.unit)}: {ends}; the table below has it"
    picture = tag("svg", *marks, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=label)
    law = slope_text(row)
    said = tag("b", law) if law and grows(row) else law
    title = tag("figcaption", row.name, tag("small", unit_beside(row), class_="quiet") if unit_beside(row) else None)
    return tag("figure", title, picture, tag("p", said, class_="quiet") if law else None, class_="chart")


def _table(row: UptimeSeries) -> Html:
    """At most so many rows, evenly chosen, the last among them."""
    pairs = list(zip(row.at_s, row.values, strict=True))
    step = max(1, -(-len(pairs) // _SHOWN_ROWS))
    chosen = [*pairs[:-1:step], pairs[-1]]
    rows: list[list[Node]] = [[duration(at), count(value)] for at, value in chosen]
    columns = [Column("Uptime"), Column(row.name, True, unit_beside(row))]
    return table(f"{row.name} over the program's age", columns, rows)
