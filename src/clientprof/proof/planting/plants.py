"""Where slow-downs are planted, by client and layer: one function of the real client each."""

from dataclasses import dataclass

from clientprof.model.layers import Layer

DOSES_US = (0, 50, 100, 200, 400)


@dataclass(frozen=True, slots=True)
class Plant:
    """``target`` as the adapters write them; ``kind`` one of burn, import, litter.

    ``layer`` is where the planted work belongs; ``host`` is where the plant's own work around it belongs, None where
    there is none worth counting.
    """

    target: str
    layer: Layer
    kind: str = "burn"
    host: Layer | None = None
    path: str = "/1k"
    tls: bool = False


_POOL = "httpcore._async.connection_pool:AsyncConnectionPool"

PLANTS: dict[str, dict[str, Plant]] = {
    "httpx": {
        "front end": Plant("httpx._client:AsyncClient._send_single_request", Layer.API),
        "pool": Plant(f"{_POOL}._assign_requests_to_connections", Layer.POOL),
        "lock": Plant("httpcore._synchronization:AsyncLock.__aenter__", Layer.CONCURRENCY),
        "parser": Plant("h11._connection:Connection.next_event", Layer.HTTP),
        "read": Plant("httpcore._backends.anyio:AnyIOStream.read", Layer.IO),
        "tls": Plant("ssl:SSLObject.read", Layer.TLS, tls=True),
        "decode": Plant("httpx._decoders:GZipDecoder.decode", Layer.DECODE, path="/gzip/1k"),
        "import": Plant("httpx._client:AsyncClient._build_request_auth", Layer.IMPORT, "import", host=Layer.API),
        "garbage": Plant("httpx._client:AsyncClient._build_request_auth", Layer.GC, "litter", host=Layer.API),
    },
    "aiohttp": {
        "front end": Plant("aiohttp.client:ClientSession._build_url", Layer.API),
        "pool": Plant("aiohttp.connector:BaseConnector._get", Layer.POOL),
        "lock": Plant("aiohttp.helpers:TimerContext.__enter__", Layer.CONCURRENCY),
        "parser": Plant("aiohttp.client_proto:ResponseHandler.data_received", Layer.HTTP),
        "read": Plant("asyncio.selector_events:_SelectorSocketTransport._read_ready", Layer.IO),
        "tls": Plant("ssl:SSLObject.read", Layer.TLS, tls=True),
        "decode": Plant("aiohttp.http_parser:DeflateBuffer.feed_data", Layer.DECODE, path="/gzip/1k"),
        "import": Plant("aiohttp.client:ClientSession._build_url", Layer.IMPORT, "import", host=Layer.API),
        "garbage": Plant("aiohttp.client:ClientSession._build_url", Layer.GC, "litter", host=Layer.API),
    },
}
