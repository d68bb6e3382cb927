"""A table of costs as lines of text, one subject a line."""

from collections.abc import Sequence

from clientprof.model.costs.watching import Costs

WIDTH = 100
HEADINGS = ("requests", "failed", "conns", "TLS", "pool s", "blocked s")
_GAP = "  "


def rows_of_costs(subject: str, rows: Sequence[tuple[Sequence[str], Costs]], width: int = WIDTH) -> list[str]:
    """The heading and a line for each row. A row may be called by several names: the first that fits is taken. The last one
    loses its beginning where it does not fit."""
    cells = [cells_of(costs) for _, costs in rows]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *cells, strict=True)]
    room = max(len(subject), width - sum(widths) - len(_GAP) * len(widths))
    labels = [_fitted(names, room) for names, _ in rows]
    length = max(map(len, (subject, *labels)))
    return [
        _GAP.join((label.ljust(length), *(cell.rjust(size) for cell, size in zip(line, widths, strict=True))))
        for label, line in zip((subject, *labels), (HEADINGS, *cells), strict=True)
    ]


def cells_of(costs: Costs) -> tuple[str, ...]:
    """The figures below ``HEADINGS``."""
    counts = (costs.requests, costs.failures, costs.connections_opened, costs.handshakes)
    return (*(f"{count:,}" for count in counts), f"{costs.pool_wait_s:.3f}", f"{costs.blocked_s:.3f}")


def _fitted(names: Sequence[str], room: int) -> str:
    for name in names:
        if len(name) <= room:
            return name
    return f"...{names[-1][len(names[-1]) - room + 3 :]}"
