"""httpx over the package httpx-aiohttp: httpx's client, aiohttp's pool and parser.

The package's transport opens aiohttp's response and hands httpx a stream over its content, so a body is read through
httpx; ``AiohttpResponseStream.aclose`` is its end. The connection may go back to aiohttp's pool before that, from inside
``data_received``.
"""

from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Request
from clientprof.clients.aiohttp_client import AiohttpAdapter
from clientprof.clients.httpx_client import httpx_arguments
from clientprof.clients.httpx_requests import fetch
from clientprof.clients.observed.httpx_boundaries import httpx_boundaries, httpx_counters, httpx_layers
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.probes.observation_points import BoundarySpec, MarkSpec

_TRANSPORT = "httpx_aiohttp.transport"


class HttpxAiohttpAdapter(AsyncAdapter):
    name = "httpx-aiohttp"
    package = "httpx-aiohttp"
    known_versions = "httpx-aiohttp 0.2 (from 0.1.6)"
    packages = ("httpx", *(AiohttpAdapter.package, *AiohttpAdapter.packages), "anyio", "sniffio")
    features = AiohttpAdapter.features
    boundaries = (
        *AiohttpAdapter.boundaries,
        *httpx_boundaries("httpx"),
        BoundarySpec(f"{_TRANSPORT}:AiohttpTransport.handle_async_request", Layer.API),
        BoundarySpec(f"{_TRANSPORT}:AiohttpResponseStream.aclose", Layer.API),
    )
    marks = (
        *(mark for mark in AiohttpAdapter.marks if mark.leave is not Mark.DONE),
        MarkSpec(f"{_TRANSPORT}:AiohttpResponseStream.aclose", enter=Mark.DONE),
    )
    counters = (
        *(counter for counter in AiohttpAdapter.counters if counter.name != "clients_built"),
        *httpx_counters("httpx"),
    )
    module_layers: ClassVar[dict[str, Layer]] = {
        **AiohttpAdapter.module_layers,
        **httpx_layers("httpx"),
        "httpx_aiohttp": Layer.API,
    }

    def build(self, options: ClientOptions) -> Any:
        import httpx_aiohttp

        return httpx_aiohttp.HttpxAiohttpClient(**httpx_arguments(options))

    async def fetch(self, client: Any, request: Request) -> Answer:
        return await fetch(client, request)

    async def close(self, client: Any) -> None:
        await client.aclose()

    def module_version(self) -> str:
        import importlib.metadata

        import httpx_aiohttp

        # The module does not say its version itself.
        return str(getattr(httpx_aiohttp, "__version__", None) or importlib.metadata.version(self.package))
