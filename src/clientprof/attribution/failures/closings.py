"""Who closed connections while the load ran, by the server's log, and for how long they had been without a request.

A connection that is closed for want of room was in use a moment ago. One that a clock closes (the client's keep-alive
expiry, the server's keep-alive time) has been idle for as long as that clock runs, seconds as a rule.
"""

import numpy as np
import numpy.typing as npt

from clientprof.attribution.failures.connection_lives import integers
from clientprof.model.close_reasons import CLIENT, IDLE, place_of
from clientprof.model.failures import Closings, Idleness
from clientprof.model.run import Run

_A_CLOCKS_NS = 1_000_000_000


def closings_of(run: Run) -> Closings | None:
    """The closings of a ledger run; None where it has no exchanges or no server's log."""
    ended, opened = integers(run, "exchange.ended_ns"), integers(run, "server.opened_ns")
    if not len(ended) or not len(opened):
        return None
    closed, reason = integers(run, "server.closed_ns"), integers(run, "server.reason")
    since = np.maximum(_last_answers(run), integers(run, "server.last_received_ns"))
    # What is closed after the load is the client's end.
    in_time = (closed > 0) & (closed <= int(ended.max())) & (since > 0)
    idle = closed - since
    return Closings(*(_idleness(idle[in_time & (reason == place_of(side))]) for side in (CLIENT, IDLE)))


def _last_answers(run: Run) -> npt.NDArray[np.int64]:
    """Of each row of the server's log when its last answer was written, 0 without any."""
    numbers = integers(run, "server.number")
    connection, written = integers(run, "answer.connection"), integers(run, "answer.written_ns")
    order = np.argsort(numbers, kind="stable")
    last = np.zeros(len(numbers), dtype=np.int64)
    place = np.searchsorted(numbers, connection, sorter=order)
    inside = place < len(numbers)
    rows = order[place[inside]]
    mine = numbers[rows] == connection[inside]
    np.maximum.at(last, rows[mine], written[inside][mine])
    return last


def _idleness(idle_ns: npt.NDArray[np.int64]) -> Idleness:
    long = idle_ns[idle_ns >= _A_CLOCKS_NS] / 1e9
    if not len(long):
        return Idleness(len(idle_ns), 0)
    return Idleness(len(idle_ns), len(long), float(long.min()), float(np.median(long)))
