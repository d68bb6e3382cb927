"""The least that Python can do for a request: a protocol object a connection, and bytes built beforehand.

What it leaves out is what clients are for: cookies, retries, streaming, headers to choose, typed responses.
"""

import asyncio
import ssl
from collections import deque
from urllib.parse import urljoin, urlsplit

from clientprof.clients.own.floor_connection import Address, FloorConnection, FloorResponse

LIMIT = 100
_MOST_REDIRECTS = 20
_MOST_BUILT = 512


class FloorClient:
    """At most ``limit`` connections, kept alive; whoever finds none waits in line."""

    def __init__(
        self, limit: int = LIMIT, tls: ssl.SSLContext | None = None, timeout_s: float | None = None, hops: bool = False
    ) -> None:
        self._limit = limit
        self._tls = tls
        self._timeout_s = timeout_s
        self._hops = hops
        self._loop = asyncio.get_running_loop()
        self._connections: set[FloorConnection] = set()
        self._opening = 0
        self._idle: dict[Address, list[FloorConnection]] = {}
        self._waiting: deque[tuple[Address, asyncio.Future[FloorConnection | None]]] = deque()
        self._built: dict[tuple[str, str, bytes | None], tuple[Address, bytes]] = {}

    async def fetch(self, url: str, method: str = "GET", body: bytes | None = None) -> FloorResponse:
        """The response with its whole body.

        Raises:
            FloorError: the connection was lost, or the response makes no sense.
            OSError: no connection could be made.
            TimeoutError: ``timeout_s`` is over.
        """
        if self._timeout_s is None:
            response = await self._exchange(url, method, body)
        else:
            async with asyncio.timeout(self._timeout_s):
                response = await self._exchange(url, method, body)
        for _ in range(_MOST_REDIRECTS):
            if not self._hops or response.status not in (301, 302, 303, 307, 308):
                break
            url = urljoin(url, response.headers.get("location") or "")
            response = await self._exchange(url, method, body)
        return response

    async def _exchange(self, url: str, method: str, body: bytes | None) -> FloorResponse:
        known = self._built.get((method, url, body))
        address, request = self._build(method, url, body) if known is None else known
        idle = self._idle.get(address)
        connection = idle.pop() if idle else await self._connection(address)
        try:
            return await connection.send(request)
        except BaseException:
            connection.close()
            raise
        finally:
            self._release(connection)

    async def close(self) -> None:
        """Close all connections."""
        connections = list(self._connections)
        for connection in connections:
            connection.close()
        if connections:
            await asyncio.wait([connection.lost for connection in connections], timeout=1)

    def _forget(self, connection: FloorConnection) -> None:
        """A connection is closed: its place is free."""
        self._connections.discard(connection)
        idle = self._idle.get(connection.address)
        if idle and connection in idle:
            idle.remove(connection)
        self._admit()

    async def _connection(self, address: Address) -> FloorConnection:
        """A connection of this address: an idle one, a new one, or the first that becomes free."""
        while True:
            if len(self._connections) + self._opening < self._limit or self._drop_other(address):
                return await self._open(address)
            waiter: asyncio.Future[FloorConnection | None] = self._loop.create_future()
            self._waiting.append((address, waiter))
            try:
                connection = await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled() and (handed := waiter.result()) is not None:
                    self._release(handed)
                raise
            if connection is not None and connection.reusable:
                return connection

    async def _open(self, address: Address) -> FloorConnection:
        host, port, tls = address
        self._opening += 1
        try:
            _, connection = await self._loop.create_connection(
                lambda: FloorConnection(address, self._forget), host, port, ssl=(self._tls or True) if tls else None
            )
        except BaseException:
            self._loop.call_soon(self._admit)
            raise
        finally:
            self._opening -= 1
        self._connections.add(connection)
        return connection

    def _release(self, connection: FloorConnection) -> None:
        """Hand the connection to the first in line who can use it, or keep it."""
        if not connection.reusable:
            connection.close()
            return
        while self._waiting:
            address, waiter = self._waiting.popleft()
            if waiter.done():
                continue
            if address == connection.address:
                waiter.set_result(connection)
            else:
                self._waiting.appendleft((address, waiter))
                connection.close()
            return
        self._idle.setdefault(connection.address, []).append(connection)

    def _admit(self) -> None:
        """A place is free: the first in line may open a connection."""
        while self._waiting:
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _drop_other(self, address: Address) -> bool:
        """Close an idle connection of another address, whose place is then taken; False where there is none."""
        for other, idle in self._idle.items():
            if other != address and idle:
                connection = idle.pop()
                self._connections.discard(connection)
                connection.close()
                return True
        return False

    def _build(self, method: str, url: str, body: bytes | None) -> tuple[Address, bytes]:
        """The request's bytes, kept for the next time."""
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        address = (parts.hostname or "", parts.port or (443 if tls else 80), tls)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        head = f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n{length}\r\n"
        if len(self._built) >= _MOST_BUILT:
            self._built.clear()
        built = (address, head.encode("ascii") + (body or b""))
        self._built[method, url, body] = built
        return built
