"""Exact counts on a terminal: what every client does for one request, what differs, and how far the real run is away."""

from rich.console import Console
from rich.text import Text

from clientprof.model.counts.exact import CountsResult, ExactCounts, FunctionDifference
from clientprof.report.counts.counts_wording import MEANINGS, inexact_sentence, short_ratio, title_of
from clientprof.report.terminal.layout import (
    head_of,
    print_columns,
    print_facts,
    print_heading,
    print_paragraph,
    safe,
)
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import ABSENT, count

_FUNCTIONS = 12


def print_counts(result: CountsResult, console: Console) -> None:
    """Print the counts of one scenario."""
    printed_plainly(console, lambda: _print(result, console))


def _print(result: CountsResult, console: Console) -> None:
    console.print(safe(title_of(result), "bold"))
    _print_totals(result, console)
    for client in result.clients:
        if client.client in result.changes:
            _print_changes(result, client, console)
    if len(result.clients) == 1:
        _print_functions(result.clients[0], console)
    for real in result.real:
        print_heading(console, f"{real.client}: exact, and counted in real time", "per request")
        rows = [
            [safe(row.name), safe(count(row.counted)), safe(count(row.other)), safe(short_ratio(row.ratio))]
            for row in real.rows
        ]
        print_columns(console, ["", "exact", "real", "exact / real"], "lrrr", rows)
        if real.functions:
            print_heading(console, f"{real.client}: functions whose calls differ most", "calls per request")
            print_columns(
                console, ["function", "exact", "real"], "Nrr",
                [[_name(row), safe(count(row.calls)), safe(count(row.other_calls))] for row in real.functions[:_FUNCTIONS]],
            )  # fmt: skip
    notes = [(client.client, text) for client in result.clients for text in (*inexact_sentence(client), *client.notes)]
    if notes:
        print_heading(console, "Notes")
        print_facts(console, [(name, safe(text)) for name, text in notes])


def _print_totals(result: CountsResult, console: Console) -> None:
    print_heading(console, "Counts", "per request, of a warm round; the same in every run")
    totals = [client.totals() for client in result.clients]
    names = [
        name
        for name in dict.fromkeys(name for each in totals for name in each)
        if any(each.get(name) for each in totals)
    ]
    compared = len(result.clients) > 1
    lines = []
    for name in names:
        values = [
            None if name not in each else each[name] / client.requests
            for each, client in zip(totals, result.clients, strict=True)
        ]
        cells = [safe(name), *(safe(count(value)) for value in values)]
        if compared:
            first = values[0]
            cells += [safe(short_ratio(None if not first or value is None else value / first)) for value in values[1:]]
        else:
            cells.append(safe(MEANINGS.get(name) or _meaning(result.clients[0], name), "dim"))
        lines.append(cells)
    heads = ["", *(head_of(client.client) for client in result.clients)]
    heads += [f"{head_of(client.client)}\n/ first" for client in result.clients[1:]] if compared else [""]
    align = "l" + "r" * len(result.clients) + ("r" * (len(result.clients) - 1) if compared else "W")
    print_columns(console, heads, align, lines)


def _meaning(client: ExactCounts, name: str) -> str:
    return next((counter.meaning for counter in client.counters if counter.name == name), "")


def _print_functions(client: ExactCounts, console: Console) -> None:
    weighed = client.bytecodes is not None
    unit = "per request, the most bytecodes first" if weighed else "per request, the most calls first"
    print_heading(console, "Functions", unit)
    rows = sorted(client.functions, key=lambda row: -((row.bytecodes if weighed else row.calls) or 0))[:_FUNCTIONS]
    print_columns(
        console, ["function", "layer", "calls", "bytecodes"], "Nlrr",
        [
            [safe(row.location.name), safe(row.layer or ABSENT), safe(_each(row.calls, client)),
             safe(_each(row.bytecodes, client))]
            for row in rows
        ],
    )  # fmt: skip


def _each(number: int | None, client: ExactCounts) -> str:
    return count(None if number is None else number / client.requests)


def _print_changes(result: CountsResult, client: ExactCounts, console: Console) -> None:
    base, rows = result.clients[0], result.changes[client.client]
    print_heading(console, f"{client.client} against {base.client}: functions that differ", "per request")
    if not rows:
        print_paragraph(console, safe("None: every function is called as often and executes as much."))
        return
    lines = [
        [_name(row), safe(count(row.other_calls)), safe(count(row.calls)), safe(count(row.other_bytecodes)),
         safe(count(row.bytecodes))]
        for row in rows[:_FUNCTIONS]
    ]  # fmt: skip
    print_columns(console, ["function", "calls\nthen", "\nnow", "bytecodes\nthen", "\nnow"], "Nrrrr", lines)
    if len(rows) > _FUNCTIONS:
        print_paragraph(console, safe(f"{len(rows) - _FUNCTIONS:,} more are in --json.", "dim"))


def _name(row: FunctionDifference) -> Text:
    return safe(row.location.name or row.location.file)
