"""A trend as SVG: positions side by side, intervals as upright lines, levels as steps, changes as bands."""

import re
from collections.abc import Sequence

from clientprof.model.history import Trend
from clientprof.report.writing.figures import decimal, ratio_places
from clientprof.report.writing.markup import Html, join, tag

_WIDTH, _HEIGHT = 560, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 14, 12, 64
_TICKS = 5
_LABELS_AT_MOST = 24
_LONGEST = 12
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)


def trend_chart(title: str, values: Sequence[float | None], trend: Trend, *, layer: bool = False) -> Html:
    """``values`` stand one at each point of the trend, None where it was not measured; of a ``layer`` in microseconds,
    without intervals."""
    scale = _Scale(trend, values, layer)
    marks = [
        _grid(scale),
        *(_band(trend, change.earliest, change.latest, change.after, scale) for change in trend.changes),
    ]
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    points = " ".join(f"{scale.x(place)},{scale.y(value)}" for place, value in known)
    marks.append(tag("polyline", class_="line", points=points))
    for place, value in known:
        cost = trend.points[place].value
        if not layer and cost.low is not None and cost.high is not None:
            ends = {"x1": scale.x(place), "x2": scale.x(place), "y1": scale.y(cost.low), "y2": scale.y(cost.high)}
            marks.append(tag("line", class_="reach", attributes=ends))
        marks.append(tag("circle", class_="dot", r=3, attributes={"cx": scale.x(place), "cy": scale.y(value)}))
    marks.append(_labels(trend, scale))
    picture = tag(
        "svg", *marks, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=f"{title}; the table below has it",
        style="--c:var(--client-0)",
    )  # fmt: skip
    return tag("figure", tag("figcaption", title), picture, class_="chart")


class _Scale:
    """Places to pixels across, costs from 0 to pixels up."""

    def __init__(self, trend: Trend, values: Sequence[float | None], layer: bool) -> None:
        ends = [0.0 if layer else (point.value.high or 0.0) for point in trend.points]
        self.most = max([*(value for value in values if value is not None), *ends]) or 1.0
        self.places = len(values)
        self.ratios = trend.unit == "x" and not layer

    def x(self, place: float) -> float:
        room = (_WIDTH - _LEFT - _RIGHT) / self.places
        return round(_LEFT + room * (place + 0.5), 1)

    def y(self, value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * min(1.0, max(0.0, value / self.most)), 1)

    def ticks(self) -> list[float]:
        """Round steps from 0."""
        step = 10.0**-6
        while self.most / step > _TICKS:
            step *= 2.5 if f"{step:.0e}"[0] == "2" else 2
        return [step * number for number in range(int(self.most / step) + 1)]

    def text(self, value: float) -> str:
        if self.ratios:
            return f"{decimal(value, ratio_places(self.most))}x"
        return decimal(value, 0 if self.most >= 10 else 2)


def _grid(scale: _Scale) -> Html:
    rows = []
    for value in scale.ticks():
        y = scale.y(value)
        rows.append(tag("line", class_="grid", x1=_LEFT, x2=_WIDTH - _RIGHT, attributes={"y1": y, "y2": y}))
        rows.append(tag("text", scale.text(value), x=_LEFT - 6, text_anchor="end", attributes={"y": y + 4}))
    return join(rows)


def _labels(trend: Trend, scale: _Scale) -> Html:
    """Names of the positions, slanted; where they are many, not all."""
    every = -(-len(trend.points) // _LABELS_AT_MOST)
    y = _HEIGHT - _BOTTOM + 14
    return join(
        tag(
            "text", _short(point.label), text_anchor="end",
            attributes={"x": scale.x(place) + 4, "y": y, "transform": f"rotate(-40 {scale.x(place) + 4} {y})"},
        )
        for place, point in enumerate(trend.points)
        if place % every == 0
    )  # fmt: skip


def _short(label: str) -> str:
    """As much of a name as fits below the chart; of a time, day and minute. The table has it whole."""
    if _TIME.fullmatch(label):
        return label[5:16].replace("T", " ")
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}\u2026"


def _band(trend: Trend, earliest: str, latest: str, after: str, scale: _Scale) -> Html:
    """Where the change may be: from before the earliest first position of the new level to the latest one."""
    places = {point.label: place for place, point in enumerate(trend.points)}
    left, right = scale.x(places[earliest] - 0.7), scale.x(places[latest] - 0.3)
    edge = scale.x(places[after] - 0.5)
    band = tag(
        "rect", class_="change", y=_TOP, height=_HEIGHT - _BOTTOM - _TOP, attributes={"x": left, "width": right - left}
    )
    return join((band, tag("line", class_="edge", y1=_TOP, y2=_HEIGHT - _BOTTOM, attributes={"x1": edge, "x2": edge})))
