"""What a request in flight, a connection and a client hold."""

from rich.console import Console

from clientprof.model.results import TraceResult
from clientprof.report.terminal.layout import print_columns, print_heading, safe
from clientprof.report.writing.memory_wording import (
    TITLE,
    against,
    layer_rows,
    measured,
    memory_sentence,
    other_rows,
    unseen,
)
from clientprof.report.writing.wording import client_name


def print_memory(result: TraceResult, console: Console, baseline: str = "") -> None:
    """A sentence a client, bytes by layer, and the rest; nothing without the lens. Others are held against ``baseline``."""
    shown = measured(result)
    lacking = unseen(result)
    if not shown and not lacking:
        return
    print_heading(console, TITLE, "bytes of a request in flight, by layer")
    for line in lacking:
        console.print(safe(line))
    if not shown:
        return
    for client, memory in shown:
        console.print(safe(memory_sentence(client, memory)))
    for line in against(result, baseline):
        console.print(safe(line))
    heads = [cell for client, _ in shown for cell in (client_name(client), "")]
    print_columns(console, ["", *heads], "W" + "r" * len(heads), [list(map(safe, row)) for row in layer_rows(shown)])
    names = [client_name(client) for client, _ in shown]
    console.print()
    print_columns(console, ["", *names], "W" + "r" * len(names), [list(map(safe, row)) for row in other_rows(shown)])
