"""What a recording keeps of the origin's journal."""

from clientprof.model.close_reasons import CLIENT, IDLE, POLICY
from clientprof.model.run import OriginTruth
from clientprof.origin.truth.journal import Journal
from clientprof.workload.load.targets import REFUSED


def told_by(journal: Journal, answers_per_connection: int | None = None, opened: int = 0) -> OriginTruth:
    """``journal`` is of the rounds of one worker; ``opened`` is the truth's ``max_connections_before``."""
    return OriginTruth(
        accepts=journal.accepts,
        handshakes=journal.handshakes,
        resumed=journal.handshakes_resumed,
        requests=journal.requests,
        cpu_ns=journal.cpu_ns,
        wall_ns=journal.wall_ns,
        max_in_flight=journal.max_in_flight,
        max_connections=journal.max_connections_open,
        max_connections_before=opened,
        http2_requests=journal.http2_requests,
        closed_by_server=journal.closes.get(POLICY, 0) + journal.closes.get(IDLE, 0),
        refused=journal.by_status.get(REFUSED, 0),
        http2_streams=journal.http2_streams,
        closed_by_client=journal.closes.get(CLIENT, 0),
        answers_per_connection=answers_per_connection,
    )
