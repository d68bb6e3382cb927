"""Where httpx and httpcore can be observed. httpx2 and httpcore2 kept their files and names, so module names are given.

Alternatives in a target are older versions' names, from httpx 0.23 and httpcore 0.16 on.

The order of a request, read in httpcore 1.0.9 and httpcore2 2.0 to 2.16: ``AsyncConnectionPool.handle_async_request``
queues it and runs the assignment pass; the assigned ``AsyncHTTPConnection`` connects if it must;
``AsyncHTTP11Connection`` takes its state lock (or raises ConnectionNotAvailable, which sends the request back to the
queue), writes through h11 and the anyio stream, reads headers; the body is read by ``Response.aread`` through
``PoolByteStream``, whose ``aclose`` releases the connection and runs the pass again.
"""

from clientprof.clients.observed.trio_boundaries import TRIO_BOUNDARIES, TRIO_MODULE_LAYERS
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec

# Of a connection that is open, from httpcore's own object to anyio's stream on the event loop's transport.
_STREAM = "_connection._network_stream._stream"


def httpx_boundaries(client: str) -> tuple[BoundarySpec, ...]:
    """What every request passes through in httpx itself, whatever its transport. ``client`` is httpx or httpx2."""
    return (
        BoundarySpec(f"{client}._client:AsyncClient.request", Layer.API),
        BoundarySpec(f"{client}._client:AsyncClient.send", Layer.API),
        BoundarySpec(f"{client}._models:Response.aread", Layer.API),
        BoundarySpec(f"{client}._config:create_ssl_context", Layer.TLS),
        BoundarySpec(f"{client}._decoders:GZipDecoder.decode", Layer.DECODE),
        BoundarySpec(f"{client}._decoders:DeflateDecoder.decode", Layer.DECODE),
        BoundarySpec(f"{client}._decoders:BrotliDecoder.decode", Layer.DECODE),
        # Since httpx 0.27.1.
        BoundarySpec(f"{client}._decoders:ZStandardDecoder.decode", Layer.DECODE, optional=True),
        BoundarySpec(f"{client}._decoders:TextDecoder.decode", Layer.DECODE),
    )


