"""A check on a terminal: a row for each bound, and a sentence for each that is broken."""

from rich.console import Console

from clientprof.model.counts.check import CheckResult, Kept
from clientprof.report.counts.check_wording import answer, bound_sentence, times_sentences
from clientprof.report.terminal.layout import print_columns, print_facts, print_heading, safe
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import count

_STYLES = {Kept.KEPT: "green", Kept.BROKEN: "bold red", Kept.UNDECIDED: "yellow"}


def print_check(result: CheckResult, console: Console) -> None:
    """Print the check."""
    printed_plainly(console, lambda: _print(result, console))


def _print(result: CheckResult, console: Console) -> None:
    console.print(safe(answer(result), "bold"))
    print_heading(console, "Bounds", "figures per request")
    lines = [
        [
            safe(row.scenario), safe(row.bound), safe(count(row.base)), safe(count(row.value)),
            safe(str(row.outcome), _STYLES[row.outcome]),
        ]
        for row in result.bounds
    ]  # fmt: skip
    print_columns(console, ["scenario", "bound", "base", "head", ""], "llrrl", lines)
    rows = [*result.broken, *result.undecided]
    if rows:
        print_heading(console, "Broken" if result.broken else "Not decided")
        print_facts(console, [("!", safe(bound_sentence(row, result))) for row in rows])
    if result.times:
        print_heading(console, "Times")
        print_facts(console, [("-", safe(text)) for text in times_sentences(result)])
