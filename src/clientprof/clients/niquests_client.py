"""niquests.Session: requests' interface on urllib3-future, which installs itself as urllib3 where there is none.

The order of a request, read in niquests 3.21 and urllib3-future 2.25: ``HTTPAdapter.send`` finds the host's pool,
``HTTPConnectionPool._get_conn`` borrows a connection, ``HTTPConnection.request`` writes through the HTTP state machine,
``getresponse`` waits for the headers and ``HTTPResponse.read`` reads the body. The pool has the connection back with the
headers, to share it; the response lets go of it (``release_conn``) after its body.
"""

from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlsplit

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Request, SyncAdapter
from clientprof.clients.observed.blocking_boundaries import BLOCKING_BOUNDARIES
from clientprof.clients.observed.niquests_layers import FORK_DONE, FORK_HEADERS, NIQUESTS_LAYERS, fork
from clientprof.clients.requests_client import answer_of, call_arguments
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.model.run import Blocking
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec, WaitSpec

_POOL = "connectionpool:HTTPConnectionPool"
_CONNECTION = "connection:HTTPConnection"
_POLICE = "util.traffic_police:TrafficPolice"


class _Client(NamedTuple):
    session: Any
    arguments: dict[str, Any]


class NiquestsAdapter(SyncAdapter):
    name = "niquests"
    package = "niquests"
    known_versions = "niquests 3.21 (from 3.4)"
    packages = ("urllib3-future", "urllib3", "h11", "jh2", "qh3", "wassima", "charset-normalizer")
    alone = True
    features = frozenset(
        {
            Feature.LIMIT,
            Feature.STREAMED,
            Feature.UPLOAD_STREAM,
            Feature.MULTIPART,
            Feature.COOKIE_JAR,
            Feature.REUSE,
        }
    )
    boundaries = (
        *BLOCKING_BOUNDARIES,
        BoundarySpec("niquests.sessions:Session.request", Layer.API),
        BoundarySpec("niquests.sessions:Session.send", Layer.API),
        BoundarySpec("niquests.adapters:HTTPAdapter.send", Layer.API),
        BoundarySpec("niquests.adapters:HTTPAdapter.get_connection", Layer.POOL),
        BoundarySpec(fork(f"{_POOL}.urlopen"), Layer.API),
        BoundarySpec(fork(f"{_POOL}._get_conn"), Layer.POOL),
        BoundarySpec(fork(f"{_POOL}._put_conn"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.get"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.put"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.locate_or_hold"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.memorize"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.release"), Layer.POOL),
        BoundarySpec(fork(f"{_CONNECTION}.connect"), Layer.CONNECT),
        BoundarySpec(fork("connection:HTTPSConnection.connect"), Layer.CONNECT),
        BoundarySpec(fork(f"{_CONNECTION}.request"), Layer.HTTP),
        BoundarySpec(fork(f"{_CONNECTION}.getresponse"), Layer.HTTP),
        BoundarySpec(fork("response:HTTPResponse.read"), Layer.HTTP),
        BoundarySpec(fork("response:HTTPResponse._decode"), Layer.DECODE),
        BoundarySpec(fork("response:MultiDecoder.decompress"), Layer.DECODE),
        BoundarySpec(fork("response:GzipDecoder.decompress"), Layer.DECODE),
        BoundarySpec(fork("util.ssl_:ssl_wrap_socket"), Layer.TLS),
    )
    marks = (
        MarkSpec("niquests.adapters:HTTPAdapter.get_connection", enter=Mark.POOL_ENQUEUE),
        MarkSpec(fork(f"{_CONNECTION}.request"), enter=Mark.POOL_ACQUIRED),
        MarkSpec(FORK_HEADERS, leave=Mark.HEADERS),
        MarkSpec(fork(f"{_POOL}._put_conn"), enter=Mark.DONE, leave=Mark.RELEASED),
        FORK_DONE,
    )
    waits = (
        WaitSpec(fork(f"{_POLICE}.get"), Blocking.POOL),
        WaitSpec(fork("util.retry:Retry.sleep"), Blocking.LOCK),
    )
    counters = (
        CounterSpec("clients_built", "niquests.sessions:Session.__init__", "clients built", expected=0.0),
        CounterSpec("pool_gets", fork(f"{_POOL}._get_conn"), "connections asked of the pool", expected=1.0),
        CounterSpec(
            "assignments", fork(f"{_CONNECTION}.request"), "times a request was handed to a connection", expected=1.0
        ),
        CounterSpec("connections_created", fork(f"{_CONNECTION}.connect"), "connections created", expected=0.0),
        CounterSpec("url_parses", fork("util.url:parse_url"), "URL strings parsed", expected=1.0),
    )
    module_layers: ClassVar[dict[str, Layer]] = NIQUESTS_LAYERS

    def build(self, options: ClientOptions) -> Any:
        import niquests

        arguments: dict[str, Any] = {"disable_http3": True, "disable_http2": not options.http2}
        if options.limit is not None:
            arguments["pool_maxsize"] = options.limit
        session = niquests.Session(**arguments)
        for host in {urlsplit(url).hostname or "" for url in options.urls}:
            for number in range(options.jar):
                session.cookies.set(f"jar{number}", f"value{number}", domain=host)
        return _Client(session, call_arguments(options))

    def fetch(self, client: Any, request: Request) -> Answer:
        return answer_of(client.session.request, request, client.arguments)

    def close(self, client: Any) -> None:
        client.session.close()

    def module_version(self) -> str:
        import niquests

        return str(niquests.__version__)
