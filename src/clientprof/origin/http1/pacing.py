"""Bodies sent in time over HTTP/1.1: the first piece with the headers, then one piece every so often.

Piece n is due n intervals after the first, whatever became of those before it: lateness does not add up.
"""

from time import perf_counter_ns

from clientprof.origin.answers.request import Request
from clientprof.origin.http1.work import ConnectionInWork
from clientprof.origin.wire.reply import LAST_CHUNK, Reply


class Paced:
    """One response under way; at most one timer."""

    __slots__ = ("_begun_ns", "_connection", "_next", "_pace_ns", "_reason", "_received_ns", "_reply", "_request")

    def __init__(self, connection: ConnectionInWork, reply: Reply, request: Request, received_ns: int) -> None:
        assert reply.pace_ns is not None
        self._connection = connection
        self._reply = reply
        self._request = request
        self._received_ns = received_ns
        self._pace_ns = reply.pace_ns
        self._reason = connection.reason_to_close(reply, request)
        self._begun_ns = 0
        self._next = 0

    def start(self) -> None:
        """Send the headers and the first piece."""
        self._begun_ns = perf_counter_ns()
        head = self._connection.head(
            self._reply, self._request, self._received_ns, self._begun_ns, closing=self._reason is not None
        )
        self._send_due(head, self._begun_ns)

    def _resume(self) -> None:
        if self._send_due(b"", perf_counter_ns()):
            self._connection.take_next()

    def _send_due(self, before: bytes, now_ns: int) -> bool:
        connection, pieces = self._connection, self._reply.pieces
        due = len(pieces) if self._pace_ns == 0 else (now_ns - self._begun_ns) // self._pace_ns + 1
        ready = pieces[self._next : due]
        self._next += len(ready)
        if self._next >= len(pieces):
            connection.transport.write(b"".join((before, *ready, LAST_CHUNK)))
            self._end(perf_counter_ns())
            return True
        if before or ready:
            connection.transport.write(b"".join((before, *ready)))
        connection.after(self._begun_ns + self._next * self._pace_ns - now_ns, self._resume)
        return False

    def _end(self, now_ns: int) -> None:
        connection = self._connection
        connection.count_stream(now_ns - self._begun_ns)
        connection.finish(self._reason, now_ns, self._reply.status, self._begun_ns - self._received_ns)
