"""httpx's blocking Client on httpcore's blocking pool, which is generated from the asynchronous one.

The order of a request is that of the asynchronous client; locks are threading's, and ``Event.wait`` is where a thread waits
for a connection. Alternatives in a target are older versions' names, from httpx 0.23 and httpcore 0.16 on.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Reading, Request, Sending, SyncAdapter
from clientprof.clients.httpx_client import httpx_arguments
from clientprof.clients.observed.blocking_boundaries import BLOCKING_BOUNDARIES
from clientprof.clients.observed.httpx_boundaries import httpx_url_parses
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.model.run import Blocking
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec, WaitSpec

_POOL = "httpcore._sync.connection_pool"
_CONNECTION = "httpcore._sync.connection:HTTPConnection"
_HTTP11 = "httpcore._sync.http11:HTTP11Connection"
_SYNC = "httpcore._synchronization"
_STREAM, _OLD_STREAM = (f"httpcore.{backends}.sync:SyncStream" for backends in ("_backends", "backends"))
# Until httpcore 1.0.2 the pass was two: one that closes what expired, one that looks for a connection for a request.
_ASSIGN = f"{_POOL}:ConnectionPool._assign_requests_to_connections"
_CLOSE_EXPIRED = f"{_POOL}:ConnectionPool._close_expired_connections"
_RELEASE = f"{_POOL}:PoolByteStream.close | {_POOL}:ConnectionPoolByteStream.close"
# Until httpcore 1.0.2 the pool's lock was of the same class as those of its connections.
_POOL_LOCK = f"{_SYNC}:ThreadLock.__enter__"


class HttpxSyncAdapter(SyncAdapter):
    name = "httpx-sync"
    package = "httpx"
    known_versions = "httpx 0.28 (from 0.23), httpcore 1.0 (from 0.16)"
    packages = ("httpcore", "h11", "anyio", "certifi", "idna", "rfc3986", "h2", "brotli", "zstandard")
    features = frozenset(Feature) - {Feature.TRIO, Feature.UVLOOP}
    boundaries: ClassVar[Sequence[BoundarySpec]] = (
        *BLOCKING_BOUNDARIES,
        BoundarySpec("httpx._client:Client.request", Layer.API),
        BoundarySpec("httpx._client:Client.send", Layer.API),
        BoundarySpec("httpx._models:Response.read", Layer.API),
        BoundarySpec("httpx._config:create_ssl_context", Layer.TLS),
        BoundarySpec(f"{_POOL}:ConnectionPool.handle_request", Layer.POOL),
        BoundarySpec(f"{_ASSIGN} | {_POOL}:ConnectionPool._attempt_to_acquire_connection", Layer.POOL),
        BoundarySpec(f"{_POOL}:ConnectionPool._close_connections | {_CLOSE_EXPIRED}", Layer.POOL),
        BoundarySpec(_RELEASE, Layer.POOL),
        BoundarySpec(f"{_CONNECTION}._connect", Layer.CONNECT),
        BoundarySpec(f"{_HTTP11}.handle_request", Layer.HTTP),
        BoundarySpec(f"{_HTTP11}._receive_response_body", Layer.HTTP),
        BoundarySpec(f"{_HTTP11}._response_closed", Layer.HTTP),
        BoundarySpec("httpcore._sync.http2:HTTP2Connection.handle_request", Layer.HTTP, optional=True),
        BoundarySpec("h11._connection:Connection.send", Layer.HTTP),
        BoundarySpec("h11._connection:Connection.next_event", Layer.HTTP),
        BoundarySpec("h11._connection:Connection.receive_data", Layer.HTTP),
        BoundarySpec(f"{_STREAM}.read | {_OLD_STREAM}.read", Layer.IO),
        BoundarySpec(f"{_STREAM}.write | {_OLD_STREAM}.write", Layer.IO),
        BoundarySpec(f"{_STREAM}.close | {_OLD_STREAM}.close", Layer.IO),
        BoundarySpec(f"{_STREAM}.start_tls | {_OLD_STREAM}.start_tls", Layer.TLS),
        BoundarySpec(_POOL_LOCK, Layer.CONCURRENCY, optional=True),
        BoundarySpec(f"{_SYNC}:Lock.__enter__", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:Event.wait", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:Event.set", Layer.CONCURRENCY),
        BoundarySpec("httpx._decoders:GZipDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:DeflateDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:BrotliDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:ZStandardDecoder.decode", Layer.DECODE, optional=True),
        BoundarySpec("httpx._decoders:TextDecoder.decode", Layer.DECODE),
    )
    marks = (
        MarkSpec(f"{_POOL}:ConnectionPool.handle_request", Mark.POOL_ENQUEUE, Mark.HEADERS),
        MarkSpec(f"{_CONNECTION}.handle_request", enter=Mark.POOL_ACQUIRED),
        MarkSpec(_RELEASE, Mark.DONE, Mark.RELEASED),
    )
    waits = (
        WaitSpec(f"{_SYNC}:Event.wait", Blocking.POOL),
        WaitSpec(_POOL_LOCK, Blocking.LOCK, optional=True),
        WaitSpec(f"{_SYNC}:Lock.__enter__", Blocking.LOCK),
    )
    counters = (
        CounterSpec(
            "pool_passes",
            f"{_ASSIGN} | {_CLOSE_EXPIRED}",
            "passes over the whole connection pool; one to assign a request and one to release it are enough",
            expected=2.0,
        ),
        CounterSpec(
            "assignments",
            f"{_CONNECTION}.handle_request",
            "times a request was handed to a connection; more than one means the connection was taken meanwhile",
            expected=1.0,
        ),
        CounterSpec(
            "socket_polls",
            "httpcore._utils:is_socket_readable",
            "sockets polled to see whether an idle connection was closed by the server; once per reuse is enough",
            expected=1.0,
        ),
        CounterSpec("clients_built", "httpx._client:Client.__init__", "clients built", expected=0.0),
        CounterSpec(
            "lock_acquisitions",
            f"{_POOL_LOCK} | {_SYNC}:Lock.__enter__",
            "acquisitions of the pool's lock; before httpcore 1.0.3, of its connections' locks too",
        ),
        CounterSpec("event_waits", f"{_SYNC}:Event.wait", "waits for httpcore's event"),
        httpx_url_parses("httpx"),
        CounterSpec("exception_maps", "httpcore._exceptions:map_exceptions", "exception-mapping contexts entered"),
        CounterSpec("trace_objects", "httpcore._trace:Trace.__init__", "trace objects built, listened to or not"),
        CounterSpec("handshakes", "ssl:SSLSocket.do_handshake", "TLS handshakes", expected=0.0),
    )
    module_layers: ClassVar[dict[str, Layer]] = {
        "httpx._decoders": Layer.DECODE,
        "httpx": Layer.API,
        "httpcore._sync.connection_pool": Layer.POOL,
        "httpcore._sync.connection": Layer.CONNECT,
        "httpcore._sync": Layer.HTTP,
        "httpcore._backends": Layer.IO,
        "httpcore.backends": Layer.IO,
        "httpcore._synchronization": Layer.CONCURRENCY,
        "httpcore._utils": Layer.IO,
        "httpcore": Layer.HTTP,
        "h11": Layer.HTTP,
        "h2": Layer.HTTP,
        "hpack": Layer.HTTP,
        "threading": Layer.CONCURRENCY,
        "idna": Layer.API,
        "rfc3986": Layer.API,
        "certifi": Layer.TLS,
        "http.cookiejar": Layer.API,
    }

    def build(self, options: ClientOptions) -> Any:
        import httpx

        return httpx.Client(**httpx_arguments(options))

    def fetch(self, client: Any, request: Request) -> Answer:
        arguments = body_arguments(request)
        if request.reading is Reading.WHOLE:
            response = client.request(request.method, request.url, **arguments)
            return Answer(response.status_code, len(response.content), response.headers, response.content)
        with client.stream(request.method, request.url, **arguments) as response:
            return read_pieces(response, request)

    def close(self, client: Any) -> None:
        client.close()

    def module_version(self) -> str:
        import httpx

        return str(httpx.__version__)


def body_arguments(request: Request) -> dict[str, Any]:
    """How httpx's blocking calls take the request's body."""
    if request.body is None:
        return {}
    if request.sending is Sending.MULTIPART:
        return {"files": {"file": ("body.bin", request.body)}}
    return {"content": request.body if request.sending is Sending.BYTES else iter(request.pieces())}


def read_pieces(response: Any, request: Request) -> Answer:
    """Read a streamed response as the request says."""
    if request.reading is Reading.LINES:
        pieces = [line.encode() + b"\n" for line in response.iter_lines()]
        size = sum(map(len, pieces))
    else:
        size, pieces = 0, []
        for piece in response.iter_bytes():
            size += len(piece)
            if request.keep:
                pieces.append(piece)
    return Answer(response.status_code, size, response.headers, b"".join(pieces) if request.keep else None)
