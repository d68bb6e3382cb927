"""requests 2.28 and newer: one Session on urllib3, or a new one for every call (``requests.get``).

A Session prepares the request (URL, headers, cookies, and the environment: proxies and netrc are looked up for every
request), chooses its HTTPAdapter and lets urllib3 do the rest. An adapter keeps 10 connections a host and never waits for
one: with more threads than that, connections are made and thrown away all the time.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Reading, Request, Sending, SyncAdapter
from clientprof.clients.urllib3_client import (
    URLLIB3_BOUNDARIES,
    URLLIB3_COUNTERS,
    URLLIB3_LAYERS,
    URLLIB3_MARKS,
    URLLIB3_WAITS,
)
from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec, CounterSpec

_SESSION = "requests.sessions:Session"
_ADAPTER = "requests.adapters:HTTPAdapter"


class _Client(NamedTuple):
    session: Any
    arguments: dict[str, Any]


class RequestsAdapter(SyncAdapter):
    name = "requests"
    package = "requests"
    known_versions = "requests 2.34 (from 2.25)"
    packages = ("urllib3", "certifi", "idna", "charset-normalizer", "chardet", "brotli")
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
    boundaries: ClassVar[Sequence[BoundarySpec]] = (
        *URLLIB3_BOUNDARIES,
        BoundarySpec(f"{_SESSION}.request", Layer.API),
        BoundarySpec(f"{_SESSION}.send", Layer.API),
        BoundarySpec(f"{_ADAPTER}.send", Layer.API),
        BoundarySpec(f"{_ADAPTER}.cert_verify", Layer.TLS),
        BoundarySpec(f"{_ADAPTER}.get_connection_with_tls_context | {_ADAPTER}.get_connection", Layer.POOL),
        BoundarySpec("requests.models:Response.text", Layer.DECODE),
    )
    marks = URLLIB3_MARKS
    waits = URLLIB3_WAITS
    counters = (
        *URLLIB3_COUNTERS,
        CounterSpec("clients_built", f"{_SESSION}.__init__", "sessions built", expected=0.0),
        CounterSpec(
            "environment_reads",
            "requests.utils:get_environ_proxies",
            "look-ups of proxies in the environment; Session.trust_env = False leaves them out",
            expected=0.0,
        ),
        CounterSpec("netrc_reads", "requests.utils:get_netrc_auth", "look-ups in the netrc file", expected=0.0),
        CounterSpec("cookie_merges", "requests.cookies:merge_cookies", "cookie jars merged"),
    )
    module_layers: ClassVar[dict[str, Layer]] = {
        **URLLIB3_LAYERS,
        "requests": Layer.API,
        "charset_normalizer": Layer.DECODE,
        "chardet": Layer.DECODE,
        "certifi": Layer.TLS,
        "idna": Layer.API,
    }

    def build(self, options: ClientOptions) -> Any:
        import requests
        import requests.adapters

        session = requests.Session()
        if options.limit is not None:
            for prefix in ("http://", "https://"):
                adapter = requests.adapters.HTTPAdapter(pool_maxsize=options.limit, pool_block=True)
                session.mount(prefix, adapter)
        for number in range(options.jar):
            session.cookies.set(f"jar{number}", f"value{number}")
        return _Client(session, call_arguments(options))

    def fetch(self, client: Any, request: Request) -> Answer:
        return answer_of(client.session.request, request, client.arguments)

    def close(self, client: Any) -> None:
        client.session.close()

    def module_version(self) -> str:
        import requests

        return str(requests.__version__)  # type: ignore[attr-defined]  # there, but not declared


def call_arguments(options: ClientOptions) -> dict[str, Any]:
    """What every call is given, whoever makes it."""
    arguments: dict[str, Any] = {"allow_redirects": options.redirects}
    if options.timeout_s is not None:
        arguments["timeout"] = options.timeout_s
    if options.ca_file is not None:
        # Not on the session: REQUESTS_CA_BUNDLE in the environment would win over it.
        arguments["verify"] = options.ca_file
    return arguments


def answer_of(call: Any, request: Request, arguments: dict[str, Any]) -> Answer:
    """The answer of ``Session.request`` or ``requests.request``, of niquests too."""
    arguments = dict(arguments)
    if request.body is not None:
        if request.sending is Sending.MULTIPART:
            arguments["files"] = {"file": ("body.bin", request.body)}
        else:
            arguments["data"] = request.body if request.sending is Sending.BYTES else iter(request.pieces())
    if request.reading is Reading.WHOLE:
        response = call(request.method, request.url, **arguments)
        return Answer(response.status_code, len(response.content), response.headers, response.content)
    size, pieces = 0, []
    with call(request.method, request.url, stream=True, **arguments) as response:
        # Without their ends and, in requests, wrongly where a piece ends inside a line end: so lines are read as pieces.
        for piece in response.iter_content(64 * 1024):
            size += len(piece)
            if request.keep:
                pieces.append(piece)
    return Answer(response.status_code, size, response.headers, b"".join(pieces) if request.keep else None)
