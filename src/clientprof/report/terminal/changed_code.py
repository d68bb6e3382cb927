"""The changed lines of the layers that moved, on a terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from clientprof.model.differences.changed_code import CodeDifference
from clientprof.report.differences.code_section import summary_text
from clientprof.report.terminal.layout import INDENT, cut_end, print_heading, print_paragraph, safe, width_of

# Functions and lines here; the report has the others.
_FUNCTIONS, _LINES = 4, 16
_STYLES = {"+": "green", "-": "red", "@": "dim"}


def print_changed_code(code: CodeDifference, console: Console) -> None:
    """The lines that changed in functions of the layers that moved, those that differ in cost first."""
    print_heading(console, "Changed code", "of functions in layers that moved")
    print_paragraph(console, safe(summary_text(code)))
    rows = [(str(layer.layer), row) for layer in code.layers for row in layer.functions]
    rows.sort(key=lambda item: not item[1].significant)
    rows = rows or [("", row) for row in code.others]
    room = width_of(console) - 2 * INDENT
    for layer, row in rows[:_FUNCTIONS]:
        print_paragraph(console, Text.assemble(safe(row.location.name, "bold"), safe(f"  {layer}", "dim")))
        lines = [safe(cut_end(line, room), _STYLES.get(line[:1], "")) for line in row.lines[:_LINES]]
        left = max(0, len(row.lines) - _LINES) + row.more
        if left:
            lines.append(safe(f"{left} more lines", "dim"))
        console.print(Padding(Text("\n").join(lines), (0, 0, 0, 2 * INDENT), expand=False), width=width_of(console))
    left = len(rows[_FUNCTIONS:]) + (len(code.others) if any(name for name, _ in rows) else 0) + len(code.more)
    if left:
        print_paragraph(console, safe(f"{left:,} more changed functions are in the report.", "dim"))
