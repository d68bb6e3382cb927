"""``requests.get`` for every call: a Session, its pools and a connection of its own each time, as many programs do it."""

from typing import Any

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Request
from clientprof.clients.requests_client import RequestsAdapter, answer_of, call_arguments
from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec


class RequestsGetAdapter(RequestsAdapter):
    name = "requests-get"
    features = frozenset({Feature.STREAMED, Feature.UPLOAD_STREAM, Feature.MULTIPART})
    boundaries = (*RequestsAdapter.boundaries, BoundarySpec("requests.api:request", Layer.API))

    def build(self, options: ClientOptions) -> Any:
        return call_arguments(options)

    def fetch(self, client: Any, request: Request) -> Answer:
        import requests

        return answer_of(requests.request, request, client)

    def close(self, client: Any) -> None:
        """Nothing is kept between calls."""
