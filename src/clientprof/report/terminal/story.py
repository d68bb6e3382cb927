"""A named scenario on the terminal: its table, what follows from it, warnings, files."""

from dataclasses import replace

from rich.console import Console

from clientprof.model.estimate import shown_unit
from clientprof.model.results import TraceResult
from clientprof.report.differences.story_section import story_figure
from clientprof.report.terminal.findings_and_notices import print_files, print_notices
from clientprof.report.terminal.layout import print_columns, print_facts, print_heading, safe

# Warnings that touch the table's figures; those about layers and lenses are in the report.
_ABOUT_THE_TABLE = {
    "incomplete", "worker-failed", "lens-failed", "lens-disturbed", "errors", "bodies-differ", "requests-differ",
    "server-bound", "instruments-disagree",
}  # fmt: skip


def print_story(result: TraceResult, console: Console) -> None:
    """The scenario's own table; the rest of the result is in the report."""
    story = result.story
    if story is None:
        return
    if not result.complete:
        console.print(safe("The run was cut short. This is what was measured until then.", "bold"))
    print_heading(console, f"Scenario {story.name}")
    rows = [
        [
            safe(row.name),
            *(safe(story_figure(value, column)) for value, column in zip(row.values, story.columns, strict=True)),
        ]
        for row in story.rows
    ]
    print_columns(
        console,
        ["", *(f"{column.title}\n{shown_unit(column.unit)}".strip() for column in story.columns)],
        "l" + "r" * len(story.columns),
        rows,
    )
    if story.remarks:
        console.print()
        print_facts(console, [("-", safe(remark)) for remark in story.remarks])
    print_notices(
        replace(result, notices=tuple(n for n in result.notices if n.id in _ABOUT_THE_TABLE), clients=()), console
    )
    print_files(result, console)
