"""urllib3 2.x and 1.26: one PoolManager, a LIFO queue of connections for each host, http.client below.

The order of a request: ``HTTPConnectionPool.urlopen`` takes a connection from the queue (or makes one: without ``block`` the
pool opens as many as are asked for and throws away those that find it full), ``HTTPConnection.request`` writes through
http.client, whose response reads the headers, ``HTTPResponse.read`` the body, whose end puts the connection back.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Reading, Request, Sending, SyncAdapter
from clientprof.clients.observed.blocking_boundaries import BLOCKING_BOUNDARIES
from clientprof.clients.observed.http_client import HTTP_CLIENT_HEADERS, HTTP_CLIENT_SEND
from clientprof.clients.observed.niquests_layers import FORK_HEADERS
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.model.run import Blocking
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec, WaitSpec

_POOL = "urllib3.connectionpool:HTTPConnectionPool"
_CONNECTION = "urllib3.connection:HTTPConnection"

URLLIB3_BOUNDARIES = (
    *BLOCKING_BOUNDARIES,
    BoundarySpec("urllib3.poolmanager:PoolManager.connection_from_host", Layer.POOL),
    BoundarySpec(f"{_POOL}._get_conn", Layer.POOL),
    BoundarySpec(f"{_POOL}._put_conn", Layer.POOL),
    BoundarySpec(f"{_POOL}.urlopen", Layer.HTTP),
    BoundarySpec(f"{_CONNECTION}._new_conn", Layer.CONNECT),
    BoundarySpec(f"{_CONNECTION}.connect", Layer.CONNECT),
    BoundarySpec("urllib3.connection:HTTPSConnection.connect", Layer.CONNECT),
    BoundarySpec(f"{_CONNECTION}.request", Layer.HTTP),
    BoundarySpec(f"{_CONNECTION}.getresponse", Layer.HTTP),
    HTTP_CLIENT_SEND,
    BoundarySpec("urllib3.response:HTTPResponse.read", Layer.HTTP),
    BoundarySpec("urllib3.response:HTTPResponse.stream", Layer.HTTP),
    # Decoders for brotli and zstandard are C code as soon as they are made, and have no function of their own.
    BoundarySpec("urllib3.response:BaseHTTPResponse._decode | urllib3.response:HTTPResponse._decode", Layer.DECODE),
    BoundarySpec("urllib3.response:GzipDecoder.decompress", Layer.DECODE),
    BoundarySpec("urllib3.response:DeflateDecoder.decompress", Layer.DECODE),
    BoundarySpec("urllib3.response:MultiDecoder.decompress", Layer.DECODE),
    BoundarySpec("urllib3.util.ssl_:create_urllib3_context", Layer.TLS),
    BoundarySpec("urllib3.util.ssl_:ssl_wrap_socket", Layer.TLS),
    BoundarySpec("urllib3.util.url:parse_url", Layer.API),
    BoundarySpec("queue:Queue.get", Layer.CONCURRENCY),
    BoundarySpec("queue:Queue.put", Layer.CONCURRENCY),
)
URLLIB3_MARKS = (
    MarkSpec(f"{_POOL}._get_conn", Mark.POOL_ENQUEUE, Mark.POOL_ACQUIRED),
    # Not urllib3's own getresponse, in which the body is read too, unless the program wants to read it.
    HTTP_CLIENT_HEADERS,
    MarkSpec(FORK_HEADERS, leave=Mark.HEADERS, optional=True),
    MarkSpec(f"{_POOL}._put_conn", Mark.DONE, Mark.RELEASED),
)
URLLIB3_WAITS = (
    WaitSpec("queue:Queue.get", Blocking.POOL),
    # Between two attempts it sleeps for its backoff, or for as long as the server asked.
    WaitSpec("urllib3.util.retry:Retry.sleep", Blocking.LOCK),
)
URLLIB3_COUNTERS = (
    CounterSpec("pool_gets", f"{_POOL}._get_conn", "connections taken from the pool", expected=1.0),
    CounterSpec("connections_created", f"{_POOL}._new_conn", "connections created", expected=0.0),
    CounterSpec(
        "socket_polls",
        # The pool's module has a reference of its own, so it is counted where it polls.
        "urllib3.util.wait:poll_wait_for_socket | urllib3.util.wait:wait_for_socket",
        "sockets polled to see whether an idle connection was closed by the server; once per reuse is enough",
        expected=1.0,
    ),
    CounterSpec("url_parses", "urllib3.util.url:parse_url", "URL strings parsed", expected=1.0),
    CounterSpec("queue_gets", "queue:Queue.get", "gets from the pool's queue", expected=1.0),
    CounterSpec("queue_puts", "queue:Queue.put", "puts into the pool's queue", expected=1.0),
    CounterSpec("handshakes", "ssl:SSLSocket.do_handshake", "TLS handshakes", expected=0.0),
)
URLLIB3_LAYERS: dict[str, Layer] = {
    "urllib3.poolmanager": Layer.POOL,
    "urllib3.util.connection": Layer.CONNECT,
    "urllib3.util.ssl_": Layer.TLS,
    "urllib3.util.ssl_match_hostname": Layer.TLS,
    "urllib3.util.wait": Layer.IO,
    "urllib3.util": Layer.API,
    "urllib3": Layer.HTTP,
    "http.cookiejar": Layer.API,
    "queue": Layer.CONCURRENCY,
    "threading": Layer.CONCURRENCY,
}


class _Client(NamedTuple):
    manager: Any
    arguments: Mapping[str, Any]


class Urllib3Adapter(SyncAdapter):
    name = "urllib3"
    package = "urllib3"
    known_versions = "urllib3 2.8 (from 1.26)"
    packages = ("brotli", "brotlicffi", "zstandard", "h2")
    features = frozenset({Feature.LIMIT, Feature.STREAMED, Feature.UPLOAD_STREAM, Feature.MULTIPART, Feature.REUSE})
    boundaries: ClassVar[Sequence[BoundarySpec]] = URLLIB3_BOUNDARIES
    marks = URLLIB3_MARKS
    waits = URLLIB3_WAITS
    counters = (
        *URLLIB3_COUNTERS,
        CounterSpec("clients_built", "urllib3.poolmanager:PoolManager.__init__", "clients built", expected=0.0),
    )
    module_layers: ClassVar[dict[str, Layer]] = URLLIB3_LAYERS

    def build(self, options: ClientOptions) -> Any:
        import urllib3

        manager: dict[str, Any] = {}
        if options.limit is not None:
            manager.update(maxsize=options.limit, block=True)
        if options.ca_file is not None:
            manager["ca_certs"] = options.ca_file
        # What fails once must fail: by default it would be tried three more times.
        arguments: dict[str, Any] = {
            "redirect": options.redirects,
            "retries": urllib3.Retry(connect=0, read=0, other=0, redirect=20),
        }
        if options.timeout_s is not None:
            arguments["timeout"] = options.timeout_s
        return _Client(urllib3.PoolManager(**manager), arguments)

    def fetch(self, client: Any, request: Request) -> Answer:
        arguments = dict(client.arguments)
        if request.body is not None:
            if request.sending is Sending.MULTIPART:
                arguments["fields"] = {"file": ("body.bin", request.body)}
            else:
                arguments["body"] = request.body if request.sending is Sending.BYTES else iter(request.pieces())
        if request.reading is Reading.WHOLE:
            response = client.manager.request(request.method, request.url, **arguments)
            return Answer(response.status, len(response.data), response.headers, response.data)
        response = client.manager.request(request.method, request.url, preload_content=False, **arguments)
        size, pieces = 0, []
        try:
            for piece in response.stream(64 * 1024):
                size += len(piece)
                if request.keep:
                    pieces.append(piece)
        finally:
            response.release_conn()
        return Answer(response.status, size, response.headers, b"".join(pieces) if request.keep else None)

    def close(self, client: Any) -> None:
        client.manager.clear()

    def module_version(self) -> str:
        import urllib3

        return str(urllib3.__version__)  # type: ignore[attr-defined]  # there, but not declared
