"""Which version of HTTP a new connection speaks: by ALPN with TLS, by its first bytes without (RFC 9113 3.2, 3.3)."""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from clientprof.origin.http1.protocol import Connection
from clientprof.origin.site import Site

NewProtocol = Callable[[socket.socket], asyncio.Protocol]


def protocols(site: Site) -> NewProtocol:
    """What makes the protocol of each new connection.

    Raises:
        OriginError: HTTP/2 was asked for, and the package that it needs is not installed.
    """

    def http1(sock: socket.socket) -> asyncio.Protocol:
        return Connection(site, sock)

    if not site.options.http2:
        return http1
    from clientprof.origin.http2.connection import Http2Connection
    from clientprof.origin.http2.header_blocks import require_hpack
    from clientprof.origin.http2.replies import Http2Replies

    require_hpack()
    replies = Http2Replies(site.router)

    def http2(sock: socket.socket) -> asyncio.Protocol:
        return Http2Connection(site, sock, replies)

    return lambda sock: Entrance(sock, http1, http2)


class Entrance(asyncio.Protocol):
    """Stands in until the version is known, then hands the transport on and is gone."""

    def __init__(self, sock: socket.socket, http1: NewProtocol, http2: NewProtocol) -> None:
        self._sock = sock
        self._http1 = http1
        self._http2 = http2
        self._chosen: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        session = transport.get_extra_info("ssl_object")
        if session is not None:
            self._choose(self._http2 if session.selected_alpn_protocol() == "h2" else self._http1)

    def data_received(self, data: bytes) -> None:
        if self._chosen is None:
            # no method of HTTP/1.1 in use begins like the preface; the rest of it is checked by who speaks HTTP/2
            self._choose(self._http2 if data.startswith(b"PRI") else self._http1)
        assert self._chosen is not None
        self._chosen.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._chosen is None:  # a client that left without a word counts as it does without HTTP/2
            self._choose(self._http1)
        assert self._chosen is not None
        self._chosen.connection_lost(exc)

    def _choose(self, new_protocol: NewProtocol) -> None:
        self._chosen = new_protocol(self._sock)
        self._transport.set_protocol(self._chosen)
        self._chosen.connection_made(self._transport)
