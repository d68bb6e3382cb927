"""Which interpreter each client ran on, where that is not clientprof's own for all of them."""

from collections.abc import Callable, Iterable

from rich.console import Console

from clientprof.model.provenance.interpreter import GROUP
from clientprof.model.results import Setting
from clientprof.report.terminal.layout import print_facts, print_heading, safe


def print_interpreters(environment: Iterable[Setting], title: Callable[[str], str], console: Console) -> None:
    """A line for each client; nothing where the environment has none. ``title`` is what a client is called."""
    rows = [(title(row.name), safe(row.value)) for row in environment if row.group == GROUP]
    if rows:
        print_heading(console, "Interpreters", "they flip results more than most suspects")
        print_facts(console, rows)
