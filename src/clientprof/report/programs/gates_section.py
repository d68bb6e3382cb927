"""Where tasks and calls of the program wait outside of requests."""

from clientprof.model.programs.recording import Gate
from clientprof.model.programs.results import GateResult, ProgramResult
from clientprof.report.writing.figures import decimal
from clientprof.report.writing.markup import Column, Html, Node, caption, join, table, tag
from clientprof.report.writing.page_parts import function_at


def gates_section(result: ProgramResult) -> Html | None:
    """One row a place and what it waits for; None where no task was seen waiting so."""
    if not result.gates:
        return None
    text = caption(
        "Tasks and threads that wait for a semaphore or room in a queue before they make a request, tasks that wait so "
        "for a lock or a limiter, or sleep between two requests, calls that wait for a thread of a pool, and items in a "
        "queue that wait for one of the tasks or threads that take from it: no request is in flight for them, so no phase "
        "has this time. They are looked at every half second."
    )
    columns = [
        Column("At"), Column("Waiting", True, "mean"), Column("At most", True),
        Column("Seen in", True, "looks"),
    ]  # fmt: skip
    return join(
        (text, table("What waits outside of requests", columns, [_row(row) for row in result.gates], "functions"))
    )


def _row(row: GateResult) -> list[Node]:
    gate = row.gate
    return [
        join((function_at(gate.function, gate.file, gate.line, ""), tag("small", _what(gate)))),
        decimal(row.tasks, 1),
        f"{row.most:,}",
        f"{row.looks:,} of {row.all_looks:,}",
    ]


def _what(gate: Gate) -> str:
    if gate.workers:
        return f"in {gate.what}, for one of {gate.workers} {'threads' if gate.of_threads else 'tasks'}"
    return f"for one of {gate.threads} threads that are there" if gate.threads else f"for {gate.what}"
