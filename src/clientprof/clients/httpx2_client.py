"""httpx2 2.x on httpcore2, the successor of httpx under a name of its own; see ``httpx_boundaries``."""

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


class Httpx2Adapter(AsyncAdapter):
    name = "httpx2"
    package = "httpx2"
    known_versions = "httpx2 2.16 (from 2.0)"
    packages = ("httpcore2", "h11", "anyio", "sniffio", "truststore", "idna", "h2", "trio", "brotli", "zstandard")
    features = frozenset(Feature)
    boundaries = (*COMMON_BOUNDARIES, *httpx_boundaries("httpx2"), *httpcore_boundaries("httpcore2"))
    marks = httpcore_marks("httpcore2")
    counters = (*httpcore_counters("httpcore2"), *httpx_counters("httpx2"))
    module_layers: ClassVar[dict[str, Layer]] = {**httpx_layers("httpx2"), **httpcore_layers("httpcore2")}

    def build(self, options: ClientOptions) -> Any:
        import httpx2

        return httpx2.AsyncClient(**client_arguments(httpx2, options))

    async def fetch(self, client: Any, request: Request) -> Answer:
        return await fetch(client, request)

    async def close(self, client: Any) -> None:
        await client.aclose()

    def module_version(self) -> str:
        import httpx2

        return str(httpx2.__version__)