def httpcore_boundaries(core: str) -> tuple[BoundarySpec, ...]:
    """The asynchronous half of ``core`` (httpcore or httpcore2), with h11 and anyio below it."""
    pool = f"{core}._async.connection_pool"
    http11 = f"{core}._async.http11"
    sync = f"{core}._synchronization"
    stream, old_stream = _streams(core)
    return (
        BoundarySpec(f"{pool}:AsyncConnectionPool.handle_async_request", Layer.POOL),
        BoundarySpec(f"{_assign(core)} | {pool}:AsyncConnectionPool._attempt_to_acquire_connection", Layer.POOL),
        BoundarySpec(f"{pool}:AsyncConnectionPool._close_connections | {_close_expired(core)}", Layer.POOL),
        BoundarySpec(_release(core), Layer.POOL),
        BoundarySpec(f"{core}._async.connection:AsyncHTTPConnection._connect", Layer.CONNECT),
        BoundarySpec(f"{http11}:AsyncHTTP11Connection.handle_async_request", Layer.HTTP),
        BoundarySpec(f"{http11}:AsyncHTTP11Connection._receive_response_body", Layer.HTTP),
        BoundarySpec(f"{http11}:AsyncHTTP11Connection._response_closed", Layer.HTTP),
        BoundarySpec(f"{core}._async.http2:AsyncHTTP2Connection.handle_async_request", Layer.HTTP, optional=True),
        BoundarySpec("h11._connection:Connection.send", Layer.HTTP),
        BoundarySpec("h11._connection:Connection.next_event", Layer.HTTP),
        BoundarySpec("h11._connection:Connection.receive_data", Layer.HTTP),
        BoundarySpec(f"{stream}.read | {old_stream}.read", Layer.IO),
        BoundarySpec(f"{stream}.write | {old_stream}.write", Layer.IO),
        BoundarySpec(f"{stream}.aclose | {old_stream}.aclose", Layer.IO),
        BoundarySpec(f"{stream}.start_tls | {old_stream}.start_tls", Layer.TLS),
        *_on_trio(core),
        *TRIO_BOUNDARIES,
        BoundarySpec("anyio._backends._asyncio:StreamProtocol.data_received", Layer.IO),
        BoundarySpec("anyio.streams.tls:TLSStream.wrap", Layer.TLS),
        BoundarySpec("anyio.streams.tls:TLSStream._call_sslobject_method", Layer.TLS),
        BoundarySpec(f"{sync}:AsyncLock.__aenter__", Layer.CONCURRENCY),
        BoundarySpec(f"{sync}:AsyncLock.__aexit__", Layer.CONCURRENCY),
        BoundarySpec(f"{sync}:AsyncEvent.wait", Layer.CONCURRENCY),
        BoundarySpec(f"{sync}:AsyncEvent.set", Layer.CONCURRENCY),
        BoundarySpec(f"{sync}:AsyncShieldCancellation.__init__", Layer.CONCURRENCY),
        BoundarySpec(f"{sync}:AsyncShieldCancellation.__enter__", Layer.CONCURRENCY),
        BoundarySpec(f"{sync}:AsyncShieldCancellation.__exit__", Layer.CONCURRENCY),
        BoundarySpec("anyio._core._tasks:fail_after", Layer.CONCURRENCY),
        BoundarySpec("anyio._backends._asyncio:CancelScope.__enter__", Layer.CONCURRENCY),
        BoundarySpec("anyio._backends._asyncio:CancelScope.__exit__", Layer.CONCURRENCY),
        BoundarySpec("anyio._backends._asyncio:CancelScope._deliver_cancellation", Layer.CONCURRENCY),
    )


def _on_trio(core: str) -> tuple[BoundarySpec, ...]:
    """httpcore's own part on trio, and its module before httpcore 0.17.1 renamed the backends."""
    return tuple(
        BoundarySpec(f"{core}._backends.trio:{name} | {core}.backends.trio:{name}", layer, optional=True)
        for name, layer in (
            ("TrioStream.read", Layer.IO),
            ("TrioStream.write", Layer.IO),
            ("TrioStream.aclose", Layer.IO),
            ("TrioStream.start_tls", Layer.TLS),
            ("TrioBackend.connect_tcp", Layer.CONNECT),
        )
    )


def httpcore_marks(core: str) -> tuple[MarkSpec, ...]:
    """The pool's door, the connection in hand, TLS, headers, body and release."""
    pool = f"{core}._async.connection_pool"
    stream, old_stream = _streams(core)
    return (
        MarkSpec(f"{pool}:AsyncConnectionPool.handle_async_request", Mark.POOL_ENQUEUE, Mark.HEADERS, awaited=True),
        MarkSpec(
            f"{core}._async.connection:AsyncHTTPConnection.handle_async_request",
            enter=Mark.POOL_ACQUIRED,
            connection=f"{_STREAM}._transport | {_STREAM}.transport_stream._transport",
        ),
        MarkSpec(f"{stream}.start_tls | {old_stream}.start_tls", Mark.TLS_START, Mark.TLS_END, awaited=True),
        MarkSpec(_release(core), Mark.DONE, Mark.RELEASED, awaited=True),
    )


def httpx_counters(client: str) -> tuple[CounterSpec, ...]:
    """What is counted in httpx itself."""
    return (
        CounterSpec("clients_built", f"{client}._client:AsyncClient.__init__", "clients built", expected=0.0),
        httpx_url_parses(client),
    )


