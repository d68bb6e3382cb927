"""How text is set on the terminal: headings, aligned columns, bars. All text from outside passes ``safe``."""

import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.containers import Lines
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from clientprof.model.provenance.interpreter import SIGN
from clientprof.report.terminal.column_widths import FIGURES, NAMES, TEXTS, Column, broken, fitted_widths
from clientprof.report.writing.escape import visible

INDENT = 2
_WIDEST = 100
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# The space between a figure and its unit, and what stands for it while lines are broken: rich breaks at any other space.
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=%|[mµ]s\b)")
_KEPT = "\ue000"


class _Told(Text):
    """Text of which no figure is parted from its unit at the end of a line."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        whole = self.copy()
        whole.plain = _BEFORE_UNIT.sub(_KEPT, self.plain)
        lines = whole.wrap(console, width, **options)
        for line in lines:
            line.plain = line.plain.replace(_KEPT, " ")
        return lines


def safe(text: str, style: str = "") -> Text:
    """Text that cannot drive the terminal: control characters are shown, and rich's markup is not read.

    Spaces that do not break become plain ones, so that the output can be searched.
    """
    return _Told(visible(text).replace("\u00a0", " "), style=style)


def width_of(console: Console) -> int:
    """Columns to use: the console's, but no more than reads well."""
    return min(console.width, _WIDEST)


def print_heading(console: Console, title: str, unit: str = "") -> None:
    """A blank line, the title, and in dim type the unit of what follows."""
    console.print()
    line = safe(title, "bold")
    if unit:
        line.append_text(safe(f"  {unit}", "dim"))
    console.print(line, width=width_of(console))


def print_paragraph(console: Console, text: Text) -> None:
    """Wrapped text, indented."""
    console.print(Padding(text, (0, 0, 0, INDENT), expand=False), width=width_of(console))


def print_columns(console: Console, heads: Sequence[str], align: str, rows: Sequence[Sequence[Text]]) -> None:
    """Aligned columns, two spaces apart. Where there is no room, text wraps; nothing is cut.

    ``align`` has ``l`` or ``r`` per column; ``W`` for one of texts and ``N`` for one of names, which wrap before any
    other. A head may have lines.
    """
    room = width_of(console) - INDENT * len(heads)
    kinds = [{"W": TEXTS, "N": NAMES}.get(side, FIGURES) for side in align]
    columns = [Column(visible(head), [row[at] for row in rows], kinds[at]) for at, head in enumerate(heads)]
    widths = fitted_widths(columns, room)
    table = Table(
        box=None, show_header=any(heads), pad_edge=False, padding=(0, INDENT, 0, 0), header_style="dim", show_edge=False
    )
    for head, side, width in zip(heads, align, widths, strict=True):
        table.add_column(
            Text("\n").join(safe(line) for line in head.split("\n")),
            justify="right" if side == "r" else "left",
            overflow="fold",
            width=width,
        )
    for row in rows:
        table.add_row(*(_lines(cell, width) if kind == NAMES else cell
                        for cell, kind, width in zip(row, kinds, widths, strict=True)))  # fmt: skip
    console.print(Padding(table, (0, 0, 0, INDENT), expand=False), width=width_of(console))


def _lines(cell: Text, width: int) -> Text:
    """The cell in lines of its column; names have one style."""
    return Text("\n".join(broken(cell.plain, width)), style=cell.style)


def print_named_rows(
    console: Console, heads: Sequence[str], align: str, rows: Sequence[tuple[Sequence[str], Sequence[Text]]]
) -> None:
    """Columns where the first holds lines of text, which are broken to the room that the other cells leave."""
    others = [
        max([len(head), *(len(line) for _, cells in rows for line in cells[at].plain.split("\n"))])
        for at, head in enumerate(heads[1:])
    ]
    room = max(16, width_of(console) - INDENT - sum(wide + INDENT for wide in others))
    listed = []
    for lines, cells in rows:
        name = Text("\n").join(safe(part) for part in broken(visible(lines[0]), room))
        for line in lines[1:]:
            name.append("\n").append_text(Text("\n").join(safe(part, "dim") for part in broken(visible(line), room)))
        listed.append([name, *cells])
    print_columns(console, heads, align, listed)


def cut_end(text: str, columns: int) -> str:
    """The text, cut at its end if it is too long."""
    shown = visible(text)
    return shown if len(shown) <= columns else f"{shown[: columns - 1]}…"


def head_of(client: str) -> str:
    """A client's name over its column: its Python on a line of its own, or the other columns have no room."""
    return client.replace(f" on {SIGN[1:]}", f"\non {SIGN[1:]}")


def print_facts(console: Console, facts: Sequence[tuple[str, Text]], style: str = "dim") -> None:
    """Names with wrapped texts beside them."""
    table = Table.grid(padding=(0, INDENT, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, text in facts:
        table.add_row(safe(name, style), text)
    console.print(Padding(table, (0, 0, 0, INDENT), expand=False), width=width_of(console))


def print_lines(console: Console, title: str, lines: Sequence[tuple[str, str]]) -> None:
    """A heading and facts of plain text below it; nothing where there are none."""
    if lines:
        print_heading(console, title)
        print_facts(console, [(name, safe(text.replace("`", ""))) for name, text in lines])


def bar(console: Console, value: float, full: float, cells: int, colour: str) -> Text:
    """A horizontal bar of at most ``cells`` columns, in eighths of a column where the terminal can show them."""
    share = max(0.0, min(1.0, value / full)) if full > 0 else 0.0
    if console.options.ascii_only:
        return Text("#" * round(share * cells), style=colour)
    eighths = max(1, round(share * cells * 8)) if value > 0 else 0
    whole, rest = divmod(eighths, 8)
    return Text("█" * whole + (_EIGHTHS[rest] if rest else ""), style=colour)


def keep_end(text: str, columns: int) -> str:
    """The text, cut at its front if it is too long: the end of a qualified name says more than its beginning."""
    if len(text) <= columns:
        return text
    end = text[len(text) - columns + 1 :]
    _, dot, last = end.partition(".")
    return "…" + (last if dot and last else end)
