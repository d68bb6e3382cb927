"""Bytes go straight to asyncio's transports: no stream of anyio between httpcore and them.

anyio's stream gives the loop away after each write, pauses and resumes the transport around each read, and does TLS in
Python. Here anyio still connects; then a protocol of asyncio takes the transport over, keeps what has arrived, and wakes the
one who reads. Errors, timeouts and their types are those of httpcore's own stream. What has no transport of asyncio, as on
trio, stays with anyio.
"""

import asyncio
import collections
import importlib
import socket
from collections.abc import Callable
from typing import Any

# Beyond so much unread, nothing is taken from the socket.
_MOST_UNREAD = 256 * 1024


def apply(root: str) -> None:
    """Raises: LookupError: no such backend."""
    backend = getattr(importlib.import_module(f"{root}._backends.anyio"), "AnyIOBackend", None)
    if backend is None or not hasattr(backend, "connect_tcp"):
        raise LookupError(f"AnyIOBackend.connect_tcp in {root}")
    errors = importlib.import_module(f"{root}._exceptions")
    interface = importlib.import_module(f"{root}._backends.base").AsyncNetworkStream
    is_readable = importlib.import_module(f"{root}._utils").is_socket_readable
    by_anyio = backend.connect_tcp
    # A subclass, so that whoever asks finds the backend's interface.
    stream_type = type("Stream", (_Stream, interface), {"_errors": errors, "_is_readable": staticmethod(is_readable)})

    async def connect_tcp(self: Any, *args: Any, **kwargs: Any) -> Any:
        stream = await by_anyio(self, *args, **kwargs)
        protocol = _taken_over(getattr(stream, "_stream", None))
        return stream if protocol is None else stream_type(protocol)

    backend.connect_tcp = connect_tcp


def _taken_over(stream: Any) -> "_Protocol | None":
    """The protocol that has the transport of anyio's stream from now on; None where there is no such transport."""
    transport: Any = getattr(stream, "_transport", None)
    before = getattr(stream, "_protocol", None)
    if before is None or not hasattr(transport, "set_protocol") or transport.is_closing():
        return None
    protocol = _Protocol()
    protocol.transport = transport
    for data in getattr(before, "read_queue", ()):
        protocol.data_received(bytes(data))
    transport.set_protocol(protocol)
    transport.resume_reading()  # anyio has paused it
    return protocol


class _Protocol(asyncio.Protocol):
    """What has arrived and was not read; one reader and one writer may wait."""

    transport: Any = None

    def __init__(self) -> None:
        self._unread: collections.deque[bytes] = collections.deque()
        self._size = 0
        self._paused_reading = self._paused_writing = self._ended = False
        self.error: Exception | None = None
        self.closed = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    def data_received(self, data: bytes) -> None:
        self._unread.append(data)
        self._size += len(data)
        if self._size > _MOST_UNREAD and not self._paused_reading:
            self._paused_reading = True
            self.transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        self._ended = True
        _wake(self._reader)
        return True  # who reads to the end closes

    def connection_lost(self, exc: "Exception | None") -> None:
        self._ended, self.error = True, exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._paused_writing = True

    def resume_writing(self) -> None:
        self._paused_writing = False
        _wake(self._writer)

    async def read(self, most: int, timeout_s: "float | None") -> bytes:
        """What is there, at most so many bytes; empty at the end.

        Raises:
            TimeoutError: nothing came in that time.
            OSError: the connection failed, or was closed on this side.
        """
        if not self._unread:
            if self.closed:
                raise ConnectionError("closed")
            if not self._ended:
                self._reader = asyncio.get_running_loop().create_future()
                try:
                    await _in_time(self._reader, timeout_s)
                finally:
                    self._reader = None
            if not self._unread:
                if self.error is not None or self.closed:
                    raise self.error or ConnectionError("closed")
                return b""
        data = self._unread.popleft()
        if len(data) > most:
            self._unread.appendleft(data[most:])
            data = data[:most]
        self._size -= len(data)
        if self._paused_reading and self._size <= _MOST_UNREAD // 2:
            self._paused_reading = False
            self.transport.resume_reading()
        return data

    async def write(self, data: bytes, timeout_s: "float | None") -> None:
        """Give it to the transport, and wait while that has too much already.

        Raises:
            TimeoutError, OSError: as for ``read``.
        """
        if self.closed or self.error is not None or self.transport.is_closing():
            raise self.error or ConnectionError("closed")
        self.transport.write(data)
        if self._paused_writing:
            self._writer = asyncio.get_running_loop().create_future()
            try:
                await _in_time(self._writer, timeout_s)
            finally:
                self._writer = None
            if self.error is not None:
                raise self.error

    def close(self) -> None:
        self.closed = True
        self.transport.close()
        _wake(self._reader)
        _wake(self._writer)


def _wake(waiting: "asyncio.Future[None] | None") -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


async def _in_time(waiting: "asyncio.Future[None]", timeout_s: "float | None") -> None:
    """Raises: TimeoutError: it was not woken in time."""
    if timeout_s is None:
        await waiting
        return
    timer = asyncio.get_running_loop().call_later(timeout_s, _expire, waiting)
    try:
        await waiting
    finally:
        timer.cancel()


def _expire(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())


class _Stream:
    """``AsyncNetworkStream`` of httpcore."""

    _errors: Any
    _is_readable: Callable[[Any], bool]

    def __init__(self, protocol: _Protocol) -> None:
        self._protocol = protocol

    async def read(self, max_bytes: int, timeout: "float | None" = None) -> bytes:
        try:
            return await self._protocol.read(max_bytes, timeout)
        except TimeoutError as error:
            raise self._errors.ReadTimeout(str(error)) from error
        except OSError as error:
            raise self._errors.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: "float | None" = None) -> None:
        if not buffer:
            return
        try:
            await self._protocol.write(buffer, timeout)
        except TimeoutError as error:
            raise self._errors.WriteTimeout(str(error)) from error
        except OSError as error:
            raise self._errors.WriteError(str(error)) from error

    async def aclose(self) -> None:
        self._protocol.close()

    async def start_tls(
        self, ssl_context: Any, server_hostname: "str | None" = None, timeout: "float | None" = None
    ) -> Any:
        protocol = _Protocol()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    self._protocol.transport, protocol, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            self._protocol.transport.abort()
            raise self._errors.ConnectTimeout(str(error)) from error
        except (OSError, EOFError) as error:  # an error of TLS is one of the system, too
            self._protocol.transport.abort()
            raise self._errors.ConnectError(str(error)) from error
        except BaseException:
            self._protocol.transport.abort()
            raise
        protocol.transport = transport
        return type(self)(protocol)

    def get_extra_info(self, info: str) -> Any:
        transport = self._protocol.transport
        if info == "ssl_object":
            return transport.get_extra_info("ssl_object")
        if info == "client_addr":
            return transport.get_extra_info("sockname")
        if info == "server_addr":
            return transport.get_extra_info("peername")
        sock: socket.socket | None = transport.get_extra_info("socket")
        if info == "socket":
            return sock
        if info == "is_readable":
            return bool(self._protocol._unread) or self._protocol._ended or self._is_readable(sock)
        return None
