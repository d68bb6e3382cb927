"""Boundaries of the standard library below every blocking client."""

from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec

BLOCKING_BOUNDARIES = (
    BoundarySpec("socket:create_connection", Layer.CONNECT),
    BoundarySpec("socket:getaddrinfo", Layer.CONNECT),
    BoundarySpec("socket:SocketIO.readinto", Layer.IO),
    BoundarySpec("ssl:create_default_context", Layer.TLS),
    BoundarySpec("ssl:SSLContext.wrap_socket", Layer.TLS),
    BoundarySpec("ssl:SSLSocket.do_handshake", Layer.TLS),
    BoundarySpec("ssl:SSLSocket.read", Layer.TLS),
    BoundarySpec("ssl:SSLSocket.send", Layer.TLS),
    BoundarySpec("threading:Condition.wait", Layer.CONCURRENCY),
    BoundarySpec("threading:Condition.notify", Layer.CONCURRENCY),
    BoundarySpec("importlib._bootstrap:_find_and_load", Layer.IMPORT),
    BoundarySpec("clientprof.workload.drivers.thread_driver:ThreadDriver.run_exchange", Layer.APP),
)
