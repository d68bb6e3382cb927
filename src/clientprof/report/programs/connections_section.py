"""Who holds connections and what is never given back; what timeouts ran out on; settings beside what the load needed."""

from clientprof.model.programs.results import FoundSettings, HeldConnections, ProgramResult, TimeoutVerdict
from clientprof.report.programs.program_wording import (
    asked,
    leak_text,
    limit_text,
    ms,
    place,
    settings_text,
    verdict_text,
)
from clientprof.report.writing.figures import ABSENT
from clientprof.report.writing.markup import Column, Html, Node, caption, join, prose, table, tag
from clientprof.report.writing.page_parts import function_at

_AT_MOST = 60


def held_section(result: ProgramResult) -> Html | None:
    """One row a call site and peer, the most held first; leaks in words."""
    if not result.held:
        return None
    columns = [
        Column("Call site"), Column("Held at most", True, "at once"), Column("Allowed", True),
        Column("Holds", True), Column("Held for", True, "ms, mean"), Column("Not given back"),
    ]  # fmt: skip
    text = caption("A connection is held from when a request gets it until it is free for the next one.")
    return join((text, table("Held connections", columns, [_held(row) for row in result.held[:_AT_MOST]], "functions")))


def _held(row: HeldConnections) -> list[Node]:
    most = f"{row.most:,}"
    all_of_them = "all of them" if row.most == row.in_use else "all of them, with other calls"
    leak = leak_text(row)
    limit = ABSENT if row.limit is None else f"{row.limit:,}"
    return [
        join((function_at(row.function, row.file, row.line, ""), tag("small", f"to {asked(row)}"))),
        join((tag("b", most), tag("small", all_of_them))) if row.full else most,
        limit if not row.one_host else join((limit, tag("small", "to one host"))),
        f"{row.holds:,}",
        ms(row.mean_ms),
        tag("b", leak) if leak else ABSENT,
    ]


def timeouts_section(result: ProgramResult) -> Html | None:
    """A verdict on each kind of timeout: what the clock ran out on, and whose that is."""
    if not result.timeouts:
        return None
    columns = [Column("Timeout"), Column("Times", True), Column("The clock ran out while"), Column("Evidence")]
    return table("Timeouts", columns, [_timeout(row) for row in result.timeouts[:_AT_MOST]])


def _timeout(row: TimeoutVerdict) -> list[Node]:
    verdict = verdict_text(row)
    return [
        join((tag("code", row.type), tag("small", place(row.file, row.line), class_="place"))),
        f"{row.count:,}",
        tag("b", verdict) if row.own else verdict,
        prose(row.evidence),
    ]


def settings_section(result: ProgramResult) -> Html | None:
    """The settings of the clients that were built, beside the most that the load asked of them."""
    if not result.settings:
        return None
    columns = [
        Column("Client"), Column("Built at"), Column("Objects", True), Column("Connections allowed", True),
        Column("Kept idle", True), Column("In flight at most", True), Column("Connections at most", True),
        Column("Other settings"),
    ]  # fmt: skip
    text = caption("What each client object was built with, beside what the load needed of it.")
    rows = [_settings(row) for row in result.settings[:_AT_MOST]]
    return join((text, table("Settings of clients", columns, rows, "described")))


def _settings(row: FoundSettings) -> list[Node]:
    limit = row.settings.bound
    short = limit is not None and row.most_in_flight > limit
    flight = f"{row.most_in_flight:,}"
    return [
        f"{row.client.name} {row.client.version}".strip(),
        tag("code", place(row.file, row.line)),
        f"{row.instances:,}",
        limit_text(row.settings, "limit"),
        limit_text(row.settings, "idle"),
        join((tag("b", flight), tag("small", "more than allowed"))) if short else flight,
        ABSENT if row.most_connections is None else f"{row.most_connections:,}",
        settings_text(row.settings) or ABSENT,
    ]
