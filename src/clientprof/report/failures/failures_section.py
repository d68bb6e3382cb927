"""Failed requests: what they failed of, and what the connection of each went through."""

from clientprof.model.failures import CAUSE_MEANING
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.failures.failure_wording import groups, story, watched
from clientprof.report.writing.figures import decimal
from clientprof.report.writing.markup import Column, Html, caption, details, join, table, tag
from clientprof.report.writing.page_parts import per_client
from clientprof.report.writing.wording import client_name

_AT_MOST = 60


def failures_section(result: TraceResult) -> Html | None:
    """Per client a table of causes, and one of requests, folded."""
    clients = [client for client in result.clients if client.failures]
    if not clients:
        return None
    text = caption(
        "Failed requests under the lens ledger, explained by what the client recorded and by the server's own log of the "
        "same connections. Times are before the failure."
    )
    return join((text, per_client(clients, map(_client, clients))))


def _client(client: ClientResult) -> Html:
    name = client_name(client)
    columns = [
        Column("Error"),
        Column("Times", True),
        Column("Cause"),
        Column("What happened"),
        Column("One of them"),
    ]
    rows = [
        [tag("code", error), f"{count:,}", tag("b", cause), CAUSE_MEANING[cause], story(example)]
        for error, cause, count, example in groups(client.failures)
    ]
    each = [
        Column("Request", True),
        Column("Error"),
        Column("After", True, "ms"),
        Column("Cause"),
        Column("It went through"),
    ]
    listed = [
        [f"{row.exchange:,}", tag("code", row.error), decimal(row.after_ms, 1), row.cause, story(row)]
        for row in client.failures[:_AT_MOST]
    ]
    shown = f"{len(listed):,} of {len(client.failures):,} failed requests, each with its reason"
    return join(
        (
            *([caption(watched(client))] if watched(client) else []),
            table(f"{name}: failed requests", columns, rows),
            details(shown, table(f"{name}: failed requests one by one", each, listed)),
        )
    )
