"""The live view of a program: a few lines and two short tables, readable at 80 columns.

The lines are made here, not by rich's tables: laying those out took twice what the whole view may take of a core.
"""

from collections.abc import Sequence

from rich.text import Text

from clientprof.model.programs.live import LiveLook
from clientprof.report.writing.figures import percent

_UNKNOWN = "-"


def live_view(title: str, look: LiveLook, width: int) -> Text:
    """The view, ``width`` columns wide."""
    lines = [_cut(_plain(f"{title}   {look.seconds:,.0f} s"), width), *_figures(look), "", *_sites(look, width), ""]
    return Text("\n".join((*lines, *_holders(look, width))), no_wrap=True, overflow="crop")


def live_line(look: LiveLook) -> str:
    """The same as one line, where nothing can be drawn again."""
    waiting = "" if look.waiting is None else f", {look.waiting} waiting for a connection"
    lag = "" if look.longest_step_ms is None else f", longest step {look.longest_step_ms:,.1f} ms"
    return (
        f"{look.seconds:,.0f} s: {look.requests:,} requests ({look.per_s:,.1f} a second), {look.failed:,} failed, "
        f"{look.in_flight:,} in flight{waiting}{lag}"
    )


def _figures(look: LiveLook) -> list[str]:
    rows = (
        ("requests", f"{look.requests:,}", "a second", f"{look.per_s:,.1f}", "failed", f"{look.failed:,}"),
        ("in flight", f"{look.in_flight:,}", "waiting for a connection", _text(look.waiting, ",.0f"), "", ""),
        ("loop busy", percent(look.busy), "longest step ms", _text(look.longest_step_ms, ",.1f"),
         "lag p99 ms", _text(look.lag_p99_ms, ",.2f")),
    )  # fmt: skip
    return _table(rows, "lrlrlr", sum(map(len, rows[0])) + 60)


def _text(value: float | None, form: str) -> str:
    return _UNKNOWN if value is None else format(value, form)


def _sites(look: LiveLook, width: int) -> list[str]:
    if not look.sites:
        return ["no request has ended yet"]
    rows = [("call site", "client", "a second", "p50 ms", "failed")]
    for site in look.sites:
        place = f"{site.place} {site.function}"
        rows.append((place, site.client, f"{site.per_s:,.1f}", _text(site.p50_ms, ",.1f"), f"{site.failed:,}"))
    return _table(rows, "llrrr", width)


def _holders(look: LiveLook, width: int) -> list[str]:
    if not look.holders:
        return [_cut("who holds the loop is not recorded just now: there is too much to do for detail", width)]
    rows = [("for whom the loop ran", "of the time")]
    return _table([*rows, *((holder.name, percent(holder.share)) for holder in look.holders)], "lr", width)


def _table(rows: Sequence[Sequence[str]], sides: str, width: int) -> list[str]:
    """The rows in columns, left or right; the first column gives up what does not fit."""
    widths = [max(len(_plain(row[place])) for row in rows) for place in range(len(sides))]
    widths[0] = max(1, min(widths[0], width - sum(widths[1:]) - 2 * (len(sides) - 1)))
    return [
        "  ".join(
            _cut(_plain(cell), size).ljust(size) if side == "l" else cell.rjust(size)
            for cell, size, side in zip(row, widths, sides, strict=True)
        ).rstrip()
        for row in rows
    ]


def _plain(text: str) -> str:
    """Without what a terminal would take for more than a letter."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
