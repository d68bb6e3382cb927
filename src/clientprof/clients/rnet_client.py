"""rnet: a fork of Rust's reqwest on tokio threads of its own. Opaque: measured from outside only.

It knows timeouts in whole seconds only; what is asked for is rounded up. There is nothing to close: its connections end
with the last reference to the client.
"""

import math
from pathlib import Path
from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Feature, Reading, Request, Sending
from clientprof.clients.lines import lines
from clientprof.clients.observed.common_boundaries import COMMON_BOUNDARIES
from clientprof.model.layers import Layer


class RnetAdapter(AsyncAdapter):
    name = "rnet"
    package = "rnet"
    known_versions = "rnet 2.4"
    packages = ()
    # Its pool bounds idle connections only: what it finds busy it opens beside.
    features = frozenset(Feature) - {Feature.TRIO, Feature.LIMIT}
    boundaries = COMMON_BOUNDARIES
    marks = ()
    counters = ()
    module_layers: ClassVar[dict[str, Layer]] = {"rnet": Layer.API}
    opaque = True
    built_in_trust = True

    def build(self, options: ClientOptions) -> Any:
        import rnet

        arguments: dict[str, Any] = {"allow_redirects": options.redirects, "http1_only": not options.http2}
        if options.keepalive is not None:
            arguments["pool_max_idle_per_host"] = options.keepalive
        if options.ca_file is not None:
            arguments["verify"] = Path(options.ca_file)
        if options.timeout_s is not None:
            arguments["connect_timeout"] = arguments["read_timeout"] = math.ceil(options.timeout_s)
        if options.cookies or options.jar:
            arguments["cookie_store"] = True
        client = rnet.Client(**arguments)
        for url in options.urls:
            for number in range(options.jar):
                client.set_cookie(url, rnet.Cookie(name=f"jar{number}", value=f"value{number}"))
        return client

    async def fetch(self, client: Any, request: Request) -> Answer:
        import rnet

        arguments = {} if request.body is None else _body(request)
        response = await client.request(getattr(rnet.Method, request.method), request.url, **arguments)
        if request.reading is Reading.WHOLE:
            body = await response.bytes()
            return Answer(response.status, len(body), _Headers(response.headers), body)
        size, pieces = 0, []
        async with response.stream() as source:
            async for piece in lines(source) if request.reading is Reading.LINES else source:
                size += len(piece)
                if request.keep:
                    pieces.append(piece)
        headers = _Headers(response.headers)
        return Answer(response.status, size, headers, b"".join(pieces) if request.keep else None)

    async def close(self, client: Any) -> None:
        """Nothing: see above."""

    def module_version(self) -> str:
        import importlib.metadata

        import rnet

        # The module does not say its version itself.
        return str(getattr(rnet, "__version__", None) or importlib.metadata.version(self.package))


class _Headers:
    """rnet's headers with values as text."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Any) -> None:
        self._headers = headers

    def get(self, name: str) -> str | None:
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")


def _body(request: Request) -> dict[str, Any]:
    if request.sending is Sending.BYTES:
        return {"body": request.body}
    if request.sending is Sending.STREAM:
        return {"body": request.stream()}
    import rnet

    return {"multipart": rnet.Multipart(rnet.Part("file", request.body or b"", filename="body.bin"))}
