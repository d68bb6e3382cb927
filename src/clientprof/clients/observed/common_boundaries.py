"""Boundaries and module layers of the standard library: the same below every asynchronous client."""

from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec

_TRANSPORT = "asyncio.selector_events:_SelectorSocketTransport"

COMMON_BOUNDARIES = (
    BoundarySpec("asyncio.base_events:BaseEventLoop._run_once", Layer.LOOP),
    BoundarySpec("asyncio.runners:Runner.run", Layer.LOOP),
    BoundarySpec("asyncio.base_events:BaseEventLoop.create_connection", Layer.CONNECT),
    BoundarySpec("asyncio.base_events:BaseEventLoop.getaddrinfo", Layer.CONNECT),
    BoundarySpec("asyncio.selector_events:BaseSelectorEventLoop.sock_connect", Layer.CONNECT),
    BoundarySpec("asyncio.selector_events:_SelectorSocketTransport.write", Layer.IO),
    BoundarySpec("asyncio.selector_events:_SelectorSocketTransport._read_ready", Layer.IO),
    # One name until Python 3.11, another since 3.12.
    BoundarySpec(f"{_TRANSPORT}._write_ready | {_TRANSPORT}._write_sendmsg", Layer.IO),
    BoundarySpec("asyncio.selector_events:_SelectorTransport.close", Layer.IO),
    BoundarySpec("asyncio.selector_events:_SelectorTransport._call_connection_lost", Layer.IO),
    BoundarySpec("asyncio.timeouts:Timeout.__aenter__", Layer.CONCURRENCY),
    BoundarySpec("asyncio.timeouts:Timeout.__aexit__", Layer.CONCURRENCY),
    BoundarySpec("asyncio.locks:Lock.acquire", Layer.CONCURRENCY),
    BoundarySpec("asyncio.locks:Event.wait", Layer.CONCURRENCY),
    BoundarySpec("asyncio.locks:Event.set", Layer.CONCURRENCY),
    BoundarySpec("ssl:SSLObject.do_handshake", Layer.TLS),
    BoundarySpec("ssl:SSLObject.read", Layer.TLS),
    BoundarySpec("ssl:SSLObject.write", Layer.TLS),
    BoundarySpec("ssl:create_default_context", Layer.TLS),
    BoundarySpec("asyncio.sslproto:SSLProtocol.buffer_updated", Layer.TLS),
    BoundarySpec("asyncio.sslproto:SSLProtocol._write_appdata", Layer.TLS),
    BoundarySpec("asyncio.sslproto:SSLProtocol._start_handshake", Layer.TLS),
    BoundarySpec("importlib._bootstrap:_find_and_load", Layer.IMPORT),
    BoundarySpec("clientprof.workload.drivers.async_driver:AsyncDriver.run_exchange", Layer.APP),
)
