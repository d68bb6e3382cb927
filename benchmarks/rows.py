"""One row of a benchmark's table: what was measured, against which budget, and what others do."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """``measured`` and ``budget`` are in the same unit; ``budget`` is None for figures shown for comparison only.

    ``spread`` is the interval or the range in words, empty where there is none.
    """

    subject: str
    what: str
    measured: float
    unit: str
    budget: float | None = None
    spread: str = ""

    @property
    def ratio(self) -> float | None:
        """Measured over budget: 1.0 or less keeps it."""
        return None if self.budget is None else self.measured / self.budget

    @property
    def kept(self) -> bool:
        return self.ratio is None or self.ratio <= 1.0


def finish(rows: Sequence[Row], title: str, *, as_json: bool) -> int:
    """Print the rows for people or programs; the exit code, 1 if a budget is not kept."""
    if as_json:
        print(json.dumps([asdict(row) | {"ratio": row.ratio} for row in rows], indent=1))
    else:
        print_rows(rows, title)
    return int(not all(row.kept for row in rows))


def print_rows(rows: Sequence[Row], title: str) -> None:
    """The rows as a table for people."""
    table = Table(title=title)
    for heading in ("subject", "what", "measured", "spread", "budget", "ratio"):
        table.add_column(heading, justify="left" if heading in ("subject", "what") else "right")
    for row in rows:
        table.add_row(
            row.subject,
            row.what,
            f"{row.measured:,.3g} {row.unit}",
            row.spread,
            "" if row.budget is None else f"{row.budget:g} {row.unit}",
            "" if row.ratio is None else f"{row.ratio:.2f}{'' if row.kept else ' OVER'}",
        )
    Console().print(table)
