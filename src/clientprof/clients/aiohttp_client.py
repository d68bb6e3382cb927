"""aiohttp 3.8 to 3.14: one ClientSession with its TCPConnector, parser in C where the wheel has it.

The order of a request: ``ClientSession._request`` builds the request, ``BaseConnector.connect`` takes a free connection,
waits for one or creates one; the request is written at once; ``ClientResponse.start`` waits for the headers that
``ResponseHandler.data_received`` parses; at the end of the body the connector gets its connection back from inside
``data_received``, before the task wakes.
"""

import functools
import ssl
from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Feature, Reading, Request, Sending
from clientprof.clients.observed.common_boundaries import COMMON_BOUNDARIES
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec

_CONNECTOR = "aiohttp.connector:BaseConnector"
_TCP = "aiohttp.connector:TCPConnector"


@functools.cache
def _shared_context(ca_file: str) -> ssl.SSLContext:
    """One for all sessions, as the one that aiohttp itself makes, with the default CAs, when it is imported."""
    return ssl.create_default_context(cafile=ca_file)


class AiohttpAdapter(AsyncAdapter):
    name = "aiohttp"
    package = "aiohttp"
    known_versions = "aiohttp 3.14 (from 3.8)"
    packages = ("yarl", "multidict", "frozenlist", "propcache", "aiohappyeyeballs", "aiodns", "brotli")
    features = frozenset(Feature) - {Feature.HTTP2, Feature.TRIO, Feature.KEEPALIVE}
    boundaries = (
        *COMMON_BOUNDARIES,
        BoundarySpec("aiohttp.client:ClientSession._request", Layer.API),
        BoundarySpec("aiohttp.client_reqrep:ClientRequest.__init__", Layer.API),
        BoundarySpec("aiohttp.client_reqrep:ClientResponse.__init__", Layer.API),
        BoundarySpec("aiohttp.client_reqrep:ClientResponse.read", Layer.API),
        BoundarySpec("aiohttp.client_reqrep:ClientResponse.start", Layer.HTTP),
        BoundarySpec("aiohttp.client_reqrep:ClientRequest.send", Layer.HTTP),
        BoundarySpec("aiohttp.client_reqrep:ClientRequest.write_bytes", Layer.HTTP),
        BoundarySpec("aiohttp.client_proto:ResponseHandler.data_received", Layer.HTTP),
        BoundarySpec("aiohttp.client_proto:ResponseHandler.set_response_params", Layer.HTTP),
        BoundarySpec("aiohttp.streams:StreamReader.read", Layer.HTTP),
        BoundarySpec(f"{_CONNECTOR}.connect", Layer.POOL),
        BoundarySpec(f"{_CONNECTOR}._release", Layer.POOL),
        BoundarySpec("aiohttp.connector:Connection.release", Layer.POOL),
        BoundarySpec(f"{_TCP}._create_connection", Layer.CONNECT),
        BoundarySpec(f"{_TCP}._get_ssl_context", Layer.TLS),
        BoundarySpec("aiohttp.helpers:TimerContext.__enter__", Layer.CONCURRENCY),
        BoundarySpec("aiohttp.helpers:TimerContext.__exit__", Layer.CONCURRENCY),
        BoundarySpec("aiohttp.helpers:TimeoutHandle.start", Layer.CONCURRENCY),
        BoundarySpec("aiohttp.helpers:TimeoutHandle.timer", Layer.CONCURRENCY),
        BoundarySpec("aiohttp.http_parser:DeflateBuffer.feed_data", Layer.DECODE),
        BoundarySpec("aiohttp.client_reqrep:ClientResponse.text", Layer.DECODE),
        BoundarySpec("aiohttp.client_reqrep:ClientResponse.json", Layer.DECODE),
    )
    marks = (
        MarkSpec(
            f"{_CONNECTOR}.connect",
            Mark.POOL_ENQUEUE,
            Mark.POOL_ACQUIRED,
            awaited=True,
            connection="transport | transport._ssl_protocol._transport",
        ),
        MarkSpec("aiohttp.client_reqrep:ClientResponse.start", leave=Mark.HEADERS, awaited=True),
        MarkSpec("aiohttp.client_reqrep:ClientResponse.read", leave=Mark.DONE, awaited=True),
        MarkSpec(f"{_CONNECTOR}._release", leave=Mark.RELEASED),
    )
    counters = (
        CounterSpec(
            "pool_passes",
            f"{_CONNECTOR}._get",
            "looks into the pool for a free connection; one per request, and one more if it had to wait, are enough",
            expected=2.0,
        ),
        CounterSpec("clients_built", "aiohttp.client:ClientSession.__init__", "clients built", expected=0.0),
        CounterSpec("assignments", f"{_CONNECTOR}.connect", "times a request was handed to a connection", expected=1.0),
        CounterSpec("pool_waits", f"{_CONNECTOR}._wait_for_available_connection", "requests that waited for a slot"),
        CounterSpec("connections_created", f"{_TCP}._create_connection", "connections created", expected=0.0),
    )
    module_layers: ClassVar[dict[str, Layer]] = {
        "aiohttp.connector": Layer.POOL,
        "aiohttp.resolver": Layer.CONNECT,
        "aiohttp.client_proto": Layer.HTTP,
        "aiohttp.http_writer": Layer.HTTP,
        "aiohttp.http_parser": Layer.HTTP,
        "aiohttp._http_parser": Layer.HTTP,
        "aiohttp.streams": Layer.HTTP,
        "aiohttp.base_protocol": Layer.IO,
        "aiohttp.tcp_helpers": Layer.IO,
        "aiohttp.compression_utils": Layer.DECODE,
        "aiohttp.helpers": Layer.API,
        "aiohttp": Layer.API,
        "aiohappyeyeballs": Layer.CONNECT,
        "aiodns": Layer.CONNECT,
        "pycares": Layer.CONNECT,
        "yarl": Layer.API,
        "multidict": Layer.API,
        "propcache": Layer.API,
        "frozenlist": Layer.API,
        "aiosignal": Layer.API,
    }

    _redirects = False

    def build(self, options: ClientOptions) -> Any:
        import aiohttp
        from yarl import URL

        self._redirects = options.redirects  # by itself it follows ten, and a session cannot be told otherwise
        connector: dict[str, Any] = {}
        if options.limit is not None:
            connector["limit"] = options.limit
        if options.ca_file is not None:
            connector["ssl"] = _shared_context(options.ca_file)
        session: dict[str, Any] = {}
        if options.timeout_s is not None:
            session["timeout"] = aiohttp.ClientTimeout(
                total=None, connect=options.timeout_s, sock_read=options.timeout_s
            )
        if options.cookies or options.jar:
            # By default aiohttp keeps no cookies of hosts that are IP addresses.
            session["cookie_jar"] = jar = aiohttp.CookieJar(unsafe=True)
            for url in options.urls:
                jar.update_cookies({f"jar{number}": f"value{number}" for number in range(options.jar)}, URL(url))
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(**connector), **session)

    async def fetch(self, client: Any, request: Request) -> Answer:
        if request.method == "GET" and request.reading is Reading.WHOLE:
            async with client.get(request.url, allow_redirects=self._redirects) as response:
                body = await response.read()
                return Answer(response.status, len(body), response.headers, body)
        redirects = self._redirects
        async with client.request(
            request.method, request.url, data=_data(request), allow_redirects=redirects
        ) as response:
            if request.reading is Reading.WHOLE:
                body = await response.read()
                return Answer(response.status, len(body), response.headers, body)
            size, pieces = 0, []
            source = response.content if request.reading is Reading.LINES else response.content.iter_any()
            async for piece in source:
                size += len(piece)
                if request.keep:
                    pieces.append(piece)
            return Answer(response.status, size, response.headers, b"".join(pieces) if request.keep else None)

    async def close(self, client: Any) -> None:
        await client.close()

    def module_version(self) -> str:
        import aiohttp

        return str(aiohttp.__version__)


def _data(request: Request) -> Any:
    """The request's body in the form aiohttp takes."""
    if request.body is None or request.sending is Sending.BYTES:
        return request.body
    if request.sending is Sending.STREAM:
        return request.stream()
    import aiohttp

    form = aiohttp.FormData()
    form.add_field("file", request.body, filename="body.bin")
    return form
