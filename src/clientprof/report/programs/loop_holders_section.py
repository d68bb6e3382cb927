"""Who held the event loop: the loops, the program's functions by name and line, and the routes that they served."""

from clientprof.model.programs.results import Holder, LoopResult, ProgramResult, RouteRow, ServedRoute
from clientprof.report.programs.program_wording import answering, behind_text, ms, place, process_name, route_name
from clientprof.report.writing.figures import ABSENT, decimal, interval, milliseconds, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, details, join, note, prose, table, tag
from clientprof.report.writing.page_parts import bar, chip, function_at, quiet

_SHOWN = 12


def loop_holders_section(result: ProgramResult) -> Html | None:
    """Loops, holders, routes and requests served, each where there are any."""
    parts = [_loops(result), _holders(result), _routes(result), _served(result)]
    return join(parts) if any(part is not None for part in parts) else None


def _loops(result: ProgramResult) -> Html | None:
    if not result.loops:
        return None
    columns = [
        Column("Loop"), Column("Busy", class_="wide"), Column("Its thread's CPU", True), Column("Longest step", True, "ms"),
        Column("Longest queue", True, "callbacks"),
    ]  # fmt: skip
    return table("Event loops", columns, [_loop(result, row) for row in result.loops], "inline-bars bars")


def _loop(result: ProgramResult, row: LoopResult) -> list[Node]:
    name = process_name(result, row.process)
    figure = tag("span", tag("b", percent(row.busy_for_requests)), class_="figure")
    busy = [figure, bar([("--state-running", row.busy_for_requests)], 1.0)]
    if row.busy_share_in_flight is not None:
        busy.append(tag("small", f"while requests were in flight; {percent(row.busy_share)} of all the time"))
    queue = ABSENT if row.queue_most is None else f"{row.queue_most:,}"
    return [
        join((row.loop, tag("small", f"{name}, {row.name}"))),
        join(busy),
        percent(row.cpu_share),
        ms(row.longest_ms),
        queue,
    ]


def _holders(result: ProgramResult) -> Html | None:
    if not result.holders:
        return note("Nothing was sampled, so it is not known which functions held the loop.") if result.loops else None
    text = caption(
        "Held: time in which code under this function had the loop, computing or blocked, in all of the measured time. "
        "Blamed: how long a request that could run had to wait for it, on average."
    )
    shown, rest = result.holders[:_SHOWN], result.holders[_SHOWN:]
    more = details(f"The next {len(rest)}", _holder_table("Holders of the loop, continued", rest)) if rest else None
    return join((text, _holder_table("Holders of the loop", shown), more))


def _holder_table(label: str, holders: tuple[Holder, ...]) -> Html:
    columns = [
        Column("Function"), Column("Layer"), Column("Held", True, "s"), Column("Of the loop's busy time", True),
        Column("Computing", True, "s"), Column("Longest", True, "ms"), Column("Blamed", True, "ms a request"),
        Column("Most of it in"),
    ]  # fmt: skip
    return table(label, columns, [_holder(row) for row in holders], "functions")


def _holder(row: Holder) -> list[Node]:
    served = tag("small", answering(row.routes)) if row.routes else None
    inside = tag("span", prose(f"`{row.inside}`"), class_="inside") if row.inside else ABSENT
    return [
        join((function_at(row.function, row.file, row.line, ""), served)),
        chip("layer", row.layer),
        join((tag("b", decimal(row.held_s.value, 2)), " ", quiet(interval(row.held_s, 2)))),
        percent(row.share_of_loop),
        decimal(row.cpu_s, 2),
        ms(row.longest_ms),
        ms(row.blamed_us / 1000),
        inside,
    ]


def _routes(result: ProgramResult) -> Html | None:
    if not result.routes:
        return None
    columns = [
        Column("Route"), Column("Requests", True, "that it made"), Column("Mean", True, "ms of a request"),
        Column("Own code held the loop", True, "ms per request made"), Column("Call sites"),
    ]  # fmt: skip
    heading = tag("h3", "Routes of the program")
    return join((heading, table("Routes of the program", columns, [_route(row) for row in result.routes])))


def _route(row: RouteRow) -> list[Node]:
    return [
        join((tag("code", route_name(row.route)), tag("small", row.route.framework))),
        f"{row.requests:,}",
        milliseconds(row.wall_us) if row.requests else ABSENT,
        milliseconds(row.held_us_per_exchange),
        ", ".join(place(file, line) for file, line in row.sites) or ABSENT,
    ]


def _served(result: ProgramResult) -> Html | None:
    if not result.served:
        return None
    columns = [
        Column("Route"), Column("Seen whole", True, "requests"), Column("Lived", True, "ms"), Column("Ran", True, "ms"),
        Column("Queued", True, "ms, ready, loop held"), Column("Waited", True, "ms"),
        Column("Queued behind", hint="shares of queued"),
    ]  # fmt: skip
    text = caption(
        "Requests that the program served, means: each lived from when its server could have read it to the end of its "
        "answer; the range beside it is what two polls of the loop leave open."
    )
    heading = tag("h3", "Requests that the program served")
    return join((heading, text, table("Requests served", columns, [_served_route(row) for row in result.served])))


def _served_route(row: ServedRoute) -> list[Node]:
    low, high = milliseconds(row.low_us), milliseconds(row.high_us)
    return [
        join((tag("code", route_name(row.route)), tag("small", row.route.framework))),
        f"{row.requests:,}",
        join((tag("b", milliseconds(row.wall_us)), tag("small", f"{low} to {high}") if low != high else None)),
        milliseconds(row.running_us),
        milliseconds(row.ready_us),
        milliseconds(row.waiting_us),
        behind_text(row) or ABSENT,
    ]
