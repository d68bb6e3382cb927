"""The live view of a program: a few lines and two short tables, readable at 80 columns."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clientprof.model.programs.live import LiveLook

_UNKNOWN = "-"


def live_view(title: str, look: LiveLook, width: int) -> RenderableType:
    """The view, ``width`` columns wide."""
    head = Text(f"{title}   {look.seconds:,.0f} s", style="bold", no_wrap=True, overflow="ellipsis")
    return Group(head, _figures(look), Text(""), _sites(look, width), Text(""), _holders(look, width))


def live_line(look: LiveLook) -> str:
    """The same as one line, where nothing can be drawn again."""
    waiting = "" if look.waiting is None else f", {look.waiting} waiting for a connection"
    lag = "" if look.longest_step_ms is None else f", longest step {look.longest_step_ms:,.1f} ms"
    return (
        f"{look.seconds:,.0f} s: {look.requests:,} requests ({look.per_s:,.1f} a second), {look.failed:,} failed, "
        f"{look.in_flight:,} in flight{waiting}{lag}"
    )


def _figures(look: LiveLook) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    rows = (
        ("requests", f"{look.requests:,}", "a second", f"{look.per_s:,.1f}", "failed", f"{look.failed:,}"),
        ("in flight", f"{look.in_flight:,}", "waiting for a connection", _text(look.waiting, ",.0f"), "", ""),
        ("loop busy", _text(look.busy, ".0%"), "longest step ms", _text(look.longest_step_ms, ",.1f"),
         "lag p99 ms", _text(look.lag_p99_ms, ",.2f")),
    )  # fmt: skip
    for place in range(6):
        table.add_column(justify="right" if place % 2 else "left", style="" if place % 2 else "dim")
    for cells in rows:
        table.add_row(*cells)
    return table


def _text(value: float | None, form: str) -> str:
    return _UNKNOWN if value is None else format(value, form)


def _sites(look: LiveLook, width: int) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim", width=width)
    table.add_column("call site", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("client", no_wrap=True)
    for name in ("a second", "p50 ms", "failed"):
        table.add_column(name, justify="right", no_wrap=True)
    for site in look.sites:
        failed = Text(f"{site.failed:,}", style="red" if site.failed else "")
        place = Text(f"{site.place} {site.function}")
        table.add_row(place, Text(site.client), f"{site.per_s:,.1f}", _text(site.p50_ms, ",.1f"), failed)
    return table if look.sites else Text("no request has ended yet", style="dim")


def _holders(look: LiveLook, width: int) -> RenderableType:
    if not look.holders:
        return Text("who holds the loop is not recorded just now: there is too much to do for detail", style="dim")
    table = Table(box=None, pad_edge=False, header_style="dim", width=width)
    table.add_column("for whom the loop ran", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("of the time", justify="right")
    for holder in look.holders:
        table.add_row(Text(holder.name), f"{holder.share:.1%}")
    return table
