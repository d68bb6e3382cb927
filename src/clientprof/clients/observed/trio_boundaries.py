"""Boundaries and module layers of trio: the same below every client that runs on it. Optional: trio may not be installed."""

from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec

_RUN = "trio._core._run"
_SOCKET = "trio._socket:_SocketType"

TRIO_BOUNDARIES = tuple(
    BoundarySpec(target, layer, optional=True)
    for target, layer in (
        (f"{_RUN}:unrolled_run", Layer.LOOP),
        (f"{_RUN}:checkpoint", Layer.CONCURRENCY),
        (f"{_RUN}:checkpoint_if_cancelled", Layer.CONCURRENCY),
        ("trio._core._traps:cancel_shielded_checkpoint", Layer.CONCURRENCY),
        (f"{_RUN}:CancelScope.__enter__", Layer.CONCURRENCY),
        (f"{_RUN}:CancelScope.__exit__", Layer.CONCURRENCY),
        (f"{_RUN}:NurseryManager.__aenter__", Layer.CONCURRENCY),
        (f"{_RUN}:NurseryManager.__aexit__", Layer.CONCURRENCY),
        ("trio._timeouts:fail_after", Layer.CONCURRENCY),
        ("trio._sync:Event.wait", Layer.CONCURRENCY),
        ("trio._sync:Event.set", Layer.CONCURRENCY),
        ("trio._sync:_LockImpl.acquire", Layer.CONCURRENCY),
        ("trio._sync:_LockImpl.release", Layer.CONCURRENCY),
        ("trio._highlevel_open_tcp_stream:open_tcp_stream", Layer.CONNECT),
        ("trio._socket:getaddrinfo", Layer.CONNECT),
        (f"{_SOCKET}.connect", Layer.CONNECT),
        (f"{_SOCKET}._nonblocking_helper", Layer.IO),
        ("trio._highlevel_socket:SocketStream.send_all", Layer.IO),
        ("trio._highlevel_socket:SocketStream.receive_some", Layer.IO),
        ("trio._highlevel_socket:SocketStream.aclose", Layer.IO),
        ("trio._ssl:SSLStream.do_handshake", Layer.TLS),
        ("trio._ssl:SSLStream._retry", Layer.TLS),
    )
)

TRIO_MODULE_LAYERS = {
    "trio._core._io_epoll": Layer.IO,
    "trio._core._io_kqueue": Layer.IO,
    "trio._core._io_windows": Layer.IO,
    # Whoever calls instruments: ours, in all but a few programs.
    "trio._core._instrumentation": Layer.PROFILER,
    "trio._core": Layer.LOOP,
    "trio._socket": Layer.IO,
    "trio._highlevel_socket": Layer.IO,
    "trio._highlevel_open_tcp_stream": Layer.CONNECT,
    "trio._ssl": Layer.TLS,
    "trio": Layer.CONCURRENCY,
    "outcome": Layer.LOOP,
}
