"""httpx 0.28 on httpcore 1.0, asynchronous, HTTP/1.1 through anyio's asyncio backend.

The order of a request, read in httpcore 1.0.9: ``AsyncConnectionPool.handle_async_request`` queues it and runs the
assignment pass; the assigned ``AsyncHTTPConnection`` connects if it must; ``AsyncHTTP11Connection`` takes its state lock
(or raises ConnectionNotAvailable, which sends the request back to the queue), writes through h11 and the anyio stream,
reads headers; the body is read by ``Response.aread`` through ``PoolByteStream``, whose ``aclose`` releases the connection
and runs the pass again.
"""

import ssl
from typing import Any, ClassVar

from clientprof.clients.adapter import Adapter, Answer, ClientOptions
from clientprof.clients.common_boundaries import COMMON_BOUNDARIES
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.probes.seams import BoundarySpec, CounterSpec, MarkSpec

_POOL = "httpcore._async.connection_pool"
_CONNECTION = "httpcore._async.connection:AsyncHTTPConnection"
_HTTP11 = "httpcore._async.http11"
_SYNC = "httpcore._synchronization"


class HttpxAdapter(Adapter):
    name = "httpx"
    package = "httpx"
    known_versions = "httpx 0.28, httpcore 1.0"
    packages = ("httpcore", "h11", "anyio", "sniffio", "certifi", "idna", "h2", "trio", "brotli", "zstandard")
    boundaries = (
        *COMMON_BOUNDARIES,
        BoundarySpec("httpx._client:AsyncClient.request", Layer.API),
        BoundarySpec("httpx._client:AsyncClient.send", Layer.API),
        BoundarySpec("httpx._models:Response.aread", Layer.API),
        BoundarySpec("httpx._config:create_ssl_context", Layer.TLS),
        BoundarySpec(f"{_POOL}:AsyncConnectionPool.handle_async_request", Layer.POOL),
        BoundarySpec(f"{_POOL}:AsyncConnectionPool._assign_requests_to_connections", Layer.POOL),
        BoundarySpec(f"{_POOL}:AsyncConnectionPool._close_connections", Layer.POOL),
        BoundarySpec(f"{_POOL}:PoolByteStream.aclose", Layer.POOL),
        BoundarySpec(f"{_CONNECTION}._connect", Layer.CONNECT),
        BoundarySpec(f"{_HTTP11}:AsyncHTTP11Connection.handle_async_request", Layer.HTTP),
        BoundarySpec(f"{_HTTP11}:AsyncHTTP11Connection._receive_response_body", Layer.HTTP),
        BoundarySpec(f"{_HTTP11}:AsyncHTTP11Connection._response_closed", Layer.HTTP),
        BoundarySpec("httpcore._async.http2:AsyncHTTP2Connection.handle_async_request", Layer.HTTP, optional=True),
        BoundarySpec("h11._connection:Connection.send", Layer.HTTP),
        BoundarySpec("h11._connection:Connection.next_event", Layer.HTTP),
        BoundarySpec("h11._connection:Connection.receive_data", Layer.HTTP),
        BoundarySpec("httpcore._backends.anyio:AnyIOStream.read", Layer.IO),
        BoundarySpec("httpcore._backends.anyio:AnyIOStream.write", Layer.IO),
        BoundarySpec("httpcore._backends.anyio:AnyIOStream.aclose", Layer.IO),
        BoundarySpec("httpcore._backends.anyio:AnyIOStream.start_tls", Layer.TLS),
        BoundarySpec("anyio._backends._asyncio:StreamProtocol.data_received", Layer.IO),
        BoundarySpec("anyio.streams.tls:TLSStream.wrap", Layer.TLS),
        BoundarySpec("anyio.streams.tls:TLSStream._call_sslobject_method", Layer.TLS),
        BoundarySpec(f"{_SYNC}:AsyncLock.__aenter__", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:AsyncLock.__aexit__", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:AsyncEvent.wait", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:AsyncEvent.set", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:AsyncShieldCancellation.__init__", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:AsyncShieldCancellation.__enter__", Layer.CONCURRENCY),
        BoundarySpec(f"{_SYNC}:AsyncShieldCancellation.__exit__", Layer.CONCURRENCY),
        BoundarySpec("anyio._core._tasks:fail_after", Layer.CONCURRENCY),
        BoundarySpec("anyio._backends._asyncio:CancelScope.__enter__", Layer.CONCURRENCY),
        BoundarySpec("anyio._backends._asyncio:CancelScope.__exit__", Layer.CONCURRENCY),
        BoundarySpec("anyio._backends._asyncio:CancelScope._deliver_cancellation", Layer.CONCURRENCY),
        BoundarySpec("httpx._decoders:GZipDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:DeflateDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:BrotliDecoder.decode", Layer.DECODE),
        BoundarySpec("httpx._decoders:TextDecoder.decode", Layer.DECODE),
    )
    marks = (
        MarkSpec(f"{_POOL}:AsyncConnectionPool.handle_async_request", Mark.POOL_ENQUEUE, Mark.HEADERS),
        MarkSpec(f"{_CONNECTION}.handle_async_request", enter=Mark.POOL_ACQUIRED),
        MarkSpec("httpcore._backends.anyio:AnyIOStream.start_tls", Mark.TLS_START, Mark.TLS_END),
        MarkSpec(f"{_POOL}:PoolByteStream.aclose", Mark.DONE, Mark.RELEASED),
    )
    counters = (
        CounterSpec(
            "pool_passes",
            f"{_POOL}:AsyncConnectionPool._assign_requests_to_connections",
            "passes over the whole connection pool; one to assign a request and one to release it are enough",
            expected=2.0,
        ),
        CounterSpec(
            "assignments",
            f"{_CONNECTION}.handle_async_request",
            "times a request was handed to a connection; more than one means the connection was taken meanwhile",
            expected=1.0,
        ),
        CounterSpec(
            "socket_polls",
            "httpcore._utils:is_socket_readable",
            "sockets polled to see whether an idle connection was closed by the server; once per reuse is enough",
            expected=1.0,
        ),
        CounterSpec("library_lookups", f"{_SYNC}:current_async_library", "lookups of the asynchronous library in use"),
        CounterSpec("lock_acquisitions", f"{_SYNC}:AsyncLock.__aenter__", "acquisitions of httpcore's lock"),
        CounterSpec("event_waits", f"{_SYNC}:AsyncEvent.wait", "waits for httpcore's event"),
        CounterSpec("cancel_scopes", "anyio._backends._asyncio:CancelScope.__enter__", "anyio cancel scopes entered"),
        CounterSpec("url_parses", "httpx._urlparse:urlparse", "URL strings parsed", expected=1.0),
        CounterSpec("exception_maps", "httpcore._exceptions:map_exceptions", "exception-mapping contexts entered"),
        CounterSpec("trace_objects", "httpcore._trace:Trace.__init__", "trace objects built, listened to or not"),
    )
    module_layers: ClassVar[dict[str, Layer]] = {
        "httpx._decoders": Layer.DECODE,
        "httpx": Layer.API,
        "httpcore._async.connection_pool": Layer.POOL,
        "httpcore._async.connection": Layer.CONNECT,
        "httpcore._async": Layer.HTTP,
        "httpcore._backends": Layer.IO,
        "httpcore._synchronization": Layer.CONCURRENCY,
        "httpcore._utils": Layer.IO,
        "httpcore": Layer.HTTP,
        "h11": Layer.HTTP,
        "h2": Layer.HTTP,
        "hpack": Layer.HTTP,
        "anyio.streams.tls": Layer.TLS,
        "anyio": Layer.CONCURRENCY,
        "sniffio": Layer.CONCURRENCY,
        "idna": Layer.API,
        "certifi": Layer.TLS,
    }

    def build(self, options: ClientOptions) -> Any:
        import httpx

        arguments: dict[str, Any] = {}
        if options.limit is not None:
            arguments["limits"] = httpx.Limits(max_connections=options.limit, max_keepalive_connections=options.limit)
        if options.ca_file is not None:
            arguments["verify"] = ssl.create_default_context(cafile=options.ca_file)
        if options.timeout_s is not None:
            arguments["timeout"] = options.timeout_s
        return httpx.AsyncClient(**arguments)

    async def fetch(self, client: Any, url: str) -> Answer:
        response = await client.get(url)
        return Answer(response.status_code, len(response.content), response.headers)

    async def close(self, client: Any) -> None:
        await client.aclose()

    def module_version(self) -> str:
        import httpx

        return str(httpx.__version__)
