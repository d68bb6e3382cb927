"""Whether the server has closed an idle connection is asked once, when a request is about to use it.

A connection found closed is refused with ``ConnectionNotAvailable``, as httpcore does for one that another request took:
the request goes back to the queue and gets another. Idle connections that nobody wants are closed when they expire.
"""

import importlib
import select
import time
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such connections."""
    http11 = importlib.import_module(f"{root}._async.http11")
    outer = importlib.import_module(f"{root}._async.connection").AsyncHTTPConnection
    unavailable = importlib.import_module(f"{root}._exceptions").ConnectionNotAvailable
    inner = http11.AsyncHTTP11Connection
    if not hasattr(inner, "has_expired") or not hasattr(select, "poll"):
        raise LookupError(f"socket poll in {root}")
    idle = http11.HTTPConnectionState.IDLE
    handle = outer.handle_async_request

    def has_expired(self: Any) -> bool:
        expire_at = self._expire_at
        return expire_at is not None and time.monotonic() > expire_at

    async def handle_async_request(self: Any, request: Any) -> Any:
        connection = self._connection
        if connection is not None and type(connection) is inner and connection._state == idle and _readable(connection):
            await connection.aclose()
            raise unavailable()
        return await handle(self, request)

    inner.has_expired = has_expired
    outer.handle_async_request = handle_async_request


def _readable(connection: Any) -> bool:
    """Whether the connection's socket has something to read, which for an idle one can only be its end."""
    poll = connection.__dict__.get("_poll")
    if poll is None:
        sock = connection._network_stream.get_extra_info("socket")
        if sock is None or sock.fileno() < 0:
            return True
        poll = connection._poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
    return bool(poll.poll(0))
