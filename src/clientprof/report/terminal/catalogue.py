"""The catalogue of suspects on a terminal: id, kind, clients, hypothesis, evidence here."""

from collections.abc import Sequence

from rich.console import Console

from clientprof.model.experiments.catalogue import CatalogueRow
from clientprof.report.experiments.catalogue_wording import clients_text, evidence_text
from clientprof.report.terminal.layout import INDENT, print_facts, safe, width_of
from clientprof.report.terminal.plain import printed_plainly


def print_catalogue(rows: Sequence[CatalogueRow], console: Console) -> None:
    """Print the suspects, those with evidence here first, otherwise in their order.

    Five columns do not fit a terminal: id, kind and clients stand in columns, hypothesis and evidence below them.
    """
    printed_plainly(console, lambda: _print(rows, console))


def _print(rows: Sequence[CatalogueRow], console: Console) -> None:
    if not rows:
        console.print(safe("No suspect is in the catalogue."))
        return
    name = max(len("suspect"), *(len(row.id) for row in rows)) + INDENT
    kind = max(len("kind"), *(len(row.kind) for row in rows)) + INDENT
    console.print(safe(f"{'suspect':<{name}}{'kind':<{kind}}clients", "dim"))
    for row in sorted(rows, key=lambda row: row.raised is not True):
        console.print()
        line = safe(f"{row.id:<{name}}", "bold")
        line.append_text(safe(f"{row.kind:<{kind}}{clients_text(row)}"))
        console.print(line, width=width_of(console))
        style = "bold" if row.raised else "dim"
        print_facts(console, [("suspected", safe(row.hypothesis)), ("evidence", safe(evidence_text(row), style))])
