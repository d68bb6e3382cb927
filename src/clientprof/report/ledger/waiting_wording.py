"""What requests wait for, in words: where most of the wall time goes, and what kept the holders of connections.

Waiting for a connection explains nothing by itself: it is passed on to what those who held the connections did meanwhile.
"""

from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import HolderWait, PhaseRow
from clientprof.model.phases import Phase
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.writing.figures import decimal, percent
from clientprof.report.writing.wording import client_name

_CAUSES_NAMED = 3
_SMALLEST_NAMED = 0.01

# What holders of connections may wait for themselves, besides the layers that keep the loop; in the order of display.
HOLDERS_WAIT: dict[HolderWait, str] = {
    HolderWait.SERVER: "they waited for the server",
    HolderWait.NETWORK: "their data was on the network, or queued before the server",
    HolderWait.CONNECTING: "they were connecting",
    HolderWait.EACH_OTHER: "they waited for one another (a lock)",
    HolderWait.NOBODY: "nobody held a connection",
}


def cascade_causes(row: PhaseRow) -> list[str]:
    """The causes in a row's cascade in the order of display: layers, then waits, then what is not known here."""
    known = dict.fromkeys([*map(str, Layer), *map(str, HolderWait)])
    present = {str(cause) for cause, value in row.cascade.items() if value > 0}
    return [*(cause for cause in known if cause in present), *sorted(present - set(known))]


def holders_text(row: PhaseRow) -> str:
    """``pool 50.5 %, import 22.0 %, concurrency 7.2 %``: what kept the holders, as shares of the wait; or nothing."""
    if row.wait_us is None or row.wait_us <= 0:
        return ""
    largest = sorted(row.cascade.items(), key=lambda item: -item[1])[:_CAUSES_NAMED]
    return ", ".join(
        f"{cause} {percent(us / row.wait_us)}" for cause, us in largest if us >= _SMALLEST_NAMED * row.wait_us
    )


def pool_wait(client: ClientResult) -> PhaseRow | None:
    """The pool's row where requests waited there for a connection and it is known for what; else None."""
    if client.ledger is None:
        return None
    return next(
        (row for row in client.ledger.phases if row.phase is Phase.POOL and waiting_us(row) > 0 and row.cascade), None
    )


def waiting_us(row: PhaseRow) -> float:
    """The row's waiting, 0 where it is unknown."""
    return row.wait_us or 0.0


def wall_sentence(result: TraceResult) -> str | None:
    """Where a request of the client asked about spends most of its wall time."""
    client = result.clients[0] if result.clients else None
    ledger = client.ledger if client else None
    if client is None or ledger is None or not ledger.phases or ledger.wall_us <= 0:
        return None
    lead = f"A request of {client_name(client)} takes {decimal(ledger.wall_us / 1000)} ms on average"
    row = max(ledger.phases, key=lambda phase: phase.wall_us)
    there, back = (
        sum(each.wall_us for each in ledger.phases if each.phase is way) for way in (Phase.UPLINK, Phase.DOWNLINK)
    )
    if there + back > row.wall_us:
        return (
            f"{lead}; {percent((there + back) / ledger.wall_us)} of that on the way to the server "
            f"({decimal(there / 1000)} ms) and back ({decimal(back / 1000)} ms)."
        )
    spent = f"{percent(row.wall_us / ledger.wall_us)} of that in phase {row.phase}"
    states = row.states_us
    if states is None:
        return f"{lead}; {spent}."
    running, ready, waiting = states
    if row is pool_wait(client) and waiting > max(running, ready):
        held = holders_text(row)
        passed_on = f" What delayed the requests that had one: {held}." if held else ""
        return f"{lead}; {percent(waiting / ledger.wall_us)} of that is waiting for a connection.{passed_on}"
    longest = max(
        (running, "running its own code"),
        (
            ready,
            "runnable, but without the interpreter's lock (GIL) or the processor"
            if ledger.threads
            else "ready, queued behind other work of the loop",
        ),
        (waiting, "waiting"),
    )
    return f"{lead}; {spent}, mostly {longest[1]}."
