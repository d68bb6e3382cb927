"""httpx 0.23 to 0.28 on httpcore 0.16 to 1.0, asynchronous, through anyio's asyncio backend; see ``httpx_boundaries``."""

from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Feature, Request
from clientprof.clients.httpx_requests import client_arguments, fetch
from clientprof.clients.observed.common_boundaries import COMMON_BOUNDARIES
from clientprof.clients.observed.httpx_boundaries import (
    httpcore_boundaries,
    httpcore_counters,
    httpcore_layers,
    httpcore_marks,
    httpx_boundaries,
    httpx_counters,
    httpx_layers,
)
from clientprof.model.layers import Layer


class HttpxAdapter(AsyncAdapter):
    name = "httpx"
    package = "httpx"
    known_versions = "httpx 0.28 (from 0.23), httpcore 1.0 (from 0.16)"
    packages = (
        "httpcore", "h11", "anyio", "sniffio", "certifi", "idna", "rfc3986", "h2", "trio", "brotli", "zstandard"
    )  # fmt: skip
    features = frozenset(Feature)
    boundaries = (*COMMON_BOUNDARIES, *httpx_boundaries("httpx"), *httpcore_boundaries("httpcore"))
    marks = httpcore_marks("httpcore")
    counters = (*httpcore_counters("httpcore"), *httpx_counters("httpx"))
    module_layers: ClassVar[dict[str, Layer]] = {**httpx_layers("httpx"), **httpcore_layers("httpcore")}

    def build(self, options: ClientOptions) -> Any:
        import httpx

        return httpx.AsyncClient(**httpx_arguments(options))

    async def fetch(self, client: Any, request: Request) -> Answer:
        return await fetch(client, request)

    async def close(self, client: Any) -> None:
        await client.aclose()

    def module_version(self) -> str:
        import httpx

        return str(httpx.__version__)


def httpx_arguments(options: ClientOptions) -> dict[str, Any]:
    """Keyword arguments of ``httpx.AsyncClient`` and ``httpx.Client``."""
    import httpx

    return client_arguments(httpx, options)
