"""niquests.AsyncSession on urllib3-future, which installs itself under the name urllib3 where there is none.

The order of a request, read in niquests 3.21 and urllib3-future 2.25: ``AsyncHTTPAdapter.send`` finds the host's pool,
``AsyncHTTPConnectionPool._get_conn`` borrows a connection or waits for one, ``AsyncHTTPConnection.request`` writes through
the HTTP state machine, ``getresponse`` waits for the headers, ``AsyncHTTPResponse.read`` reads the body.
The pool has the connection back with the headers, to share it; the response lets go of it (``release_conn``) after its body.
"""

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Feature, Reading, Request, Sending
from clientprof.clients.lines import lines
from clientprof.clients.observed.common_boundaries import COMMON_BOUNDARIES
from clientprof.clients.observed.niquests_layers import FORK_DONE, NIQUESTS_LAYERS, async_session, fork
from clientprof.clients.requests_client import call_arguments
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec

_POOL = "_async.connectionpool:AsyncHTTPConnectionPool"
_CONNECTION = "_async.connection:AsyncHTTPConnection"
_RESPONSE = "_async.response:AsyncHTTPResponse"
_HFACE = "backend._async.hface:AsyncHfaceBackend"
_POLICE = "util._async.traffic_police:AsyncTrafficPolice"
_SOCKET = "contrib.ssa:AsyncSocket"


class NiquestsAsyncAdapter(AsyncAdapter):
    name = "niquests-async"
    package = "niquests"
    known_versions = "niquests 3.21 (from 3.6)"
    packages = ("urllib3-future", "urllib3", "h11", "jh2", "qh3", "wassima", "charset-normalizer")
    alone = True
    features = frozenset(Feature) - {Feature.TRIO, Feature.KEEPALIVE}
    boundaries = (
        *COMMON_BOUNDARIES,
        BoundarySpec(async_session("request"), Layer.API),
        BoundarySpec(async_session("send"), Layer.API),
        BoundarySpec("niquests.adapters:AsyncHTTPAdapter.send", Layer.API),
        BoundarySpec("niquests.adapters:AsyncHTTPAdapter.get_connection", Layer.POOL),
        BoundarySpec(fork(f"{_POOL}.urlopen"), Layer.API),
        BoundarySpec(fork(f"{_POOL}._get_conn"), Layer.POOL),
        BoundarySpec(fork(f"{_POOL}._put_conn"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.get"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.put"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.locate_or_hold"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.memorize"), Layer.POOL),
        BoundarySpec(fork(f"{_POLICE}.release"), Layer.POOL),
        BoundarySpec(fork(f"{_CONNECTION}.connect"), Layer.CONNECT),
        BoundarySpec(fork(f"{_CONNECTION}.request"), Layer.HTTP),
        BoundarySpec(fork(f"{_CONNECTION}.getresponse"), Layer.HTTP),
        BoundarySpec(fork(f"{_RESPONSE}.read"), Layer.HTTP),
        BoundarySpec(fork(f"{_SOCKET}.recv"), Layer.IO),
        BoundarySpec(fork(f"{_SOCKET}.sendall"), Layer.IO),
        BoundarySpec(fork(f"{_SOCKET}.wrap_socket"), Layer.TLS),
        BoundarySpec(fork("response:HTTPResponse._decode"), Layer.DECODE),
        BoundarySpec(fork("response:MultiDecoder.decompress"), Layer.DECODE),
        BoundarySpec(fork("response:GzipDecoder.decompress"), Layer.DECODE),
    )
    marks = (
        MarkSpec("niquests.adapters:AsyncHTTPAdapter.get_connection", enter=Mark.POOL_ENQUEUE),
        MarkSpec(fork(f"{_CONNECTION}.request"), enter=Mark.POOL_ACQUIRED),
        MarkSpec(fork(f"{_CONNECTION}.getresponse"), leave=Mark.HEADERS, awaited=True),
        MarkSpec(fork(f"{_POOL}._put_conn"), enter=Mark.DONE, leave=Mark.RELEASED, awaited=True),
        FORK_DONE,
    )
    counters = (
        CounterSpec("clients_built", async_session("__init__"), "clients built", expected=0.0),
        CounterSpec("pool_passes", fork(f"{_POLICE}.get"), "connections asked of the pool", expected=1.0),
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
        session = niquests.AsyncSession(**arguments)
        for host in {urlsplit(url).hostname or "" for url in options.urls}:
            for number in range(options.jar):
                session.cookies.set(f"jar{number}", f"value{number}", domain=host)
        return _Session(session, call_arguments(options))

    async def fetch(self, client: Any, request: Request) -> Answer:
        arguments = client.arguments if request.body is None else {**client.arguments, **_body(request)}
        session = client.session
        if request.reading is Reading.WHOLE:
            response = await session.request(request.method, request.url, **arguments)
            return Answer(response.status_code, len(response.content), response.headers, response.content)
        response = await session.request(request.method, request.url, stream=True, **arguments)
        size, pieces = 0, []
        source = await response.iter_content(-1)
        async for piece in lines(source) if request.reading is Reading.LINES else source:
            size += len(piece)
            if request.keep:
                pieces.append(piece)
        return Answer(response.status_code, size, response.headers, b"".join(pieces) if request.keep else None)

    async def close(self, client: Any) -> None:
        await client.session.close()

    def module_version(self) -> str:
        import niquests

        return str(niquests.__version__)


@dataclass(frozen=True, slots=True)
class _Session:
    """A session, and what every request of it is given."""

    session: Any
    arguments: dict[str, Any]


def _body(request: Request) -> dict[str, Any]:
    if request.sending is Sending.BYTES:
        return {"data": request.body}
    if request.sending is Sending.STREAM:
        return {"data": request.stream()}
    return {"files": {"file": ("body.bin", request.body)}}
