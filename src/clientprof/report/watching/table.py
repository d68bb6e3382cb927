"""A table of costs as lines of text, one subject a line."""

from collections.abc import Sequence

from clientprof.model.watching import Costs

WIDTH = 100
_HEADINGS = ("requests", "failed", "conns", "shakes", "pool s", "blocked s")
_GAP = "  "


def rows_of_costs(
    subject: str, rows: Sequence[tuple[str, Costs]], width: int = WIDTH, *, keep_end: bool = False
) -> list[str]:
    """The heading and a line for each row. A subject that is too long loses its end, or its beginning where its end is to be
    kept."""
    cells = [_cells(costs) for _, costs in rows]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *cells, strict=True)]
    room = max(len(subject), width - sum(widths) - len(_GAP) * len(widths))
    labels = [_fitted(label, room, keep_end) for label, _ in rows]
    length = max(map(len, (subject, *labels)))
    return [
        _GAP.join((label.ljust(length), *(cell.rjust(size) for cell, size in zip(line, widths, strict=True))))
        for label, line in zip((subject, *labels), (_HEADINGS, *cells), strict=True)
    ]


def _cells(costs: Costs) -> tuple[str, ...]:
    counts = (costs.requests, costs.failures, costs.connections_opened, costs.handshakes)
    return (*(f"{count:,}" for count in counts), f"{costs.pool_wait_s:.3f}", f"{costs.blocked_s:.3f}")


def _fitted(label: str, room: int, keep_end: bool) -> str:
    if len(label) <= room:
        return label
    return f"...{label[len(label) - room + 3 :]}" if keep_end else f"{label[: room - 3]}..."
