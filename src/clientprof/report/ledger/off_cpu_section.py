"""Time without computing: in which functions a request's time passed while no code of its own ran."""

from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.writing.figures import ABSENT, decimal, interval, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import chip, function_at, per_client, quiet
from clientprof.report.writing.wording import client_name

_COLUMNS = (
    Column("Function"),
    Column("Time", numeric=True, hint="µs per request"),
    Column("Share", numeric=True, hint="of the wall time"),
    Column("Waiting in"),
    Column("Phase", hint="most of it"),
    Column("Layer"),
    Column("Kind"),
)
_MEANING = {
    OffCpu.AWAITED: "the request's task waited while the loop went on with others",
    OffCpu.BLOCKED: "the loop's thread stood still, and every request with it",
}
_REST = "everything else"


def off_cpu_section(result: TraceResult) -> Html | None:
    """Per client a table, the most first."""
    clients = [client for client in result.clients if client.off_cpu]
    if not clients:
        return None
    text = caption(
        "Where a request's time passed without computing, by the function that waited and what it waited in. "
        f"Kind {OffCpu.AWAITED}: {_MEANING[OffCpu.AWAITED]} (watched in a random sample of the requests). "
        f"Kind {OffCpu.BLOCKED}: {_MEANING[OffCpu.BLOCKED]}."
    )
    return join((text, per_client(clients, map(_table, clients))))


def _table(client: ClientResult) -> Html:
    label = f"{client_name(client)}: time without computing"
    return table(label, _COLUMNS, [_row(row) for row in client.off_cpu], "functions")


def _row(row: OffCpuCost) -> list[Node]:
    cost = row.us_per_request
    return [
        _function(row),
        join((decimal(cost.value), " ", quiet(interval(cost)))),
        percent(row.share),
        tag("code", row.by) if row.by else None,
        ABSENT if row.phase is None else chip("phase", row.phase),
        chip("layer", row.layer) if row.function else None,
        tag("span", row.kind, title=_MEANING[row.kind]),
    ]


def _function(row: OffCpuCost) -> Node:
    if not row.function:
        return _REST
    return function_at(row.function, row.file, row.line, row.module)
