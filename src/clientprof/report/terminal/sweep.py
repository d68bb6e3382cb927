"""A sweep on a terminal: cost against n for each client, suspects, crossings, retention."""

from rich.console import Console

from clientprof.model.estimate import shown_unit
from clientprof.model.growth.series import GrowthResult
from clientprof.model.recording import HOSTS
from clientprof.report.growth.growth_wording import (
    crossing_sentence,
    retention_sentence,
    slope_text,
    suspects_sentence,
    unfinished_sentences,
    versioned,
)
from clientprof.report.terminal.interpreters import print_interpreters
from clientprof.report.terminal.layout import (
    print_columns,
    print_facts,
    print_heading,
    print_paragraph,
    safe,
)
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import ABSENT, decimal

_SUSPECTS = 12


def print_growth(result: GrowthResult, console: Console) -> None:
    """Print the sweep; the last lines name the files written."""
    printed_plainly(console, lambda: _print(result, console))


def _print(result: GrowthResult, console: Console) -> None:
    console.print(safe(result.title, "bold"))
    console.print()
    print_paragraph(console, safe(suspects_sentence(result)))
    for text in unfinished_sentences(result):
        print_paragraph(console, safe(text, "bold"))
    if not result.complete:
        print_paragraph(console, safe("The sweep was cut short; this is what was measured.", "bold"))
    print_interpreters(result.environment, lambda name: name, console)
    for title, rows in (("CPU per request", result.totals), ("Latency p50", result.latencies)):
        if not rows:
            continue
        print_heading(console, title, shown_unit(rows[0].points[0].cost.unit))
        found = [{point.n: point.cost.value for point in row.points} for row in rows]
        lines = [[safe(str(n)), *(safe(decimal(costs.get(n))) for costs in found)] for n in result.n]
        lines.append([safe("slope", "bold"), *(safe(slope_text(row.slope), "bold") for row in rows)])
        print_columns(console, ["n", *(versioned(result, row.client) for row in rows)], "r" * (1 + len(rows)), lines)
    _print_suspects(result, console)
    hosts = [(row.name, safe(row.value)) for row in result.environment if row.group == HOSTS]
    if hosts:
        print_heading(console, "Hosts", "each block is every n on one of them")
        print_facts(console, hosts)
    facts = [retention_sentence(result, row) for row in result.retentions]
    facts += [crossing_sentence(crossing) for crossing in result.crossings]
    if facts:
        print_heading(console, "Throughput kept, and crossings")
        print_facts(console, [("-", safe(text)) for text in facts])
    if result.notices:
        print_heading(console, "Warnings", "what they mean for the figures is in the report")
        print_facts(console, [("!", safe(notice.text)) for notice in result.notices[:_SUSPECTS]])
    if result.files:
        console.print()
        for name, path in result.files.items():
            console.print(safe(f"{name}  {path}"), soft_wrap=True)


def _print_suspects(result: GrowthResult, console: Console) -> None:
    if not result.suspects:
        return
    print_heading(
        console, "Scaling suspects", "µs per request; slope above 0.3 with its interval above 0.1, whoever wrote it"
    )
    lines = [
        [
            safe(row.client),
            safe(slope_text(row.slope)),
            safe(decimal(row.points[0].cost.value)),
            safe(decimal(row.points[-1].cost.value)),
            safe(row.layer or ABSENT),
            safe(row.location.function if row.location else "(the layer)"),
        ]
        for row in result.suspects[:_SUSPECTS]
    ]
    heads = ["client", "slope", f"n={result.n[0]}", f"n={result.n[-1]}", "layer", "function"]
    print_columns(console, heads, "lrrrlN", lines)
