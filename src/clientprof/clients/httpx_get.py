"""``httpx.get`` for every call: a client, a TLS context and a connection of its own each time."""

from typing import Any

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Reading, Request
from clientprof.clients.httpx_client import httpx_arguments
from clientprof.clients.httpx_sync import HttpxSyncAdapter, body_arguments, read_pieces
from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec


class HttpxGetAdapter(HttpxSyncAdapter):
    name = "httpx-get"
    features = frozenset({Feature.STREAMED, Feature.UPLOAD_STREAM, Feature.MULTIPART})
    boundaries = (
        *HttpxSyncAdapter.boundaries,
        BoundarySpec("httpx._api:request", Layer.API),
        BoundarySpec("httpx._client:Client.__init__", Layer.API),
    )

    def build(self, options: ClientOptions) -> Any:
        # With TLS to an own CA all calls share one context, because a path for each is deprecated in httpx.
        return httpx_arguments(options)

    def fetch(self, client: Any, request: Request) -> Answer:
        import httpx

        arguments = {**client, **body_arguments(request)}
        if request.reading is Reading.WHOLE:
            response = httpx.request(request.method, request.url, **arguments)
            return Answer(response.status_code, len(response.content), response.headers, response.content)
        with httpx.stream(request.method, request.url, **arguments) as response:
            return read_pieces(response, request)

    def close(self, client: Any) -> None:
        """Nothing is kept between calls."""
