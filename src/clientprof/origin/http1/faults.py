"""Misbehaviour on request, so that a client's handling of it can be measured."""

import struct
from socket import SO_LINGER, SOL_SOCKET
from time import perf_counter_ns

from clientprof.origin.answers.draft import GARBAGE, FaultKind
from clientprof.origin.answers.request import Request
from clientprof.origin.http1.work import ConnectionInWork
from clientprof.origin.wire.reply import Reply

_LINGER_ZERO = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN (socket(7))


def commit(connection: ConnectionInWork, reply: Reply, request: Request, received_ns: int) -> None:
    """Answer ``request`` with the fault of ``reply``; the connection's turn is over when the fault is."""
    assert reply.fault is not None
    kind = reply.fault.kind
    if kind is FaultKind.STALL:
        _stall(connection, reply, request, received_ns, int(reply.fault.stall_ms * 1e6))
        return
    now_ns = perf_counter_ns()
    if kind is FaultKind.RESET:
        connection.sock.setsockopt(SOL_SOCKET, SO_LINGER, _LINGER_ZERO)
        connection.finish(None, now_ns, None, 0)
        connection.close("fault", at_once=True)
        return
    if kind is FaultKind.GARBAGE:
        connection.transport.write(GARBAGE)
    else:
        head = connection.head(reply, request, received_ns, now_ns, closing=False)
        connection.transport.write(head + reply.body[: len(reply.body) // 2])
    connection.finish("fault", now_ns, None, 0)


def _stall(connection: ConnectionInWork, reply: Reply, request: Request, received_ns: int, stall_ns: int) -> None:
    body = b"" if request.head_only else reply.body
    middle = len(body) // 2
    reason = connection.reason_to_close(reply, request)
    written_ns = perf_counter_ns()
    due_ns = written_ns + stall_ns
    head = connection.head(reply, request, received_ns, written_ns, closing=reason is not None)
    connection.transport.write(head + body[:middle])

    def resume() -> None:
        now_ns = perf_counter_ns()
        if now_ns < due_ns:
            connection.after(due_ns - now_ns, resume)
            return
        connection.transport.write(bytes(body[middle:]))
        connection.finish(reason, now_ns, reply.status, written_ns - received_ns)
        connection.take_next()

    connection.after(stall_ns, resume)
