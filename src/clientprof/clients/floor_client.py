"""The floor: a raw asyncio protocol client of our own, which shows what is left when a client does nothing else.

It stands beside every result as the limit that Python can reach; see ``own/floor.py``.
"""

import ssl
from typing import Any, ClassVar

import clientprof
from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Feature, Request
from clientprof.clients.observed.common_boundaries import COMMON_BOUNDARIES
from clientprof.clients.own.floor import LIMIT, FloorClient
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.model.run import FLOOR
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec

_CLIENT = "clientprof.clients.own.floor:FloorClient"
_CONNECTION = "clientprof.clients.own.floor_connection:FloorConnection"


class FloorAdapter(AsyncAdapter):
    name = FLOOR
    package = ""
    known_versions = f"part of clientprof {clientprof.__version__}"
    packages = ("brotli",)
    features = frozenset({Feature.LIMIT, Feature.REUSE, Feature.UVLOOP})
    boundaries = (
        *COMMON_BOUNDARIES,
        BoundarySpec(f"{_CLIENT}.fetch", Layer.API),
        BoundarySpec(f"{_CLIENT}._build", Layer.API),
        BoundarySpec(f"{_CLIENT}._connection", Layer.POOL),
        BoundarySpec(f"{_CLIENT}._release", Layer.POOL),
        BoundarySpec(f"{_CLIENT}._open", Layer.CONNECT),
        BoundarySpec(f"{_CONNECTION}.send", Layer.HTTP),
        BoundarySpec(f"{_CONNECTION}.data_received", Layer.HTTP),
    )
    marks = (
        MarkSpec(f"{_CLIENT}._exchange", enter=Mark.POOL_ENQUEUE),
        MarkSpec(f"{_CONNECTION}.send", enter=Mark.POOL_ACQUIRED),
        MarkSpec(f"{_CONNECTION}._read_head", leave=Mark.HEADERS),
        MarkSpec(f"{_CONNECTION}._deliver", leave=Mark.DONE),
        MarkSpec(f"{_CLIENT}._release", leave=Mark.RELEASED),
    )
    counters = (
        CounterSpec("clients_built", f"{_CLIENT}.__init__", "clients built", expected=0.0),
        CounterSpec("assignments", f"{_CONNECTION}.send", "times a request was handed to a connection", expected=1.0),
        CounterSpec("pool_waits", f"{_CLIENT}._connection", "requests that found no idle connection"),
    )
    module_layers: ClassVar[dict[str, Layer]] = {
        "clientprof.clients.own.floor": Layer.API,
        "clientprof.clients.own.floor_connection": Layer.HTTP,
    }

    def build(self, options: ClientOptions) -> Any:
        return FloorClient(
            LIMIT if options.limit is None else options.limit,
            None if options.ca_file is None else ssl.create_default_context(cafile=options.ca_file),
            options.timeout_s,
            options.redirects,
        )

    async def fetch(self, client: Any, request: Request) -> Answer:
        response = await client.fetch(request.url, request.method, request.body)
        return Answer(response.status, len(response.body), response.headers, response.body)

    async def close(self, client: Any) -> None:
        await client.close()

    def module_version(self) -> str:
        return clientprof.__version__
