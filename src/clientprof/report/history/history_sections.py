"""The views of a history: changes in words, a trend per client with its layers, machines, method."""

from clientprof.model.history import HistoryResult, Trend, TrendPoint
from clientprof.report.history.history_wording import answer_sentence, change_sentence, few_sentence, unit_sentence
from clientprof.report.history.trend_chart import trend_chart
from clientprof.report.writing.figures import ABSENT, decimal, interval, plural, ratio_places
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, note, table, tag
from clientprof.report.writing.page_parts import quiet

_CHARTED_LAYERS = 4
_METHOD = (
    "A trend is of one client under one load, with one Python, on one machine. Machines are told apart by their "
    "system, processor, cores and governor, or by the name that `history add --machine` gave them; no figure compares two.",
    "A change of level: of all places where a trend could be split, the best one is tested against random orders of the "
    "same recordings; what is left on both sides is tested again. The rate of false changes holds for all trends of the "
    "page together. The interval of the place comes from drawing the residuals again, that of the size from Welch's t on "
    "logarithms.",
    "The test takes recordings of one level to be exchangeable. Releases that were measured one after the other on a "
    "machine that slowed down meanwhile are not: measure them in turns, and against a baseline of another package.",
    "Layers tell where a change lies. They are not tested: with so many of them some would change by chance.",
)


def history_answer_section(result: HistoryResult) -> Html:
    """How many changes, and each of them."""
    changes = [tag("li", change_sentence(trend, change)) for trend in result.trends for change in trend.changes]
    alone = plural(result.single, "client") + " with one position only: no trend." if result.single else None
    return join(
        (
            tag("p", answer_sentence(result), class_="answer"),
            tag("ul", *changes) if changes else None,
            None if alone is None else note(alone),
        )
    )


def history_trends_section(result: HistoryResult) -> Html | None:
    """Each trend: a chart, charts of its costliest layers, and all figures."""
    return join(_trend(trend) for trend in result.trends) if result.trends else None


def _trend(trend: Trend) -> Html:
    name = f"{trend.client} on {trend.machine}"
    layers = _layers(trend)
    charts = [trend_chart("CPU per request", [point.value.value for point in trend.points], trend)]
    charts += [
        trend_chart(f"Layer {layer}, µs", [_layer_of(point, layer) for point in trend.points], trend, layer=True)
        for layer in layers[:_CHARTED_LAYERS]
    ]
    few = few_sentence(trend)
    return tag(
        "div",
        tag("h3", name),
        tag("p", ", ".join(trend.same), class_="quiet"),
        caption(f"{unit_sentence(trend)} Upright lines: 95 %. A band: where the level changed, 95 %."),
        None if few is None else note(few),
        tag("div", *charts, class_="charts"),
        details(f"{name}: all figures", _table(name, trend, layers)),
        class_="client",
    )


def _layer_of(point: TrendPoint, layer: str) -> float | None:
    """The layer's cost, 0 where others were seen there and it was not; None where nothing was sampled."""
    return point.layers_us.get(layer, 0.0) if point.layers_us else None


def _layers(trend: Trend) -> list[str]:
    """The trend's layers, the costliest first."""
    names = {name for point in trend.points for name in point.layers_us}
    return sorted(names, key=lambda name: -max(point.layers_us.get(name, 0.0) for point in trend.points))


def _table(name: str, trend: Trend, layers: list[str]) -> Html:
    columns = [Column("Position"), Column("Recordings", numeric=True)]
    columns.append(Column("CPU per request", numeric=True, hint="µs" if trend.unit == "us" else f"x {trend.against}"))
    columns += [Column(layer, numeric=True, hint="µs") for layer in layers]
    begins = {change.after for change in trend.changes}
    rows: list[list[Node]] = []
    for point in trend.points:
        places = ratio_places(point.value.value) if trend.unit == "x" else 1
        cost = join((decimal(point.value.value, places), " ", quiet(interval(point.value, places))))
        label: Node = join((point.label, tag("small", " new level"))) if point.label in begins else point.label
        figures = [decimal(point.layers_us[layer]) if layer in point.layers_us else ABSENT for layer in layers]
        rows.append([label, str(point.recordings), cost, *figures])
    return table(f"{name}: costs by position", columns, rows, "functions")


def history_machines_section(result: HistoryResult) -> Html:
    """What was measured where."""
    rows = [[machine.name, str(machine.recordings), machine.about] for machine in result.machines]
    return table("Machines", [Column("Machine"), Column("Recordings", numeric=True), Column("What it is")], rows)


def history_method_section(result: HistoryResult) -> Html:
    """How changes are found, and what they rest on."""
    return join(tag("p", text) for text in _METHOD)
