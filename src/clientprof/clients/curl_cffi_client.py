"""curl_cffi's AsyncSession: libcurl's multi interface, its sockets watched by the event loop.

Opaque: libcurl does the work in C inside the loop's callbacks, so it is measured from outside only.
"""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Feature, Reading, Request, Sending
from clientprof.clients.lines import lines
from clientprof.clients.observed.common_boundaries import COMMON_BOUNDARIES
from clientprof.model.layers import Layer


class CurlCffiAdapter(AsyncAdapter):
    name = "curl-cffi"
    package = "curl_cffi"
    known_versions = "curl_cffi 0.17 (from 0.7)"
    packages = ("cffi", "certifi")
    features = frozenset(Feature) - {Feature.TRIO, Feature.KEEPALIVE}
    boundaries = COMMON_BOUNDARIES
    marks = ()
    counters = ()
    module_layers: ClassVar[dict[str, Layer]] = {"curl_cffi": Layer.API}
    opaque = True

    def build(self, options: ClientOptions) -> Any:
        from curl_cffi import CurlHttpVersion
        from curl_cffi.requests import AsyncSession

        # Names of versions are known from 0.12 on. Before, each request that fails by one keeps its handle for good.
        arguments: dict[str, Any] = {
            "allow_redirects": options.redirects,
            "http_version": CurlHttpVersion.V2TLS if options.http2 else CurlHttpVersion.V1_1,
        }
        if options.limit is not None:
            arguments["max_clients"] = options.limit
        if options.ca_file is not None:
            arguments["verify"] = options.ca_file
        if options.timeout_s is not None:
            arguments["timeout"] = options.timeout_s
        session: Any = AsyncSession(**arguments)
        for host in {urlsplit(url).hostname or "" for url in options.urls}:
            for number in range(options.jar):
                session.cookies.set(f"jar{number}", f"value{number}", domain=host)
        return session

    async def fetch(self, client: Any, request: Request) -> Answer:
        arguments: dict[str, Any] = {} if request.body is None else _body(request)
        if request.reading is Reading.WHOLE:
            response = await client.request(request.method, request.url, **arguments)
            return Answer(response.status_code, len(response.content), response.headers, response.content)
        async with client.stream(request.method, request.url, **arguments) as response:
            size, pieces = 0, []
            source = response.aiter_content()
            async for piece in lines(source) if request.reading is Reading.LINES else source:
                size += len(piece)
                if request.keep:
                    pieces.append(piece)
            return Answer(response.status_code, size, response.headers, b"".join(pieces) if request.keep else None)

    async def close(self, client: Any) -> None:
        await client.close()

    def module_version(self) -> str:
        import curl_cffi

        return str(vars(curl_cffi)["__version__"])


def _body(request: Request) -> dict[str, Any]:
    if request.sending is Sending.BYTES:
        return {"data": request.body}
    if request.sending is Sending.STREAM:
        return {"content": request.stream()}
    from curl_cffi import CurlMime

    form = CurlMime()
    form.addpart(name="file", filename="body.bin", data=request.body)
    return {"multipart": form}
