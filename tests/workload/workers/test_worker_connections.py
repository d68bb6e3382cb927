"""Connections and handshakes in the ledger are those that the origin's own journal counts, exactly."""

from array import array

import pytest

from clientprof.model.run import HandshakeStep
from clientprof.origin.process import Journal, OriginProcess
from measurable_clients import SEEN
from small_load import Followed, followed

pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.parametrize("client", SEEN),
]
# Closing: the server closes each connection after its answer, so that warm rounds connect too.
KEEPING, CLOSING = ("/1k", 4), ("/1k?close=1", None)


def within(worker: Followed, times: "array[int]") -> list[int]:
    """Rows between the begin of the cold round and the end of the last measured one."""
    begin, end = worker.run.columns["round.started_ns"][0], worker.run.columns["round.ended_ns"][-1]
    return [row for row, at_ns in enumerate(times) if begin <= at_ns <= end]


def whole(worker: Followed) -> Journal:
    return worker.journals["end"].since(worker.journals["cold"])


def ended(worker: Followed) -> list[int]:
    columns = worker.run.columns
    done = columns["handshake.done"]
    return [done[row] for row in within(worker, columns["handshake.started_ns"]) if done[row]]


@pytest.mark.parametrize(("path", "limit"), [KEEPING, CLOSING], ids=["keeping", "closing"])
def test_connections_of_the_ledger_are_the_origins(
    path: str, limit: int | None, client: str, origin: OriginProcess
) -> None:
    worker = followed(origin, client=client, lens="ledger", limit=limit, path=path, rounds=2, max_rounds=2)
    columns = worker.run.columns
    opened = within(worker, columns["connection.opened_ns"])
    assert len(opened) == whole(worker).accepts
    assert len(opened) == (limit or 48)
    assert all(0 <= columns["connection.exchange"][row] < 48 for row in opened)


@pytest.mark.parametrize(("path", "limit"), [KEEPING, CLOSING], ids=["keeping", "closing"])
def test_connections_and_handshakes_over_tls_are_the_origins(
    path: str, limit: int | None, client: str, tls_origin: OriginProcess
) -> None:
    worker = followed(tls_origin, client=client, lens="ledger", limit=limit, path=path, rounds=2, max_rounds=2)
    columns, journal = worker.run.columns, whole(worker)
    assert len(within(worker, columns["connection.opened_ns"])) == journal.accepts
    ends = ended(worker)
    assert len(ends) == journal.handshakes
    assert ends.count(HandshakeStep.RESUMED) == journal.handshakes_resumed
    assert HandshakeStep.FAILED not in ends


def test_every_request_of_the_ledger_was_written_and_read_on_a_connection(
    client: str, tls_origin: OriginProcess
) -> None:
    worker = followed(tls_origin, client=client, lens="ledger", limit=4)
    columns = worker.run.columns
    exchanges = set(range(32))
    assert exchanges <= set(columns["write.exchange"])
    assert exchanges <= set(columns["read.exchange"])
    assert max(columns["write.connection"]) <= len(columns["connection.opened_ns"])
