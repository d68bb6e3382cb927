"""Layers side by side: what each layer costs every client, and where the gap between them comes from."""

from clientprof.model.layers import LAYER_MEANING, Layer
from clientprof.model.results import ClientResult, Comparison, LayerCost, TraceResult
from clientprof.report.writing.figures import ABSENT, decimal, interval, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, table, tag
from clientprof.report.writing.page_parts import bar, chip, quiet
from clientprof.report.writing.wording import client_name, layer_sum, layers_by_cost, named


def layers_section(result: TraceResult) -> Html | None:
    """A table with a bar in each cell, all on one scale, the gap beside it; what ran inside each layer below."""
    clients = [client for client in result.clients if client.layers]
    if not clients:
        return None
    return join(
        (
            caption(
                "CPU per request by the layer that caused it, all bars on one scale. "
                "A thin strip under a bar shows which other code ran on the layer's behalf. The last rows set the sum "
                "of the layers (sampled) beside the headline (control), which comes from other processes."
            ),
            _side_by_side(result, clients),
            details("The strips as numbers: which code ran inside each layer", *map(_work_table, clients)),
        )
    )


def _order(clients: list[ClientResult]) -> list[Layer]:
    order = [row.layer for row in layers_by_cost(clients[0])]
    order += [row.layer for client in clients[1:] for row in layers_by_cost(client) if row.layer not in order]
    return list(dict.fromkeys(order))


def _side_by_side(result: TraceResult, clients: list[ClientResult]) -> Html:
    costs = [{row.layer: row for row in client.layers} for client in clients]
    full = max(row.cpu_us_per_request.value for rows in costs for row in rows.values())
    columns = [
        Column("Layer"),
        *(Column(client_name(client), hint="µs per request", class_="wide") for client in clients),
    ]
    columns += [_gap_column(result, comparison) for comparison in result.comparisons if comparison.gap]
    rows: list[list[Node]] = []
    for layer in _order(clients):
        cells: list[Node] = [tag("span", chip("layer", layer), title=LAYER_MEANING[layer])]
        cells += [_cost_cell(found.get(layer), full) for found in costs]
        cells += [_gap_cell(comparison, layer) for comparison in result.comparisons if comparison.gap]
        rows.append(cells)
    gaps: list[Node] = [None for comparison in result.comparisons if comparison.gap]
    if any(client.other_threads_us for client in clients):
        title = join(("other threads", tag("small", "of the process, never sampled")))
        rows.append([title, *map(_others_cell, clients), *gaps])
    rows += _sums(clients, sum(1 for comparison in result.comparisons if comparison.gap))
    return table("CPU per request by layer", columns, rows, "bars")


def _sums(clients: list[ClientResult], gaps: int) -> list[list[Node]]:
    """The layers together, and the headline beside them: two processes, so they never agree to the last digit."""
    sums = [layer_sum(client) for client in clients]
    apart = [tag("span", tag("b", each.layers), quiet(each.apart), class_="figure") for each in sums]
    title = join(("sum of layers", tag("small", "against control")))
    blank: list[Node] = [None] * gaps
    return [[title, *apart, *blank], ["control", *(each.control for each in sums), *blank]]


def _others_cell(client: ClientResult) -> Html:
    spent_us = client.other_threads_us
    if not spent_us:
        return join((ABSENT,))
    return tag("span", tag("b", decimal(spent_us)), quiet(percent(spent_us / client.accounted_us)), class_="figure")


def _cost_cell(row: LayerCost | None, full: float) -> Html:
    if row is None:
        return join((ABSENT,))
    cost = row.cpu_us_per_request
    figure = tag(
        "span", tag("b", decimal(cost.value)), quiet(percent(row.share)), quiet(interval(cost)), class_="figure"
    )
    strip = None
    if set(row.work) - {row.layer}:
        strip = bar(
            (
                (f"--layer-{layer}", share * cost.value)
                for layer, share in sorted(row.work.items(), key=lambda item: -item[1])
            ),
            full,
            "bar strip",
        )
    return join((figure, bar([(f"--layer-{row.layer}", cost.value)], full), strip))


def _gap_column(result: TraceResult, comparison: Comparison) -> Column:
    total = decimal(comparison.gap_us_per_request.value)
    return Column("Gap", numeric=True, hint=f"of {total} µs to {named(result, comparison.effect.baseline)}")


def _gap_cell(comparison: Comparison, layer: Layer) -> Html:
    for row in comparison.gap:
        if row.layer is layer:
            cost = row.us_per_request
            return tag("span", tag("b", decimal(cost.value)), quiet(percent(row.share_of_gap)), class_="figure")
    return join((ABSENT,))


def _work_table(client: ClientResult) -> Html:
    rows_by_cost = layers_by_cost(client)
    kinds = [layer for layer in Layer if any(layer in row.work for row in rows_by_cost)]
    columns = [Column("Caused by"), Column("µs", numeric=True), *(Column(str(kind), numeric=True) for kind in kinds)]
    rows: list[list[Node]] = [
        [
            chip("layer", row.layer),
            decimal(row.cpu_us_per_request.value),
            *(percent(row.work[kind]) if kind in row.work else ABSENT for kind in kinds),
        ]
        for row in rows_by_cost
    ]
    label = f"{client_name(client)}: share of each layer by the code that ran"
    return join((tag("h4", label), table(label, columns, rows)))
