"""Counts per request side by side, with what a client without the fault would need."""

from clientprof.model.results import CounterRow, TraceResult
from clientprof.report.writing.figures import count
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import quiet
from clientprof.report.writing.wording import client_name, counter_title


def counters_section(result: TraceResult) -> Html | None:
    """One row per counter; a value above its expectation is marked in words, not by colour alone."""
    clients = [client for client in result.clients if client.counters]
    if not clients:
        return None
    found = [{row.name: row for row in client.counters} for client in clients]
    names = list(dict.fromkeys(name for rows in found for name in rows))
    columns = [Column("Counter"), *(Column(client_name(client), numeric=True) for client in clients)]
    columns += [Column("Expected", numeric=True), Column("What it counts")]
    table_rows: list[list[Node]] = []
    for name in names:
        known = next(rows[name] for rows in found if name in rows)
        expected = next(
            (rows[name].expected for rows in found if name in rows and rows[name].expected is not None), None
        )
        title, unit = counter_title(known)
        label = join((title, " ", quiet(unit)))
        values = [_value(rows.get(name)) for rows in found]
        table_rows.append([label, *values, count(expected), known.meaning])
    text = caption("Exact counts, a mechanism's fingerprint: a count far above the expected one names the fault.")
    return join((text, table("Counters", columns, table_rows, "counters")))


def _value(row: CounterRow | None) -> Html:
    if row is None:
        return join((count(None),))
    # A tenth of slack: a retry or two among hundreds of requests is not worth a mark.
    above = row.expected is not None and row.value > row.expected * 1.1 + 0.005
    return join((tag("b", count(row.value)), tag("small", "above"))) if above else join((count(row.value),))
