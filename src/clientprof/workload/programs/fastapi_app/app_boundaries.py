"""Where the layers of a service begin: the server's framework is the application, its clients keep their own layers."""

from clientprof.clients import CLIENTS
from clientprof.clients.observed.installed_boundaries import find_specs
from clientprof.model.layers import Layer
from clientprof.model.samples import Boundary
from clientprof.probes.observation_points import BoundarySpec

_POOL = "urllib3.connectionpool:HTTPConnectionPool"

BOUNDARIES = (
    BoundarySpec("uvicorn.protocols.http.httptools_impl:HttpToolsProtocol.data_received", Layer.APP, optional=True),
    BoundarySpec("uvicorn.protocols.http.httptools_impl:RequestResponseCycle.run_asgi", Layer.APP, optional=True),
    BoundarySpec("uvicorn.protocols.http.h11_impl:H11Protocol.data_received", Layer.APP, optional=True),
    BoundarySpec("uvicorn.protocols.http.h11_impl:RequestResponseCycle.run_asgi", Layer.APP, optional=True),
    BoundarySpec("uvicorn.protocols.http.httptools_impl:RequestResponseCycle.send", Layer.APP, optional=True),
    BoundarySpec("uvicorn.protocols.http.h11_impl:RequestResponseCycle.send", Layer.APP, optional=True),
    BoundarySpec("anyio.to_thread:run_sync", Layer.CONCURRENCY),
    BoundarySpec("requests.sessions:Session.request", Layer.API),
    BoundarySpec("requests.adapters:HTTPAdapter.send", Layer.API),
    BoundarySpec(f"{_POOL}.urlopen", Layer.POOL),
    BoundarySpec(f"{_POOL}._make_request", Layer.HTTP),
    BoundarySpec("urllib3.connection:HTTPConnection._new_conn", Layer.CONNECT),
    BoundarySpec("http.client:HTTPConnection.send", Layer.IO),
    BoundarySpec("socket:SocketIO.readinto", Layer.IO),
)

MODULE_LAYERS = {
    **{name: layer for adapter in CLIENTS.values() for name, layer in adapter.module_layers.items()},
    "uvicorn": Layer.APP,
    "starlette": Layer.APP,
    "fastapi": Layer.APP,
    "pydantic": Layer.APP,
    "pydantic_core": Layer.APP,
    "annotated_doc": Layer.APP,
    "requests": Layer.API,
    "urllib3": Layer.HTTP,
    "urllib3.connectionpool": Layer.POOL,
    "urllib3.poolmanager": Layer.POOL,
    "urllib3.connection": Layer.HTTP,
    "charset_normalizer": Layer.DECODE,
    "certifi": Layer.TLS,
}

PACKAGES = (
    "fastapi", "starlette", "pydantic", "uvicorn", "httptools", "h11", "anyio", "httpx", "httpcore", "sniffio", "aiohttp",
    "requests", "urllib3",
)  # fmt: skip


def find_service_boundaries() -> tuple[Boundary, ...]:
    """The service's own boundaries and those of its asynchronous clients, in the installed versions."""
    of_clients = (spec for name in ("httpx", "aiohttp") for spec in CLIENTS[name].boundaries)
    return find_specs(dict.fromkeys((*BOUNDARIES, *of_clients)))
