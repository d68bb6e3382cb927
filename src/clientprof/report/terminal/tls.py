"""What TLS costs, part by part."""

from rich.console import Console

from clientprof.model.results import TraceResult
from clientprof.report.terminal.layout import print_columns, print_heading, safe
from clientprof.report.writing.tls_wording import TITLE, tls_table


def print_tls(result: TraceResult, console: Console) -> None:
    """CPU each and how often; nothing where no client did any TLS."""
    told = tls_table(result)
    if told is None:
        return
    heads, rows = told
    print_heading(console, TITLE, "CPU each, and how often")
    print_columns(console, ["", *heads], "W" + "r" * len(heads), [[safe(cell) for cell in row] for row in rows])
