"""How wide the columns of a table are where its text is wider than the terminal: text wraps, and nothing is cut."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

# A column of texts or names is not made narrower than this for the sake of a figure's heading.
_READABLE = 24
_HANGING = "  "
FIGURES, TEXTS, NAMES = range(3)


@dataclass(frozen=True, slots=True)
class Column:
    """A head and the cells below it: figures, texts that wrap at spaces, or names that break at dots too."""

    head: str
    cells: Sequence[Text]
    kind: int = FIGURES

    @property
    def natural(self) -> int:
        """Columns that it takes if nothing wraps."""
        return max(_longest(self.head.split("\n")), self._inside)

    @property
    def under_a_wrapped_head(self) -> int:
        """Columns that it takes if only its head wraps."""
        return max(_longest(self.head.split()), self._inside)

    @property
    def least(self) -> int:
        """Columns that it takes if words alone, or the parts of names, stay whole."""
        parts = (_longest(_parts(cell.plain) if self.kind == NAMES else cell.plain.split()) for cell in self.cells)
        return max(_longest(self.head.split()), *parts, 1)

    @property
    def _inside(self) -> int:
        return max((_longest(cell.plain.split("\n")) for cell in self.cells), default=0)


def fitted_widths(columns: Sequence[Column], room: int) -> list[int]:
    """A width for each column, together at most ``room``: first texts wrap, then heads, then cells at their spaces.

    Only where single words are too many for the room, these are folded.
    """
    widths = [column.natural for column in columns]
    for floor in (_readable, _under_heads, _narrow, lambda column: column.least, lambda column: 1):
        widths = _shrunk(widths, [floor(column) for column in columns], sum(widths) - room)
    return widths


def _readable(column: Column) -> int:
    return column.natural if column.kind == FIGURES else max(_READABLE, column.least)


def _under_heads(column: Column) -> int:
    return column.under_a_wrapped_head if column.kind == FIGURES else _readable(column)


def _narrow(column: Column) -> int:
    return column.under_a_wrapped_head if column.kind == FIGURES else column.least


def _shrunk(widths: Sequence[int], floors: Sequence[int], excess: int) -> list[int]:
    """The widths with ``excess`` taken off, the widest first, but none below its floor."""
    found = list(widths)
    for _ in range(max(0, excess)):
        spare = [place for place, width in enumerate(found) if width > floors[place]]
        if not spare:
            break
        found[max(spare, key=lambda place: found[place])] -= 1
    return found


def _longest(parts: Sequence[str]) -> int:
    return max(map(cell_len, parts), default=0)


def _parts(text: str) -> list[str]:
    return re.findall(r"[^./\s]*[./]\s*|[^./\s]+\s*", text)


def broken(text: str, columns: int) -> list[str]:
    """The text in lines of at most ``columns``: broken at spaces, long names at dots and slashes too, then anywhere.

    Lines after the first are indented.
    """
    lines: list[str] = []
    line = ""
    for word in re.findall(r"\S+\s*|^\s+", text):
        for part in [word] if cell_len(word.rstrip()) <= columns - len(_HANGING) else _parts(word):
            rest = part
            while cell_len((line + rest).rstrip()) > columns:
                if line.strip():
                    lines.append(line.rstrip())
                    line = _HANGING
                    continue
                lines.append(line + rest[: columns - len(line)])
                line, rest = _HANGING, rest[columns - len(line) :]
            line += rest
    return [*lines, line.rstrip()] if line.strip() or not lines else lines
