"""A history on a terminal: changes first, then the costs of each trend."""

from rich.console import Console

from clientprof.model.history import HistoryResult, Trend
from clientprof.report.history.history_wording import (
    answer_sentence,
    change_sentence,
    few_sentence,
    title_of,
    unit_sentence,
)
from clientprof.report.terminal.layout import print_columns, print_facts, print_heading, print_paragraph, safe
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import decimal, interval, ratio_places


def print_history(result: HistoryResult, console: Console) -> None:
    """Print all trends; the last line names the page."""
    printed_plainly(console, lambda: _print(result, console))


def _print(result: HistoryResult, console: Console) -> None:
    console.print(safe(title_of(result), "bold"))
    console.print()
    print_paragraph(console, safe(answer_sentence(result)))
    changes = [change_sentence(trend, change) for trend in result.trends for change in trend.changes]
    if changes:
        print_facts(console, [("-", safe(text)) for text in changes])
    for trend in result.trends:
        _print_trend(trend, console)
    if result.machines:
        print_heading(console, "Machines", "no figure compares two")
        print_facts(console, [(machine.name, safe(machine.about)) for machine in result.machines])
    if result.files:
        console.print()
        print_facts(console, [(name, safe(path)) for name, path in result.files.items()])


def _print_trend(trend: Trend, console: Console) -> None:
    print_heading(console, f"{trend.client} on {trend.machine}", ", ".join(trend.same))
    print_paragraph(console, safe(unit_sentence(trend), "dim"))
    few = few_sentence(trend)
    if few is not None:
        print_paragraph(console, safe(few))
    begins = {change.after for change in trend.changes}
    rows = []
    for point in trend.points:
        places = ratio_places(point.value.value) if trend.unit == "x" else 1
        mark = "new level" if point.label in begins else ""
        cells = (
            point.label,
            str(point.recordings),
            decimal(point.value.value, places),
            interval(point.value, places),
            mark,
        )
        rows.append([safe(text) for text in cells])
    print_columns(console, ("", "recordings", trend.unit, "95 %", ""), "lrrll", rows)
