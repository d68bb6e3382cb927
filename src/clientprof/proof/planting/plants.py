"""Where slow-downs are planted, by client and layer: one function of the real client each."""

from dataclasses import dataclass

from clientprof.model.layers import Layer


@dataclass(frozen=True, slots=True)
class Plant:
    """``target`` as the adapters write them; ``kind`` one of burn, import, litter.

    ``layer`` is where the planted work belongs; ``host`` is where the plant's own work around it belongs, None where
    there is none worth counting. ``calls`` is roughly how often the function is called per request, to divide the dose;
    the truth rests on the calls that the plant counts.
    """

    target: str
    layer: Layer
    kind: str = "burn"
    host: Layer | None = None
    path: str = "/1k"
    tls: bool = False
    calls: float = 1.0


_POOL = "httpcore._async.connection_pool:AsyncConnectionPool"

PLANTS: dict[str, dict[str, Plant]] = {
    "httpx": {
        "front end": Plant("httpx._client:AsyncClient._send_single_request", Layer.API),
        "pool": Plant(f"{_POOL}._assign_requests_to_connections", Layer.POOL, calls=4.3),
        "lock": Plant("httpcore._synchronization:AsyncLock.__aenter__", Layer.CONCURRENCY, calls=6.9),
        "parser": Plant("h11._connection:Connection.next_event", Layer.HTTP, calls=4.0),
        "read": Plant("httpcore._backends.anyio:AnyIOStream.read", Layer.IO),
        "tls": Plant("ssl:SSLObject.read", Layer.TLS, tls=True, calls=2.0),
        "decode": Plant("httpx._decoders:GZipDecoder.decode", Layer.DECODE, path="/gzip/1k"),
        "import": Plant("httpx._client:AsyncClient._build_request_auth", Layer.IMPORT, "import", host=Layer.API),
        "garbage": Plant("httpx._client:AsyncClient._build_request_auth", Layer.GC, "litter", host=Layer.API),
    },
    "aiohttp": {
        "front end": Plant("aiohttp.client:ClientSession._build_url", Layer.API),
        "pool": Plant("aiohttp.connector:BaseConnector._get", Layer.POOL),
        "lock": Plant("aiohttp.helpers:TimerContext.__enter__", Layer.CONCURRENCY, calls=2.0),
        "parser": Plant("aiohttp.client_proto:ResponseHandler.data_received", Layer.HTTP, calls=2.0),
        "read": Plant("asyncio.selector_events:_SelectorSocketTransport._read_ready", Layer.IO),
        "tls": Plant("ssl:SSLObject.read", Layer.TLS, tls=True, calls=2.0),
        "decode": Plant("aiohttp.http_parser:DeflateBuffer.feed_data", Layer.DECODE, path="/gzip/1k", calls=2.0),
        "import": Plant("aiohttp.client:ClientSession._build_url", Layer.IMPORT, "import", host=Layer.API),
        "garbage": Plant("aiohttp.client:ClientSession._build_url", Layer.GC, "litter", host=Layer.API),
    },
    "requests": {
        "front end": Plant("requests.sessions:Session.prepare_request", Layer.API),
        "pool": Plant("urllib3.connectionpool:HTTPConnectionPool._get_conn", Layer.POOL),
        "read": Plant("socket:SocketIO.readinto", Layer.IO),
    },
}
