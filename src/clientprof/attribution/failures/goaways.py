"""What a server that said GOAWAY had done for the requests that failed by it: taken and answered, or never had.

After GOAWAY a server answers the requests that it has taken and no others (RFC 9113, 6.8). A client that gives up all of the
connection at once loses answers that are on their way: those in the server's log whose stamps no request has that got its
answer. Whose they were is not known.
"""

from collections.abc import Sequence

from clientprof.attribution.failures.connection_lives import ConnectionLives, integers
from clientprof.model.failures import FailedRequest, Goaways
from clientprof.model.run import Run

_ANSWER = ("connection", "received_ns", "written_ns")


def goaways(run: Run, failed: Sequence[FailedRequest]) -> Goaways | None:
    """Counts over the connections that such requests were on; None where there are none."""
    rows = [row for row in failed if row.goaway]
    connections = {row.connection for row in rows if row.connection is not None}
    if not connections:
        return None  # and nothing to read for it
    lives = ConnectionLives(run, connections)
    servers = {server.number: server for each in connections if (server := lives.server(each)) is not None}
    if not servers:
        return None
    number, received, written = (integers(run, f"answer.{name}").tolist() for name in _ANSWER)
    of_these = {answer[1:] for answer in zip(number, received, written, strict=True) if answer[0] in servers}
    # What the warm-up was answered, which has no numbers, is nobody's loss.
    begun_ns = int(integers(run, "exchange.started_ns").min())
    stamps = zip(*(integers(run, f"exchange.{name}").tolist() for name in _ANSWER[1:]), strict=True)
    return Goaways(
        connections=len(servers),
        failed=len(rows),
        taken=sum(server.requests for server in servers.values()),
        answered=sum(server.answered for server in servers.values()),
        lost=len({answer for answer in of_these if answer[0] >= begun_ns} - set(stamps)) if of_these else None,
    )
