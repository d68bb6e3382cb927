"""httpx over a transport of forty lines on an ``aiohttp.ClientSession``, the idea of the debate in httpx#3215.

Unlike the package httpx-aiohttp it reads every body whole before httpx sees the response.
"""

from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Feature, Request
from clientprof.clients.aiohttp_client import AiohttpAdapter
from clientprof.clients.httpx_client import httpx_arguments
from clientprof.clients.httpx_requests import fetch
from clientprof.clients.observed.httpx_boundaries import httpx_boundaries, httpx_counters, httpx_layers
from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec

_TRANSPORT = "clientprof.clients.own.aiohttp_transport"


class HttpxOverAiohttpAdapter(AsyncAdapter):
    name = "httpx-over-aiohttp"
    package = "httpx"
    known_versions = "httpx 0.28, aiohttp 3.14"
    needs = ("aiohttp",)
    packages = (*(AiohttpAdapter.package, *AiohttpAdapter.packages), "anyio", "sniffio")
    # A body is whole before httpx has it, and is sent whole.
    features = AiohttpAdapter.features - {Feature.STREAMED, Feature.UPLOAD_STREAM}
    boundaries = (
        *AiohttpAdapter.boundaries,
        *httpx_boundaries("httpx"),
        BoundarySpec(f"{_TRANSPORT}:AiohttpTransport.handle_async_request", Layer.API),
    )
    marks = AiohttpAdapter.marks
    counters = (
        *(counter for counter in AiohttpAdapter.counters if counter.name != "clients_built"),
        *httpx_counters("httpx"),
    )
    module_layers: ClassVar[dict[str, Layer]] = {
        **AiohttpAdapter.module_layers,
        **httpx_layers("httpx"),
        _TRANSPORT: Layer.API,
    }

    def build(self, options: ClientOptions) -> Any:
        import httpx

        from clientprof.clients.own.aiohttp_transport import AiohttpTransport

        arguments = httpx_arguments(options)
        arguments.pop("limits", None)
        transport = AiohttpTransport(limit=options.limit, ssl_context=arguments.pop("verify", None))
        return httpx.AsyncClient(transport=transport, **arguments)

    async def fetch(self, client: Any, request: Request) -> Answer:
        return await fetch(client, request)

    async def close(self, client: Any) -> None:
        await client.aclose()

    def module_version(self) -> str:
        import aiohttp  # noqa: F401  # without it this client does not exist
        import httpx

        return str(httpx.__version__)
