"""A chart of costs against n as SVG: both axes logarithmic, intervals as upright lines, names at the ends of the lines."""

import math
from collections.abc import Sequence
from itertools import pairwise

from clientprof.model.growth.series import Series
from clientprof.report.writing.figures import decimal
from clientprof.report.writing.markup import Html, join, tag
from clientprof.report.writing.palette import CLIENT_COLOURS

_WIDTH, _HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 118, 12, 40
_STEPS = (1, 2, 5)
_LINE_PX = 16
_TICKS_AT_MOST = 7
_NAME_AT_MOST = 14
_LABEL_PX = 26


def growth_chart(
    title: str, unit: str, series: Sequence[Series], colours: Sequence[int], across: str = "requests at once"
) -> Html | None:
    """One line per series; ``colours`` are the numbers of their clients, ``across`` says what n is.

    None where nothing has a positive cost.
    """
    lines = [
        (row, colour) for row, colour in zip(series, colours, strict=True) if any(p.cost.value > 0 for p in row.points)
    ]
    if not lines:
        return None
    points = [point for row, _ in lines for point in row.points if point.cost.value > 0]
    along = _Axis([float(point.n) for point in points], _LEFT, _WIDTH - _RIGHT)
    ends = [
        value
        for point in points
        for value in (point.cost.low, point.cost.value, point.cost.high)
        if value and value > 0
    ]
    up = _Axis(ends, _HEIGHT - _BOTTOM, _TOP)
    measured = sorted({point.n for point in points})
    apart = min((right - left for left, right in pairwise(map(along, measured))), default=_LABEL_PX)
    # Those of a sweep lie apart; where their numbers would cover one another, round ones stand there.
    ticks = measured if apart >= _LABEL_PX else [round(value) for value in along.ticks()]
    marks = [_grid(along, up, ticks, f"{across}; {unit}")]
    marks += [_line(row, colour, along, up) for row, colour in lines]
    marks.append(_names(lines, along, up))
    picture = tag(
        "svg", *marks, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=f"{title}; the table below has it"
    )
    return tag("figure", tag("figcaption", title), picture, class_="chart")


class _Axis:
    """A logarithmic scale from values to pixels."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = min(values), max(values)
        if high / low < 2:
            low, high = low / 1.5, high * 1.5
        self.low, self.high, self._start, self._end = low, high, start, end

    def __call__(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return round(self._start + (self._end - self._start) * min(1.0, max(0.0, share)), 1)

    def ticks(self) -> list[float]:
        """Round numbers inside the range, thinned until they fit."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for steps in (_STEPS, (1, 5), (1,)):
            found = [step * 10.0**power for power in range(first, last + 1) for step in steps]
            inside = [value for value in found if self.low <= value <= self.high]
            if len(inside) <= _TICKS_AT_MOST:
                break
        return inside


def _grid(across: _Axis, up: _Axis, ticks: Sequence[int], axes: str) -> Html:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    rows = [
        join(
            (
                tag("line", class_="grid", x1=_LEFT, x2=right, attributes={"y1": up(value), "y2": up(value)}),
                tag(
                    "text",
                    decimal(value, 0 if value >= 1 else 2),
                    x=_LEFT - 6,
                    text_anchor="end",
                    attributes={"y": up(value) + 4},
                ),
            )
        )
        for value in up.ticks()
    ]
    columns = [tag("text", str(n), text_anchor="middle", y=bottom + 16, attributes={"x": across(n)}) for n in ticks]
    axis = tag("text", axes, x=_LEFT, y=_HEIGHT - 6)
    return join((*rows, tag("line", class_="grid", x1=_LEFT, x2=right, y1=bottom, y2=bottom), *columns, axis))


def _line(series: Series, colour: int, across: _Axis, up: _Axis) -> Html:
    seen = [point for point in series.points if point.cost.value > 0]
    path = " ".join(f"{across(point.n)},{up(point.cost.value)}" for point in seen)
    marks = [tag("polyline", class_="line", points=path)]
    for point in seen:
        x, cost = across(point.n), point.cost
        if cost.low is not None and cost.high is not None:
            low = max(cost.low, up.low)
            marks.append(tag("line", class_="reach", attributes={"x1": x, "x2": x, "y1": up(low), "y2": up(cost.high)}))
        marks.append(tag("circle", class_="dot", r=3, attributes={"cx": x, "cy": up(cost.value)}))
    return tag("g", *marks, style=f"--c:var(--client-{colour % len(CLIENT_COLOURS)})")


def _names(lines: Sequence[tuple[Series, int]], across: _Axis, up: _Axis) -> Html:
    """Each client's name at the end of its line, moved down where it would cover the one above."""
    ends = []
    for row, colour in lines:
        last = [point for point in row.points if point.cost.value > 0][-1]
        ends.append((up(last.cost.value), across(last.n), row.client, colour))
    ends.sort()
    placed: list[Html] = []
    free = 0.0
    for y, x, name, colour in ends:
        at = max(y, free)
        free = at + _LINE_PX
        swatch = tag("rect", width=8, height=8, rx=2, style=f"fill:var(--client-{colour % len(CLIENT_COLOURS)})",
                     attributes={"x": x + 8, "y": at - 4})  # fmt: skip
        placed += [swatch, tag("text", _short(name), class_="name", attributes={"x": x + 20, "y": at + 4})]
    return join(placed)


def _short(name: str) -> str:
    """As much of a name as fits beside the chart; the table has it whole."""
    return name if len(name) <= _NAME_AT_MOST else f"{name[: _NAME_AT_MOST - 1]}\u2026"
