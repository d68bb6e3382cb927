"""TLS on the origin's side, by memory BIO: the handshake and the records are OpenSSL's own, only no socket carries them."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any

_RECORD_BYTES = 256 * 1024


class TlsTransport(asyncio.Transport):
    """Between the transport of the raw bytes, whose protocol it is, and the protocol that it makes after the handshake."""

    def __init__(
        self, raw: asyncio.Transport, context: ssl.SSLContext, new_protocol: Callable[[], asyncio.Protocol]
    ) -> None:
        super().__init__()
        self._raw = raw
        self._new_protocol = new_protocol
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._session = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._protocol: Any = None
        raw.set_protocol(self)  # type: ignore[arg-type]  # it has a protocol's methods below
        raw.resume_reading()

    # -- as the protocol of the raw transport --------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._incoming.write(data)
        try:
            if self._protocol is None and not self._shake_hands():
                return
            self._read()
        except ssl.SSLError:
            self._flush()
            self._raw.abort()

    def pause_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        if self._protocol is not None:
            self._protocol.connection_lost(error)

    def _shake_hands(self) -> bool:
        try:
            self._session.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        self._flush()
        self._protocol = self._new_protocol()
        self._protocol.connection_made(self)
        return True

    def _read(self) -> None:
        while True:
            try:
                data = self._session.read(_RECORD_BYTES)
            except ssl.SSLWantReadError:
                self._flush()
                return
            except ssl.SSLZeroReturnError:
                data = b""
            if not data:
                self.close()
                return
            self._protocol.data_received(data)

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._raw.write(self._outgoing.read())

    # -- as the transport of HTTP --------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._raw.is_closing():
            self._session.write(data)
            self._flush()

    def close(self) -> None:
        if not self._raw.is_closing():
            # The client has not said its farewell yet, and need not.
            with contextlib.suppress(ssl.SSLError):
                self._session.unwrap()
            self._flush()
            self._raw.close()

    def abort(self) -> None:
        self._raw.abort()

    def is_closing(self) -> bool:
        return self._raw.is_closing()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol  # type: ignore[no-any-return]

    def pause_reading(self) -> None:
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        self._raw.resume_reading()

    def is_reading(self) -> bool:
        return self._raw.is_reading()

    def get_write_buffer_size(self) -> int:
        return self._raw.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._session if name == "ssl_object" else self._raw.get_extra_info(name, default)
