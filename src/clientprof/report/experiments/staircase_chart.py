"""The staircase as SVG: a row per step, each bar beginning where the one above ends, intervals as whiskers.

Places across are percentages and type has a fixed size, so that the picture fits any width and stays readable on a phone.
"""

import math
from collections.abc import Sequence

from clientprof.report.experiments.explanation_wording import gain_text
from clientprof.report.experiments.stair_rows import Stair, StairRow
from clientprof.report.writing.figures import decimal, interval
from clientprof.report.writing.markup import Attributes, Html, Node, join, tag

_ROW_PX, _BAR_PX, _LABEL_PX, _FOOT_PX = 46, 16, 15, 24
_TICKS_AT_MOST = 6
_NAME_AT_MOST = 28
_HATCH = "staircase-hatch"


def staircase_chart(rows: Sequence[StairRow]) -> Html | None:
    """The picture; None where nothing has a positive cost."""
    ends = [end for row in rows for end in (row.top_us, row.level_us, *(row.reach or ()))]
    # Room for the label of a whisker that goes beyond; a wild interval is cut rather than pressing the bars together.
    most = max((max(row.top_us, row.level_us) for row in rows), default=0.0)
    if not math.isfinite(most) or most <= 0:
        return None
    full = min(max(end for end in ends if math.isfinite(end)), 1.4 * most)
    height = len(rows) * _ROW_PX + _FOOT_PX
    marks: list[Node] = [_hatch(), _grid(full, height)]
    marks += [_fall(row, number * _ROW_PX, full) for number, row in enumerate(rows[:-1]) if _falls_to(rows[number + 1])]
    marks += [_row(row, number * _ROW_PX, full) for number, row in enumerate(rows)]
    label = "Staircase of CPU per request; the table below has the same figures"
    return tag("svg", *marks, width="100%", height=height, role="img", aria_label=label, class_="staircase")


def _across(us: float, full: float) -> str:
    return f"{100 * min(1.0, max(0.0, us / full)):.2f}%"


def _hatch() -> Html:
    line = tag("path", d="M0 0V7", class_="hatch-line")
    size: Attributes = {"patternUnits": "userSpaceOnUse", "width": 7, "height": 7, "patternTransform": "rotate(45)"}
    return tag("defs", tag("pattern", line, id=_HATCH, attributes=size))


def _grid(full: float, height: int) -> Html:
    step = _tick(full)
    ticks = [step * number for number in range(int(full / step) + 1)]
    bottom = height - _FOOT_PX
    lines = [
        tag("line", class_="grid", x1=_across(tick, full), x2=_across(tick, full), y1=0, y2=bottom) for tick in ticks
    ]
    texts = [
        tag(
            "text", decimal(tick, 0 if step >= 1 else 2), x=_across(tick, full), y=height - 8,
            text_anchor="start" if number == 0 else "end" if tick > 0.94 * full else "middle",
        )
        for number, tick in enumerate(ticks)
    ]  # fmt: skip
    return join((*lines, *texts))


def _tick(full: float) -> float:
    """The distance of the grid's lines: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(full / _TICKS_AT_MOST))
    return next(power * step for step in (1, 2, 5, 10) if full / (power * step) <= _TICKS_AT_MOST)


def _row(row: StairRow, top: int, full: float) -> Html:
    low, high = sorted((row.top_us, row.level_us))
    place: Attributes = {"x": _across(low, full), "y": top + _LABEL_PX + 4, "height": _BAR_PX}
    wide = f"{100 * (min(high, full) - max(0.0, low)) / full:.2f}%" if high > max(0.0, low) else "0%"
    colour = f"--c:var(--layer-{row.layer})" if row.layer is not None else None
    loss = row.kind is Stair.STEP and row.level_us > row.top_us
    pieces: list[Node] = [
        tag("rect", class_=f"stair {row.kind}{' loss' if loss else ''}", style=colour, width=wide, attributes=place)
    ]
    if row.bounded and row.kind is Stair.STEP:
        pieces.append(tag("rect", width=wide, style=f"fill:url(#{_HATCH})", attributes=place))
    pieces.append(_whisker(row, top + _LABEL_PX + 4 + _BAR_PX // 2, full))
    name = row.label if len(row.label) <= _NAME_AT_MOST else f"{row.label[: _NAME_AT_MOST - 1]}\u2026"
    pieces.append(tag("text", name, class_="name", x=0, y=top + _LABEL_PX))
    pieces.append(tag("text", _figure(row), x="100%", y=top + _LABEL_PX, text_anchor="end"))
    return tag("g", join(pieces))


def _whisker(row: StairRow, middle: int, full: float) -> Html | None:
    if row.reach is None or not all(math.isfinite(end) for end in row.reach):
        return None
    ends = [_across(end, full) for end in row.reach]
    uprights = [tag("line", x1=end, x2=end, y1=middle - 4, y2=middle + 4) for end in ends]
    lines = join((tag("line", x1=ends[0], x2=ends[1], y1=middle, y2=middle), *uprights))
    return join((tag("g", lines, class_="whisker halo"), tag("g", lines, class_="whisker")))


def _falls_to(below: StairRow) -> bool:
    return below.kind in (Stair.STEP, Stair.UNEXPLAINED)


def _fall(row: StairRow, top: int, full: float) -> Html:
    """The dotted line from a level down to the bar that begins there."""
    x = _across(row.level_us, full)
    y = top + _LABEL_PX + 4 + _BAR_PX
    return tag("line", class_="fall", x1=x, x2=x, y1=y, y2=y + _ROW_PX - _BAR_PX)


def _figure(row: StairRow) -> str:
    if row.gain_us is None:
        if row.cost_us is None:
            return ""
        bracket = interval(row.cost_us, 0)
        return f"{decimal(row.cost_us.value, 0)}\u00a0µs{' ' if bracket else ''}{bracket}"
    bound = "at least" if row.kind is Stair.UNEXPLAINED else "at most"
    return gain_text(row.gain_us, row.bounded, bound=bound)
