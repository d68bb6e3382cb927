"""httpx's blocking Client on httpcore's blocking pool, which is generated from the asynchronous one.

The order of a request is that of the asynchronous client; locks are threading's, and ``Event.wait`` is where a thread waits
for a connection.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Reading, Request, Sending, SyncAdapter
from clientprof.clients.httpx_client import httpx_arguments
from clientprof.clients.observed.blocking_boundaries import BLOCKING_BOUNDARIES
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.model.run import Blocking
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec, WaitSpec

_POOL = "httpcore._sync.connection_pool"
_CONNECTION = "httpcore._sync.connection:HTTPConnection"
_HTTP11 = "httpcore._sync.http11:HTTP11Connection"
_SYNC = "httpcore._synchronization"
_STREAM = "httpcore._backends.sync:SyncStream"


class HttpxSyncAdapter(SyncAdapter):
    name = "httpx-sync"
    package = "httpx"
    known_versions = "httpx 0.28, httpcore 1.0"
    packages = ("httpcore", "h11", "anyio", "certifi", "idna", "h2", "brotli", "zstandard")
    features = frozenset(Feature) - {Feature.TRIO, Feature.UVLOOP}
    boundaries: ClassVar[Sequence[BoundarySpec]] = (
        *BLOCKING_BOUNDARIES,
        BoundarySpec("httpx._client:Client.request", Layer.API),
        BoundarySpec("httpx._client:Client.send", Layer.API),
        BoundarySpec("httpx._models:Response.read", Layer.API),
        BoundarySpec("httpx._config:create_ssl_context", Layer.TLS),
        BoundarySpec(f"{_POOL}:ConnectionPool.handle_request", Layer.POOL),
        BoundarySpec(f"{_POOL}:ConnectionPool._assign_requests_to_connections", Layer.POOL),
        BoundarySpec(f"{_POOL}:ConnectionPool._close_connections", Layer.POOL),
        BoundarySpec(f"{_POOL}:PoolByteStream.close", Layer.POOL),
        BoundarySpec(f"{_CONNECTION}._connect", Layer.CONNECT),
        BoundarySpec(f"{_HTTP11}.handle_request", Layer.HTTP),
        BoundarySpec(f"{_HTTP11}._receive_response_body", Layer.HTTP),
        BoundarySpec(f"{_HTTP11}._response_closed", Layer.HTTP),
        BoundarySpec("httpcore._sync.http2:HTTP2Connection.handle_request", Layer.HTTP, optional=True),
        BoundarySpec("h11._connection:Connection.send", Layer.HTTP),
        BoundarySpec("h11._connection:Connection.next_event", Layer.HTTP),
        BoundarySpec("h11._connection:Connection.receive_data", Layer.HTTP),
        BoundarySpec(f"{_STREAM}.read", Layer.IO),
        BoundarySpec(f"{_STREAM}.write", Layer.IO),
        BoundarySpec(f"{_STREAM}.close", Layer.IO),
        BoundarySpec(f"{_STREAM}.start_tls", Layer.TLS),
        BoundarySpec(f"{_SYNC}:ThreadLock.__enter__", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:Lock.__enter__", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:Event.wait", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:Event.set", Layer.CONCURRENCY),
        BoundarySpec("httpx._decoders:GZipDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:DeflateDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:BrotliDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:TextDecoder.decode", Layer.DECODE),
    )
    marks = (
        MarkSpec(f"{_POOL}:ConnectionPool.handle_request", Mark.POOL_ENQUEUE, Mark.HEADERS),
        MarkSpec(f"{_CONNECTION}.handle_request", enter=Mark.POOL_ACQUIRED),
        MarkSpec(f"{_POOL}:PoolByteStream.close", Mark.DONE, Mark.RELEASED),
    )
    waits = (
        WaitSpec(f"{_SYNC}:Event.wait", Blocking.POOL),
        WaitSpec(f"{_SYNC}:ThreadLock.__enter__", Blocking.LOCK),
        WaitSpec(f"{_SYNC}:Lock.__enter__", Blocking.LOCK),
    )
    counters = (
        CounterSpec(
            "pool_passes",
            f"{_POOL}:ConnectionPool._assign_requests_to_connections",
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
        CounterSpec("lock_acquisitions", f"{_SYNC}:ThreadLock.__enter__", "acquisitions of the pool's lock"),
        CounterSpec("event_waits", f"{_SYNC}:Event.wait", "waits for httpcore's event"),
        CounterSpec("url_parses", "httpx._urlparse:urlparse", "URL strings parsed", expected=1.0),
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
        "httpcore._synchronization": Layer.CONCURRENCY,
        "httpcore._utils": Layer.IO,
        "httpcore": Layer.HTTP,
        "h11": Layer.HTTP,
        "h2": Layer.HTTP,
        "hpack": Layer.HTTP,
        "threading": Layer.CONCURRENCY,
        "idna": Layer.API,
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
