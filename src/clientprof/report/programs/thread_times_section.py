"""Where threads that call clients are outside of these calls: the program's own functions, computing or standing still."""

from clientprof.model.programs.results import ProgramResult
from clientprof.model.programs.threads import ThreadTime
from clientprof.report.programs.program_wording import place
from clientprof.report.writing.figures import ABSENT, decimal, interval, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, join, prose, table, tag
from clientprof.report.writing.page_parts import bar, function_at, quiet


def thread_times_section(result: ProgramResult) -> Html | None:
    """One row a function; None where no thread was seen outside of its calls."""
    if not result.thread_times:
        return None
    text = caption(
        "Threads that call blocking clients, from the first call of each to the end of its last, while they are in none of "
        "these calls: time summed over the threads. Shares are of the time in which they do something. Time without "
        "computing is spent blocked, or waiting for the interpreter or for a core. A thread "
        "of clientprof samples them: code that blocks or computes for longer than 5 ms is seen as it is; shorter "
        "computing between two calls of sockets or files is charged to these calls."
    )
    columns = [
        Column("Function"), Column("Time", class_="wide", hint="s"), Column("Computing", True, "s"),
        Column("Mostly at"), Column("Threads", True), Column("Most of it in"),
    ]  # fmt: skip
    full = result.thread_times[0].wall_s.value
    return join(
        (text, table("Threads outside of calls", columns, [_row(row, full) for row in result.thread_times], "bars"))
    )


def _row(row: ThreadTime, full: float) -> list[Node]:
    figure = tag(
        "span", tag("b", decimal(row.wall_s.value, 2)), quiet(percent(row.share)), quiet(interval(row.wall_s, 2)),
        class_="figure",
    )  # fmt: skip
    still = max(0.0, row.wall_s.value - row.cpu_s)
    return [
        function_at(row.function, row.file, row.line, ""),
        join((figure, bar([("--state-running", row.cpu_s), ("--state-waiting", still)], full))),
        decimal(row.cpu_s, 2),
        tag("code", place(row.file, row.at_line)),
        f"{row.threads:,}",
        tag("span", prose(f"`{row.inside}`"), class_="inside") if row.inside else ABSENT,
    ]
