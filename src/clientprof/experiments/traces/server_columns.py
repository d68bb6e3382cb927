"""The origin's log of connections as columns of a run, to be set beside what the client recorded of the same connections."""

from array import array
from dataclasses import fields

from clientprof.model.close_reasons import place_of
from clientprof.model.run import Run
from clientprof.origin.truth.connection_log import ConnectionAccounts, ConnectionRow


def needs_both_ends(run: Run, *, kept: bool) -> bool:
    """Whether requests failed, or a client that is kept opened connections later: who closed which, the server knows too."""
    again = run.facts.origin is not None and run.facts.origin.accepts > 0
    return (kept and again) or any(run.column("exchange.error"))


def server_columns(accounts: ConnectionAccounts, since_ns: int) -> "dict[str, array[int]]":
    """``server.*`` and ``answer.*`` columns; what ended before ``since_ns`` was others'."""
    kept = [row for row in accounts.connections if not row.closed_ns or row.closed_ns >= since_ns]
    columns: dict[str, array[int]] = {}
    for field in fields(ConnectionRow):
        if field.name == "reason":
            values = [place_of(row.reason) for row in kept]
        else:
            values = [getattr(row, field.name) for row in kept]
        columns[f"server.{field.name}"] = array("q", values)
    answers = [answer for answer in accounts.answers if answer[2] >= since_ns]
    for place, name in enumerate(("connection", "received_ns", "written_ns")):
        columns[f"answer.{name}"] = array("q", [answer[place] for answer in answers])
    return columns
