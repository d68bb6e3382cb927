"""A pass over the pool looks at what may have changed since the last one, instead of at everything.

The queue remembers which requests wait, and which connections a request has left; idle connections are kept by origin.
What a pass decides is unchanged: a waiting request gets an idle connection of its origin, else a new one, else the place of
an idle one of another origin; surplus idle connections are closed. An idle connection is asked whether it has expired when
it is about to be used, and all of them once a second. Pools with a proxy or with HTTP/2 keep their own pass.
"""

import contextlib
import importlib
import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

_SWEEP_S = 1.0


def apply(root: str) -> None:
    """Raises: LookupError: no such pass."""
    module = importlib.import_module(f"{root}._async.connection_pool")
    connection = importlib.import_module(f"{root}._async.connection").AsyncHTTPConnection
    pool, request = module.AsyncConnectionPool, getattr(module, "AsyncPoolRequest", None)
    if request is None or not hasattr(pool, "_assign_requests_to_connections"):
        raise LookupError(f"AsyncConnectionPool._assign_requests_to_connections in {root}")
    initialize, scan, clear = pool.__init__, pool._assign_requests_to_connections, request.clear_connection
    # Where the pool reserves connections (httpcore2), so does this pass, and only idle ones count as surplus.
    reserving = hasattr(connection, "can_multiplex")

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807  # it replaces that of the pool
        initialize(self, *args, **kwargs)
        if self._proxy is None and not self._http2:
            self._requests = _Queue()

    def clear_connection(self: Any) -> None:
        left = self.connection
        clear(self)
        if isinstance(queue := self.__dict__.get("_queue"), _Queue):
            queue.waits_again(self, left)

    def assign(self: Any) -> Any:
        queue = self._requests
        return _Pass(self, queue, reserving).run() if type(queue) is _Queue else scan(self)

    pool.__init__ = __init__
    pool._assign_requests_to_connections = assign
    request.clear_connection = clear_connection


class _Queue:
    """The requests of a pool, as the list was used, and what a pass needs to know."""

    def __init__(self) -> None:
        self._all: dict[Any, None] = {}
        self.waiting: OrderedDict[Any, None] = OrderedDict()
        self.left: list[Any] = []
        self.idle: dict[tuple[object, ...], dict[Any, None]] = {}
        self.sweep_at = 0.0

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def append(self, request: Any) -> None:
        self._all[request] = self.waiting[request] = None
        request._queue = self

    def remove(self, request: Any) -> None:
        if request not in self._all:
            raise ValueError("no such request in the pool")
        del self._all[request]
        self.waiting.pop(request, None)
        if request.connection is not None:
            self.left.append(request.connection)

    def waits_again(self, request: Any, left: Any) -> None:
        """It goes back to the front: it came before those that have not been tried."""
        self.left.append(left)
        if request in self._all:
            self.waiting[request] = None
            self.waiting.move_to_end(request, last=False)


class _Pass:
    __slots__ = ("_closing", "_pool", "_queue", "_reserving")

    def __init__(self, pool: Any, queue: _Queue, reserving: bool) -> None:
        self._pool = pool
        self._queue = queue
        self._reserving = reserving
        self._closing: list[Any] = []

    def run(self) -> list[Any]:
        queue = self._queue
        if queue.left:
            self._sort_left()
        if (now := time.monotonic()) > queue.sweep_at:
            queue.sweep_at = now + _SWEEP_S
            self._sweep()
        if queue.idle:
            self._close_surplus()
        if queue.waiting:
            self._assign()
        return self._closing

    def _sort_left(self) -> None:
        queue = self._queue
        for connection in queue.left:
            if connection.is_closed():
                self._drop(connection)
            elif connection.is_idle():
                queue.idle.setdefault(_key(connection._origin), {})[connection] = None
            elif connection._connection is None:
                # Its request was cancelled before it connected, and nobody else knows of it.
                self._drop(connection)
        queue.left.clear()

    def _sweep(self) -> None:
        for connection in [each for group in self._queue.idle.values() for each in group]:
            if connection.is_idle() and connection.has_expired():
                self._close(connection)

    def _close_surplus(self) -> None:
        pool, most = self._pool, self._pool._max_keepalive_connections
        if not self._reserving:
            # httpcore counts all its connections here (encode/httpcore#1000), and so does this pass.
            if len(pool._connections) <= most:
                return
            for connection in [each for group in self._queue.idle.values() for each in group]:
                if len(pool._connections) > most and connection.is_idle():
                    self._close(connection)
            return
        surplus = sum(map(len, self._queue.idle.values())) - most
        if surplus > 0:
            for connection in [each for group in self._queue.idle.values() for each in group][:surplus]:
                self._close(connection)

    def _assign(self) -> None:
        pool, queue = self._pool, self._queue
        for request in list(queue.waiting) if queue.idle else queue.waiting.copy():
            if not queue.idle and len(pool._connections) >= pool._max_connections:
                return
            connection = self._connection_for(request.request.url.origin)
            if connection is not None:
                del queue.waiting[request]
                request.assign_to_connection(connection)

    def _connection_for(self, origin: Any) -> Any:
        pool, queue = self._pool, self._queue
        key = _key(origin)
        while group := queue.idle.get(key):
            connection = next(reversed(group))
            if not connection.is_available():
                self._forget(key, connection)
            elif connection.has_expired():
                self._close(connection)
            else:
                if self._reserving:
                    self._forget(key, connection)
                return connection
        if len(pool._connections) >= pool._max_connections:
            for other in [each for group in queue.idle.values() for each in group]:
                if other.is_idle():
                    self._close(other)
                    break
                self._forget(_key(other._origin), other)
            else:
                return None
        connection = pool.create_connection(origin)
        pool._connections.append(connection)
        return connection

    def _close(self, connection: Any) -> None:
        self._forget(_key(connection._origin), connection)
        self._drop(connection)
        self._closing.append(connection)

    def _drop(self, connection: Any) -> None:
        with contextlib.suppress(ValueError):
            self._pool._connections.remove(connection)

    def _forget(self, key: tuple[object, ...], connection: Any) -> None:
        group = self._queue.idle.get(key)
        if group is not None:
            group.pop(connection, None)
            if not group:
                del self._queue.idle[key]


def _key(origin: Any) -> tuple[object, ...]:
    return (origin.scheme, origin.host, origin.port)