def httpx_url_parses(client: str) -> CounterSpec:
    """Of the blocking client too. httpx had rfc3986 parse until 0.23."""
    target = f"{client}._urlparse:urlparse | rfc3986:iri_reference"
    return CounterSpec("url_parses", target, "URL strings parsed", expected=1.0)


def httpcore_counters(core: str) -> tuple[CounterSpec, ...]:
    """What is counted in the pool and below it."""
    sync = f"{core}._synchronization"
    return (
        CounterSpec(
            "pool_passes",
            f"{_assign(core)} | {_close_expired(core)}",
            "passes over the whole connection pool; one to assign a request and one to release it are enough",
            expected=2.0,
        ),
        CounterSpec(
            "assignments",
            f"{core}._async.connection:AsyncHTTPConnection.handle_async_request",
            "times a request was handed to a connection; more than one means the connection was taken meanwhile",
            expected=1.0,
        ),
        CounterSpec(
            "socket_polls",
            f"{core}._utils:is_socket_readable",
            "sockets polled to see whether an idle connection was closed by the server; once per reuse is enough",
            expected=1.0,
        ),
        # Its own function since httpcore 1.0.
        CounterSpec(
            "library_lookups",
            f"{sync}:current_async_library | sniffio:current_async_library",
            "lookups of the asynchronous library in use",
        ),
        CounterSpec("lock_acquisitions", f"{sync}:AsyncLock.__aenter__", f"acquisitions of {core}'s lock"),
        CounterSpec("event_waits", f"{sync}:AsyncEvent.wait", f"waits for {core}'s event"),
        CounterSpec("cancel_scopes", "anyio._backends._asyncio:CancelScope.__enter__", "anyio cancel scopes entered"),
        CounterSpec("exception_maps", f"{core}._exceptions:map_exceptions", "exception-mapping contexts entered"),
        CounterSpec("trace_objects", f"{core}._trace:Trace.__init__", "trace objects built, listened to or not"),
    )


def httpx_layers(client: str) -> dict[str, Layer]:
    """The layer of each of httpx's own modules."""
    return {
        f"{client}._decoders": Layer.DECODE,
        client: Layer.API,
        "idna": Layer.API,
        "rfc3986": Layer.API,
        "certifi": Layer.TLS,
    }


def httpcore_layers(core: str) -> dict[str, Layer]:
    """The layer of each module of httpcore and of what it stands on."""
    return {
        f"{core}._async.connection_pool": Layer.POOL,
        f"{core}._async.connection": Layer.CONNECT,
        f"{core}._async": Layer.HTTP,
        f"{core}._backends": Layer.IO,
        f"{core}.backends": Layer.IO,
        f"{core}._synchronization": Layer.CONCURRENCY,
        f"{core}._utils": Layer.IO,
        core: Layer.HTTP,
        "h11": Layer.HTTP,
        "h2": Layer.HTTP,
        "hpack": Layer.HTTP,
        "hyperframe": Layer.HTTP,
        "anyio.streams.tls": Layer.TLS,
        "truststore": Layer.TLS,
        "anyio": Layer.CONCURRENCY,
        "sniffio": Layer.CONCURRENCY,
        **TRIO_MODULE_LAYERS,
    }


# Until httpcore 1.0.2 the pass was two: one that closes what expired, one that looks for a connection for a request.
def _assign(core: str) -> str:
    return f"{core}._async.connection_pool:AsyncConnectionPool._assign_requests_to_connections"


def _close_expired(core: str) -> str:
    return f"{core}._async.connection_pool:AsyncConnectionPool._close_expired_connections"


def _release(core: str) -> str:
    pool = f"{core}._async.connection_pool"
    return f"{pool}:PoolByteStream.aclose | {pool}:ConnectionPoolByteStream.aclose"


def _streams(core: str) -> tuple[str, str]:
    """anyio's stream, and its name before httpcore 0.17 renamed the backends."""
    return f"{core}._backends.anyio:AnyIOStream", f"{core}.backends.asyncio:AsyncIOStream"
