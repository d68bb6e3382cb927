"""An idle HTTP/1.1 connection that was given to a request is given to no other until that request has used it.

The reservation is a mark on the connection: set when it is assigned, taken away once the request is through with sending
and has its headers (the connection's own state says "active" by then), or has failed or was cancelled on the way there.
"""

import importlib
from typing import Any


def apply(root: str) -> None:
    """Raises: LookupError: no such pool, or it reserves connections already."""
    pool = importlib.import_module(f"{root}._async.connection_pool")
    connection = importlib.import_module(f"{root}._async.connection").AsyncHTTPConnection
    http11 = importlib.import_module(f"{root}._async.http11").AsyncHTTP11Connection
    request = getattr(pool, "AsyncPoolRequest", None)
    if request is None:
        raise LookupError(f"requests in the pool of {root} that are assigned to connections")
    if hasattr(connection, "can_multiplex"):
        raise LookupError(f"connection of {root} that is assigned twice: its pool reserves them")
    assign, wait = request.assign_to_connection, request.wait_for_connection
    handle, is_available, is_idle = connection.handle_async_request, connection.is_available, connection.is_idle

    def assign_to_connection(self: Any, given: Any) -> None:
        # A new connection is nobody else's anyway; one of HTTP/2 takes more requests.
        if type(given) is connection and type(given._connection) is http11:
            given._reserved = True
        assign(self, given)

    async def wait_for_connection(self: Any, timeout: "float | None" = None) -> Any:
        try:
            return await wait(self, timeout=timeout)
        except BaseException:
            if self.connection is not None:
                self.connection._reserved = False
            raise

    async def handle_async_request(self: Any, sent: Any) -> Any:
        try:
            return await handle(self, sent)
        finally:
            self._reserved = False

    connection._reserved = False
    connection.handle_async_request = handle_async_request
    connection.is_available = lambda self: not self._reserved and is_available(self)
    connection.is_idle = lambda self: not self._reserved and is_idle(self)
    request.assign_to_connection = assign_to_connection
    request.wait_for_connection = wait_for_connection
