"""Two recordings of a program on the terminal: call sites before and after, and what may be concluded."""

from rich.console import Console
from rich.text import Text

from clientprof.model.programs.changes import ProgramChanges, ProgramSide, SiteChange, SiteFigures
from clientprof.report.programs.program_wording import ms, peer_name, place, rate
from clientprof.report.terminal.layout import (
    print_columns,
    print_heading,
    print_lines,
    print_named_rows,
    print_paragraph,
    safe,
)
from clientprof.report.terminal.plain import printed_plainly
from clientprof.report.writing.figures import ABSENT, decimal, duration

_SITES = 20
MAY = (
    "Counts per request (failures, leaks, new connections) depend little on the machine's speed: a large change of them "
    "is one of the program or its servers."
)
NEAR = "A finding that came or went may lie close to its threshold: look at both reports."
MAY_NOT = (
    "Nothing here says faster or slower. To ask that of a client, `clientprof compare` measures versions side by side with "
    "an A/A check."
)


def print_program_changes(changes: ProgramChanges, console: Console) -> None:
    """Print both sides, 80 columns wide."""
    printed_plainly(console, lambda: _print_parts(changes, console))


def _print_parts(changes: ProgramChanges, console: Console) -> None:
    console.print(safe(f"{changes.program}, before and after", "bold"))
    for word, side in (("before", changes.before), ("after", changes.after)):
        print_paragraph(console, safe(f"{word}: {side.answer}".replace("`", "")))
    _print_whole(changes, console)
    _print_sites(changes, console)
    print_lines(console, "Findings", [
        *(("gone", text) for text in changes.gone),
        *(("new", text) for text in changes.new),
        *(("in both", text) for text in changes.stayed),
    ])  # fmt: skip
    print_lines(console, "In what the runs differ besides", [("-", text) for text in changes.differences])
    print_lines(
        console,
        "What may be concluded",
        [("may", MAY), *(("not", text) for text in changes.cautions), ("not", MAY_NOT)],
    )


def _print_whole(changes: ProgramChanges, console: Console) -> None:
    print_heading(console, "The whole program", "CPU in µs of all its processes per request")
    heads = ["", "measured", "requests", "/s", "failed", "open", "CPU", "connections opened/1000"]
    rows = [_whole("before", changes.before), _whole("after", changes.after)]
    print_columns(console, heads, "lrrrrrrr", rows)


def _whole(word: str, side: ProgramSide) -> list[Text]:
    cells = (
        duration(side.measured_s), f"{side.requests:,}", rate(side.per_second), f"{side.failed:,}", f"{side.open:,}",
        decimal(side.cpu_us_per_request, 0), decimal(side.connects_per_1000, 0),
    )  # fmt: skip
    return [safe(word, "dim"), *map(safe, cells)]


def _print_sites(changes: ProgramChanges, console: Console) -> None:
    if not changes.sites:
        return
    print_heading(console, "Call sites", "latency in ms; matched by file, function, client and peer")
    several = len({(row.peer, row.several) for row in changes.sites}) > 1
    heads = ["call site", "", "requests", "/s", "mean", "p50", "p99", "failed"]
    print_named_rows(console, heads, "llrrrrrr", [_site(row, several=several) for row in changes.sites[:_SITES]])
    if (more := len(changes.sites) - _SITES) > 0:
        print_paragraph(console, safe(f"{more:,} more call sites are in --json.", "dim"))


def _site(row: SiteChange, *, several: bool) -> tuple[list[str], list[Text]]:
    lines = {side.line: None for side in (row.before, row.after) if side is not None}
    where = place(row.file, next(iter(lines), 0)) + "".join(f", now {line}" for line in list(lines)[1:])
    columns = zip(_cells("before", row.before), _cells("after", row.after), strict=True)
    cells = [safe(left).append("\n").append_text(safe(right)) for left, right in columns]
    names = [row.function, f"  {where}, {row.client}"]
    peer = "several hosts" if row.several else peer_name(row.peer)
    return ([*names, f"  to {peer}"] if several else names), cells


def _cells(word: str, side: SiteFigures | None) -> tuple[str, ...]:
    if side is None:
        return (word, *(ABSENT,) * 6)
    latency = side.latency_ms
    mean = ms(side.wall_us / 1000) if side.requests else ABSENT
    return (
        word, f"{side.requests:,}", rate(side.per_second), mean, ms(latency.p50), ms(latency.p99), f"{side.failed:,}",
    )  # fmt: skip
