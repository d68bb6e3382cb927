"""What a request costs the more were made before it: a line per client, its slope, and the functions that grow."""

from itertools import pairwise

from clientprof.model.estimate import Estimate
from clientprof.model.growth.aging import AgingCost
from clientprof.model.growth.series import GrowthPoint, Series, Subject
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.growth.growth_chart import growth_chart
from clientprof.report.growth.growth_wording import slope_text
from clientprof.report.writing.figures import decimal
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, table, tag
from clientprof.report.writing.page_parts import chip, function_at
from clientprof.report.writing.wording import client_name

_PARTS = 10
_FUNCTIONS = 20
_ABOUT = (
    "All rounds of one process under one load that stays the same. A sound client costs as much per request at the end as "
    "at the start: a slope of 0. At 1 a cost doubles when twice as many requests were made before. The slope of handshakes "
    "is over the TLS connections made before."
)


def aging_section(result: TraceResult) -> Html | None:
    """In a scenario about it, and wherever a cost grows; nothing where processes made few rounds."""
    told = [(client, whole) for client in result.clients if (whole := _whole(client)) is not None]
    if not told or (result.story is None and not any(row.grows for client, _ in told for row in client.aging)):
        return None
    series = [_series(client, whole) for client, whole in told]
    columns = [Column("Client"), *(Column(name, numeric=True, hint=hint) for name, hint in _HEADS)]
    rows: list[list[Node]] = [
        [client_name(client), *_cells(whole, row), _handshakes(client)]
        for (client, whole), row in zip(told, series, strict=True)
    ]
    chart = growth_chart(
        "CPU per request over the requests made before", "µs of CPU per request", series,
        [result.clients.index(client) for client, _ in told], across="requests made before",
    )  # fmt: skip
    return join(
        (
            caption(_ABOUT),
            tag("div", chart, class_="charts"),
            table("CPU per request over the client's age", columns, rows),
            *(_functions(client) for client, _ in told),
        )
    )


_HEADS = (
    ("Requests", "in one process"),
    ("First tenth", "µs of CPU per request"),
    ("Last tenth", "µs of CPU per request"),
    ("Slope", "power of the requests made before, 95 %"),
    ("Slope of handshakes", "power of the connections made before, 95 %"),
)


def _whole(client: ClientResult) -> AgingCost | None:
    """All CPU of the client, where its slope is known."""
    return next((row for row in client.aging if row.location is None and row.slope is not None), None)


def _series(client: ClientResult, cost: AgingCost) -> Series:
    """The cost in at most ten parts of equal length, so that single rounds do not hide where it goes."""
    number = len(cost.requests)
    parts = min(_PARTS, number)
    ends = [number * part // parts for part in range(parts + 1)]
    points = []
    for first, end in pairwise(ends):
        at, us = cost.requests[first:end], cost.us_per_request[first:end]
        points.append(GrowthPoint(round(sum(at) / len(at)), Estimate(sum(us) / len(us), None, None, "us", len(us))))
    return Series(client_name(client), Subject.TOTAL, tuple(points), cost.slope)


def _cells(cost: AgingCost, series: Series) -> list[Node]:
    slope = slope_text(cost.slope)
    return [
        f"{cost.requests[-1]:,.0f}",
        decimal(series.points[0].cost.value),
        decimal(series.points[-1].cost.value),
        tag("b", slope) if cost.grows else slope,
    ]


def _handshakes(client: ClientResult) -> str:
    return slope_text(None if client.tls is None else client.tls.growth)


def _functions(client: ClientResult) -> Html | None:
    """Those that grow at once, the others folded; the one that grows most first, as they are given."""
    found = [row for row in client.aging if row.location is not None and row.slope is not None][:_FUNCTIONS]
    if not found:
        return None
    label = f"{client_name(client)}: functions over the client's age"
    columns = [
        Column("Function"),
        Column("Layer"),
        Column("First tenth", numeric=True, hint="µs per request"),
        Column("Last tenth", numeric=True, hint="µs per request"),
        Column("Slope", numeric=True, hint="95 %"),
    ]
    shown = table(label, columns, [_function(client, row) for row in found], "functions")
    if any(row.grows for row in found):
        return join((tag("h3", label), shown))
    return details(label, shown)


def _function(client: ClientResult, row: AgingCost) -> list[Node]:
    assert row.location is not None
    code, series = row.location, _series(client, row)
    slope = slope_text(row.slope)
    return [
        function_at(code.function, code.file, code.line, code.module),
        chip("layer", row.layer) if row.layer else None,
        decimal(series.points[0].cost.value),
        decimal(series.points[-1].cost.value),
        tag("b", slope) if row.grows else slope,
    ]
