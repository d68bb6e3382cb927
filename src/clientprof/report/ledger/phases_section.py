"""Phases of a request: how much of each is running, ready and waiting."""

from clientprof.model.ledger.accounts import PhaseRow
from clientprof.model.phases import PHASE_MEANING, State
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.writing.figures import decimal, milliseconds, percent
from clientprof.report.writing.markup import Column, Html, Node, caption, join, note, table, tag
from clientprof.report.writing.page_parts import bar, chip, per_client
from clientprof.report.writing.wording import client_name

_COLUMNS = (
    Column("Phase"),
    Column("Running, ready, waiting", class_="wide"),
    Column("Wall", numeric=True, hint="ms"),
    Column("Running", numeric=True, hint="ms"),
    Column("Ready", numeric=True, hint="ms"),
    Column("Waiting", numeric=True, hint="ms"),
    Column("p50", numeric=True, hint="ms"),
    Column("p99", numeric=True, hint="ms"),
    Column("Requests", numeric=True, hint="with it"),
)


def phases_section(result: TraceResult) -> Html | None:
    """Per client a table with a stacked bar in each row, and the loop's account below."""
    clients = [client for client in result.clients if client.ledger is not None]
    if not clients:
        return None
    text = caption(
        "Mean wall time of a request by phase, in order of time; bars on each client's own scale. ",
        chip("state", State.RUNNING, "running: its own code runs"),
        chip("state", State.READY, "ready: could run, but other work does"),
        chip("state", State.WAITING, "waiting: for a connection, the network, the server"),
    )
    return join((text, per_client(clients, map(_account, clients))))


def _account(client: ClientResult) -> Html:
    ledger = client.ledger
    assert ledger is not None
    full = max((row.wall_us for row in ledger.phases), default=0.0)
    rows = [_phase(row, full) for row in ledger.phases]
    rows.append(
        [
            tag("b", "all"),
            None,
            tag("b", milliseconds(ledger.wall_us)),
            None,
            None,
            None,
            None,
            None,
            f"{ledger.requests:,}",
        ]
    )
    busy_us = sum(ledger.loop_busy_us.values())
    known = ledger.loop_idle_us is not None
    loop = (
        f"{ledger.threads} {'threads' if ledger.threads > 1 else 'thread'}, no event loop. Ready means runnable: another "
        "thread had the interpreter's lock (GIL) or the processor. In phase loop the response is here, and the thread "
        "waits to run. "
        if ledger.threads
        else f"The event loop: {decimal(busy_us)} µs busy and {decimal(ledger.loop_idle_us)} µs idle "
        f"per request, {decimal(ledger.callbacks_per_request)} callbacks per request. "
        if known
        else "Nothing saw the steps of this event loop: what a request does inside a phase is not known. "
    )
    loop += f"Unattributed: {percent(ledger.unattributed_share)} of the wall time."
    stamps = (
        None
        if ledger.server_stamps
        else note(
            "The server gave no stamps: uplink, server, downlink and loop cannot be told apart and are shown as wait."
        )
    )
    label = f"{client_name(client)}: phases of a request"
    return join((table(label, _COLUMNS, rows, "bars"), tag("p", loop, class_="quiet"), stamps))


def _phase(row: PhaseRow, full: float) -> list[Node]:
    return [
        tag("span", chip("phase", row.phase), title=PHASE_MEANING[row.phase]),
        bar(_parts(row), full),
        tag("b", milliseconds(row.wall_us)),
        milliseconds(row.cpu_us),
        milliseconds(row.ready_us),
        milliseconds(row.wait_us),
        milliseconds(row.p50_us),
        milliseconds(row.p99_us),
        f"{row.requests:,}",
    ]


def _parts(row: PhaseRow) -> list[tuple[str, float]]:
    """The bar's colours and lengths: by state, or the phase as a whole where the states are unknown."""
    if row.states_us is None:
        return [(f"--phase-{row.phase}", row.wall_us)]
    names = (State.RUNNING, State.READY, State.WAITING)
    return [(f"--state-{state}", us) for state, us in zip(names, row.states_us, strict=True)]
