"""The views of a sweep: how each client's cost grows, the scaling suspects, every layer and function over n."""

from collections.abc import Iterable

from clientprof.model.growth.series import FEWEST_N, GrowthPoint, GrowthResult, Series
from clientprof.model.layers import Layer
from clientprof.report.growth.growth_chart import growth_chart
from clientprof.report.growth.growth_wording import (
    crossing_sentence,
    growth_sentence,
    retention_sentence,
    slope_text,
    suspects_sentence,
    unfinished_sentences,
    versioned,
)
from clientprof.report.writing.figures import ABSENT, decimal, interval
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, prose, table, tag
from clientprof.report.writing.page_parts import chip, function_at, quiet

_CHARTED_LAYERS = 6


def growth_answer_section(result: GrowthResult) -> Html:
    """The answer in words, charts of cost and latency, and the same as a table."""
    support = [*unfinished_sentences(result), *(growth_sentence(result, series) for series in result.totals)]
    support += [retention_sentence(result, row) for row in result.retentions]
    support += [crossing_sentence(crossing) for crossing in result.crossings]
    charts = (
        growth_chart("CPU per request", "µs of CPU per request", result.totals, _colours(result, result.totals)),
        growth_chart("Latency, median", "ms", result.latencies, _colours(result, result.latencies)),
    )
    return join(
        (
            tag("p", prose(suspects_sentence(result)), class_="answer"),
            join(tag("p", text, class_="support") for text in support),
            tag("div", *charts, class_="charts"),
            _over_n("CPU per request, µs", result, result.totals),
            _over_n("Latency p50, ms", result, result.latencies),
            None if result.complete else tag("p", "The sweep was cut short; this is what was measured.", class_="note"),
        )
    )


def growth_suspects_section(result: GrowthResult) -> Html | None:
    """What grows with n, whoever wrote it."""
    if len(result.n) < FEWEST_N or not result.layers:
        return None
    least = "; ".join(f"{versioned(result, name)} {decimal(us)} µs" for name, us in result.material_us.items())
    text = caption(
        "Cost per request should not depend on n. It grows as n to the power of its slope: 0, it stays the same; 1, twice "
        "the requests make each cost twice as much. Listed: slope above 0.3, its interval above 0.1, a cost at the "
        f"largest n of at least 1 µs and 2 % of the client's ({least})."
    )
    if not result.suspects:
        return join((text, tag("p", "None.")))
    return join((text, _suspects("Layers", result, True), _suspects("Functions", result, False)))


def _suspects(title: str, result: GrowthResult, layers: bool) -> Html | None:
    rows = [row for row in result.suspects if (row.location is None) == layers]
    rows.sort(key=lambda row: -row.points[-1].cost.value)
    return join((tag("h3", title), _series_table(f"Scaling suspects: {title}", result, rows))) if rows else None


def growth_costs_section(result: GrowthResult) -> Html | None:
    """A chart per costly layer, and tables of all layers and functions of each client."""
    if not result.layers:
        return None
    by_layer = {layer: [row for row in result.layers if row.layer is layer] for layer in Layer}
    costly = sorted(
        (rows for rows in by_layer.values() if rows), key=lambda rows: -max(row.points[-1].cost.value for row in rows)
    )
    charts = [
        growth_chart(f"Layer {rows[0].layer}", "µs of CPU per request", rows, _colours(result, rows))
        for rows in costly[:_CHARTED_LAYERS]
    ]
    tables: list[Node] = []
    for client in result.clients:
        for title, rows in (("layers", result.layers), ("functions", result.functions)):
            mine = [row for row in rows if row.client == client]
            if mine:
                label = f"{versioned(result, client)}: {title} over n"
                tables.append(details(label, _series_table(label, result, mine)))
    text = caption("Bars are 95 % intervals, process to process variation included; both axes are logarithmic.")
    return join((text, tag("div", *charts, class_="charts"), *tables))


def _colours(result: GrowthResult, series: Iterable[Series]) -> list[int]:
    return [result.clients.index(row.client) for row in series]


def _over_n(title: str, result: GrowthResult, series: Iterable[Series]) -> Html:
    columns = [Column("n", numeric=True)]
    rows = list(series)
    columns += [Column(versioned(result, row.client), numeric=True) for row in rows]
    points = [{point.n: point for point in row.points} for row in rows]
    body: list[list[Node]] = [[str(n), *(_cell(found.get(n)) for found in points)] for n in result.n]
    body.append(["slope", *(slope_text(row.slope) for row in rows)])
    return join((tag("h3", title), table(title, columns, body, "headline over-n")))


def _cell(point: GrowthPoint | None) -> Node:
    if point is None:
        return ABSENT
    return join((decimal(point.cost.value), " ", quiet(interval(point.cost))))


def _series_table(label: str, result: GrowthResult, series: list[Series]) -> Html:
    columns = [
        Column("Cost"),
        Column("Layer"),
        Column("Client"),
        Column("Slope", numeric=True, hint="power of n, 95 %"),
    ]
    columns += [Column(f"n = {n}", numeric=True, hint="µs") for n in result.n]
    rows: list[list[Node]] = []
    for row in series:
        points = {point.n: point for point in row.points}
        layer = chip("layer", row.layer) if row.layer else None
        values = [decimal(points[n].cost.value) if n in points else ABSENT for n in result.n]
        rows.append([_title(row), layer, versioned(result, row.client), slope_text(row.slope), *values])
    return table(label, columns, rows, "functions", [None if row.suspect else "unshown" for row in series])


def _title(row: Series) -> Html:
    if row.location is None:
        return join((row.title,))
    found = row.location
    return function_at(found.function, found.file, found.line, found.module)
