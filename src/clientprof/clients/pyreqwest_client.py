"""pyreqwest: Rust's reqwest on a tokio thread of its own. Opaque: measured from outside only."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Feature, Reading, Request, Sending
from clientprof.clients.lines import lines
from clientprof.clients.observed.common_boundaries import COMMON_BOUNDARIES
from clientprof.model.layers import Layer


class PyreqwestAdapter(AsyncAdapter):
    name = "pyreqwest"
    package = "pyreqwest"
    known_versions = "pyreqwest 0.15 (from 0.11)"
    packages = ()
    features = frozenset(Feature) - {Feature.TRIO}
    boundaries = COMMON_BOUNDARIES
    marks = ()
    counters = ()
    module_layers: ClassVar[dict[str, Layer]] = {"pyreqwest": Layer.API}
    opaque = True

    def build(self, options: ClientOptions) -> Any:
        from pyreqwest.client import ClientBuilder
        from pyreqwest.cookie import CookieStore

        builder = ClientBuilder().follow_redirects(options.redirects).http2(options.http2)
        if options.limit is not None:
            builder = builder.max_connections(options.limit)
        if options.keepalive is not None:
            builder = builder.pool_max_idle_per_host(options.keepalive)
        if options.ca_file is not None:
            builder = builder.add_root_certificate_pem(Path(options.ca_file).read_bytes())
        if options.timeout_s is not None:
            bound = timedelta(seconds=options.timeout_s)
            builder = builder.connect_timeout(bound).read_timeout(bound).pool_timeout(bound)
        if options.cookies or options.jar:
            store = CookieStore()
            for url in options.urls:
                for number in range(options.jar):
                    store.insert(f"jar{number}=value{number}; Path=/", url)
            builder = builder.cookie_provider(store)
        return builder.build()

    async def fetch(self, client: Any, request: Request) -> Answer:
        builder = client.request(request.method, request.url)
        if request.body is not None:
            builder = _with_body(builder, request)
        if request.reading is Reading.WHOLE:
            response = await builder.build().send()
            body = await response.bytes()
            return Answer(response.status, len(body), response.headers, bytes(body) if request.keep else None)
        async with builder.build_streamed() as response:
            size, pieces = 0, []
            source = _pieces(response.body_reader)
            async for piece in lines(source) if request.reading is Reading.LINES else source:
                size += len(piece)
                if request.keep:
                    pieces.append(piece)
            return Answer(response.status, size, response.headers, b"".join(pieces) if request.keep else None)

    async def close(self, client: Any) -> None:
        await client.close()

    def module_version(self) -> str:
        import pyreqwest

        return str(pyreqwest.__version__)


def _with_body(builder: Any, request: Request) -> Any:
    if request.sending is Sending.BYTES:
        return builder.body_bytes(request.body)
    if request.sending is Sending.STREAM:
        return builder.body_stream(request.stream())
    from pyreqwest.multipart import FormBuilder, PartBuilder

    assert request.body is not None
    return builder.multipart(FormBuilder().part("file", PartBuilder.from_bytes(request.body).file_name("body.bin")))


async def _pieces(reader: Any) -> AsyncIterator[bytes]:
    while (piece := await reader.read_chunk()) is not None:
        yield bytes(piece)
