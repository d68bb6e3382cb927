"""Where the CPU goes: layers side by side, the most costly functions, the counters that stand out."""

import math

from rich.console import Console
from rich.text import Text

from clientprof.model.results import ClientResult, CounterRow, LayerCost, TraceResult
from clientprof.report.terminal.layout import (
    bar,
    head_of,
    print_columns,
    print_heading,
    print_paragraph,
    safe,
)
from clientprof.report.writing.figures import ABSENT, count, decimal, percent
from clientprof.report.writing.palette import LAYER_COLOUR
from clientprof.report.writing.wording import client_name, counted_once, counter_title, layer_sum, layers_by_cost

CLIENTS_BESIDE = 2
_FUNCTIONS = 5
_COUNTERS = 5


def print_layers(result: TraceResult, console: Console) -> None:
    """A row per layer, both clients on one scale, the most costly layer of the client asked about first."""
    clients = [client for client in result.clients if client.layers][:CLIENTS_BESIDE]
    if not clients:
        return
    print_heading(console, "Where the CPU goes", "µs per request by layer, bars on one scale")
    costs = [{row.layer: row for row in client.layers} for client in clients]
    full = max(row.cpu_us_per_request.value for found in costs for row in found.values())
    order = dict.fromkeys(row.layer for client in clients for row in layers_by_cost(client))
    cells = 15 if len(clients) > 1 else 40
    rows = []
    for layer in order:
        line = [safe(layer)]
        for found in costs:
            line += _cost(console, found.get(layer), full, cells)
        rows.append(line)
    if any(client.other_threads_us for client in clients):
        rows.append([safe("other threads"), *(cell for client in clients for cell in _others(client))])
    rows += _sums(clients)
    heads = ["layer"]
    for client in clients:
        heads += ["µs", "share", client_name(client)]
    print_columns(console, heads, "l" + "rrl" * len(clients), rows)
    if any(layer_sum(client).apart for client in clients):
        why = "layers and control are measured in separate processes, no two of which cost the same"
        print_paragraph(console, safe(why, "dim"))


def _sums(clients: list[ClientResult]) -> list[list[Text]]:
    """The layers together and, under them, the headline, with how far they lie apart."""
    above, below = [safe("sum", "bold")], [safe("control")]
    for client in clients:
        total = layer_sum(client)
        above += [
            safe(total.layers, "bold"),
            safe(total.apart, "dim"),
            safe("vs control" if total.apart else "", "dim"),
        ]
        below += [safe(total.control), Text(""), Text("")]
    return [above, below]


def _others(client: ClientResult) -> list[Text]:
    """CPU of threads that no sample is of; no bar, for the bars are of layers."""
    spent_us = client.other_threads_us
    if not spent_us:
        return [safe(ABSENT), Text(""), Text("")]
    return [safe(decimal(spent_us)), safe(percent(spent_us / client.accounted_us), "dim"), safe("not sampled", "dim")]


def _cost(console: Console, row: LayerCost | None, full: float, cells: int) -> list[Text]:
    if row is None:
        return [safe(ABSENT), Text(""), Text("")]
    value = row.cpu_us_per_request.value
    return [
        safe(decimal(value)),
        safe(percent(row.share), "dim"),
        bar(console, value, full, cells, LAYER_COLOUR[row.layer]),
    ]


def print_functions(result: TraceResult, console: Console) -> None:
    """The five functions of the client asked about that cost most themselves."""
    if not result.clients or not result.clients[0].functions:
        return
    client = result.clients[0]
    print_heading(console, f"Most costly functions of {client_name(client)}", "µs and calls per request")
    ordered = sorted(client.functions, key=lambda row: -row.self_us_per_request.value)
    rows = [
        [
            safe(decimal(row.self_us_per_request.value)),
            safe(decimal(row.total_us_per_request.value)),
            safe(count(row.calls_per_request)),
            safe(row.layer),
            safe(row.function),
        ]
        for row in ordered[:_FUNCTIONS]
    ]
    print_columns(console, ["self µs", "total µs", "calls", "layer", "function"], "rrrlN", rows)


def print_counters(result: TraceResult, console: Console) -> None:
    """The counters furthest above what is expected, or above the other client's."""
    if not result.clients or not result.clients[0].counters:
        return
    first, others = result.clients[0], result.clients[1:2]
    rows = sorted(counted_once(first.counters), key=lambda row: -_excess(row, others))[:_COUNTERS]
    print_heading(console, "Counters that stand out")
    lines = []
    for row in rows:
        beside = [safe(count(other.value if (other := _same(client, row)) else None)) for client in others]
        lines.append([safe(_title(row)), safe(count(row.value)), *beside, safe(count(row.expected))])
    heads = ["counter", *(head_of(client_name(client)) for client in (first, *others)), "expected"]
    print_columns(console, heads, "W" + "r" * (2 + len(others)), lines)


def _title(row: CounterRow) -> str:
    title, unit = counter_title(row)
    return f"{title} {unit}" if unit.startswith("per ") else f"{title}, {unit}" if unit else title


def _same(client: ClientResult, row: CounterRow) -> CounterRow | None:
    return next((other for other in client.counters if other.name == row.name), None)


def _excess(row: CounterRow, others: tuple[ClientResult, ...]) -> float:
    """How many times over its reference a counter is: only used to choose which ones to show."""
    reference = row.expected
    if reference is None:
        other = next((found for client in others if (found := _same(client, row))), None)
        reference = None if other is None else other.value
    if reference is None or row.value <= 0:
        return 0.0
    return row.value / reference if reference > 0 else math.inf
