"""Failed requests by cause, with one of each told."""

from rich.console import Console

from clientprof.model.results import TraceResult
from clientprof.report.failures.failure_wording import groups, story, watched
from clientprof.report.terminal.layout import print_columns, print_heading, print_paragraph, safe
from clientprof.report.writing.wording import client_name


def print_failures(result: TraceResult, console: Console) -> None:
    """A row for each error and cause of each client; the report has them one by one."""
    for client in result.clients:
        if not client.failures:
            continue
        print_heading(
            console, f"Failed requests of {client_name(client)}", "under the ledger lens, by both ends' records"
        )
        found = groups(client.failures)
        rows = [[safe(f"{count:,}"), safe(error), safe(cause, "bold")] for error, cause, count, _ in found]
        print_columns(console, ["times", "error", "cause"], "rlW", rows)
        if watched(client):
            print_paragraph(console, safe(watched(client), "dim"))
        for error, cause, _, example in found[:3]:
            print_paragraph(console, safe(f"{error}, {cause}; one of them: {story(example)}.", "dim"))
