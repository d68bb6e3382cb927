"""The picture of a finding: CPU per request by layer, a bar per client, as SVG and as pixels from one layout."""

from dataclasses import dataclass

from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.results import TraceResult
from clientprof.report.writing.figures import decimal
from clientprof.report.writing.markup import join, tag
from clientprof.report.writing.palette import LAYER_COLOUR
from clientprof.report.writing.wording import named

WIDTH = 720
_LEFT, _RIGHT, _TOP, _ROW, _BAR = 190, 90, 44, 22, 14
_LAYERS_AT_MOST = 10
PAPER, INK, QUIET = "#ffffff", "#101418", "#9aa6ae"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its words; ``colour`` is ``#rrggbb``, pixels count from the upper left."""

    y: int
    width: int
    colour: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Title and bars, laid out for a picture of ``WIDTH`` by ``height`` pixels."""

    title: str
    bars: tuple[Bar, ...]
    height: int

    @property
    def left(self) -> int:
        return _LEFT


def chart_of(finding: Finding, result: TraceResult) -> Chart | None:
    """The layers of the client asked about and of the baseline, the finding's layer in colour; None without layers."""
    clients = [client for client in result.clients[:2] if client.layers]
    if not clients:
        return None
    cost = {
        client.name: {row.layer: row.cpu_us_per_request.value for row in client.layers} for client in clients
    }  # fmt: skip
    order = sorted(cost[clients[0].name], key=lambda layer: -cost[clients[0].name][layer])
    shown: list[Layer] = order[:_LAYERS_AT_MOST]
    most = max((value for costs in cost.values() for value in costs.values()), default=0.0) or 1.0
    bars: list[Bar] = []
    y = _TOP
    for layer in shown:
        for client in clients:
            value = cost[client.name].get(layer, 0.0)
            colour = LAYER_COLOUR[layer] if layer is finding.layer and client is clients[0] else QUIET
            width = max(1, round((WIDTH - _LEFT - _RIGHT) * max(value, 0.0) / most))
            bars.append(Bar(y, width, colour, f"{layer}, {client.name[:16]}", f"{decimal(value, 0)} µs"))
            y += _ROW - 4
        y += 8
    title = "CPU per request by layer: " + " and ".join(named(result, client.name) for client in clients)
    return Chart(title, tuple(bars), y + 8)


def to_svg(chart: Chart) -> str:
    """A picture that stands alone, with a title for readers who do not see it."""
    marks = [
        tag("title", chart.title),
        tag("rect", width=WIDTH, height=chart.height, fill=PAPER),
        tag("text", chart.title, x=12, y=24, fill=INK, font_weight="bold"),
    ]
    for bar in chart.bars:
        base = bar.y + _BAR - 3
        marks += [
            tag("text", bar.label, x=_LEFT - 8, y=base, fill=INK, text_anchor="end"),
            tag("rect", x=_LEFT, y=bar.y, width=bar.width, height=_BAR, fill=bar.colour),
            tag("text", bar.value.replace("\u00a0", " "), x=_LEFT + bar.width + 6, y=base, fill=INK),
        ]
    picture = tag(
        "svg", join(marks), xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {chart.height}", width=WIDTH,
        height=chart.height, role="img", font_family="system-ui, sans-serif", font_size="12",
    )  # fmt: skip
    return f"{picture.replace(' viewbox=', ' viewBox=')}\n"
