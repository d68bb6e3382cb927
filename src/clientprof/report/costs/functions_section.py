"""The most costly functions of each client, with how often each is called per request."""

from clientprof.model.results import ClientResult, FunctionCost, TraceResult
from clientprof.report.writing.figures import ABSENT, count, decimal, interval
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, table
from clientprof.report.writing.page_parts import chip, function_at, per_client, quiet
from clientprof.report.writing.wording import client_name

_SHOWN_FIRST = 12
_SHOWN_OTHERS = 6
_AT_MOST = 60


def functions_section(result: TraceResult) -> Html | None:
    """Per client a table ordered by own cost; the long tail behind a click."""
    clients = [client for client in result.clients if client.functions]
    if not clients:
        return None
    text = caption(
        "Ordered by own cost. Self: the function's own code and the standard library and C code it calls. "
        "Total: everything below it as well. Calls: exact, counted in a run of their own."
    )
    blocks = (
        _function_tables(client, _SHOWN_OTHERS if index else _SHOWN_FIRST) for index, client in enumerate(clients)
    )
    return join((text, per_client(clients, blocks)))


def _function_tables(client: ClientResult, shown: int) -> Html:
    ordered = sorted(client.functions, key=lambda row: -row.self_us_per_request.value)
    label = f"{client_name(client)}: most costly functions"
    more = ordered[shown:_AT_MOST]
    rest = details(f"The next {len(more)}", _function_table(label + ", continued", more)) if more else None
    return join((_function_table(label, ordered[:shown]), rest))


def _function_table(label: str, functions: list[FunctionCost]) -> Html:
    columns = [
        Column("Function"),
        Column("Layer"),
        Column("Self", numeric=True, hint="µs per request"),
        Column("Total", numeric=True, hint="µs per request"),
        Column("Calls", numeric=True, hint="per request"),
    ]
    grown = any(row.growth is not None for row in functions)
    if grown:
        columns.append(Column("Growth", numeric=True, hint="power of n"))
    rows: list[list[Node]] = []
    for row in functions:
        own = row.self_us_per_request
        cells: list[Node] = [
            _function_name(row),
            chip("layer", row.layer),
            join((decimal(own.value), " ", quiet(interval(own)))),
            decimal(row.total_us_per_request.value),
            count(row.calls_per_request),
        ]
        if grown:
            slope = row.growth
            cells.append(ABSENT if slope is None else join((decimal(slope.value, 2), " ", quiet(interval(slope, 2)))))
        rows.append(cells)
    return table(label, columns, rows, "functions")


def _function_name(row: FunctionCost) -> Html:
    return function_at(row.function, row.file, row.line, row.module)
