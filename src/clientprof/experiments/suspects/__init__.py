"""The catalogue of suspects: one file each, in a folder by subject, one row here. A new suspect is a file with
``SUSPECT`` and its row."""

from clientprof.experiments.suspects.concurrency import (
    aiohttp_timeouts,
    aiohttp_traces,
    anyio_scopes,
    anyio_streams,
    exception_mapping,
    trace_objects,
)
from clientprof.experiments.suspects.messages import (
    aiohttp_cookie_jar,
    aiohttp_headers,
    aiohttp_parser,
    aiohttp_request_path,
    cookie_extraction,
    generic_compression,
    h11_parser,
    url_parse,
)
from clientprof.experiments.suspects.packages import (
    aiohttp_pure_python,
    aiohttp_transport,
    generic_uvloop,
    newer_python,
    sniffio_missing,
)
from clientprof.experiments.suspects.pool import (
    aiohttp_pool_waits,
    double_assignment,
    fewer_connections,
    http2,
    keepalive_eviction,
    keepalive_expiry,
    lock_yield,
    more_connections,
    more_processes,
    pool_scan,
    pool_timeout,
    queue_in_pool,
    socket_poll,
)
from clientprof.experiments.suspects.settings import (
    env_proxies,
    generic_debug_mode,
    generic_garbage,
    generic_logging,
    trust_env,
)
from clientprof.experiments.suspects.suspect import Suspect
from clientprof.experiments.suspects.tls import client_per_request, generic_ssl_context, truststore_handshake

SUSPECTS: dict[str, Suspect] = {
    suspect.id: suspect
    for suspect in (
        sniffio_missing.SUSPECT,
        pool_scan.SUSPECT,
        queue_in_pool.SUSPECT,
        double_assignment.SUSPECT,
        lock_yield.SUSPECT,
        socket_poll.SUSPECT,
        keepalive_eviction.SUSPECT,
        anyio_scopes.SUSPECT,
        anyio_streams.SUSPECT,
        h11_parser.SUSPECT,
        url_parse.SUSPECT,
        cookie_extraction.SUSPECT,
        exception_mapping.SUSPECT,
        trace_objects.SUSPECT,
        client_per_request.SUSPECT,
        env_proxies.SUSPECT,
        fewer_connections.SUSPECT,
        http2.SUSPECT,
        aiohttp_transport.SUSPECT,
        aiohttp_transport.OWN_LINES,
        keepalive_expiry.SUSPECT,
        more_connections.SUSPECT,
        more_processes.SUSPECT,
        pool_timeout.SUSPECT,
        trust_env.SUSPECT,
        truststore_handshake.SUSPECT,
        aiohttp_cookie_jar.SUSPECT,
        aiohttp_headers.SUSPECT,
        aiohttp_parser.SUSPECT,
        aiohttp_pool_waits.SUSPECT,
        aiohttp_pure_python.SUSPECT,
        aiohttp_request_path.SUSPECT,
        aiohttp_timeouts.SUSPECT,
        aiohttp_traces.SUSPECT,
        generic_compression.SUSPECT,
        generic_debug_mode.SUSPECT,
        generic_garbage.SUSPECT,
        generic_logging.SUSPECT,
        generic_ssl_context.SUSPECT,
        generic_uvloop.SUSPECT,
        newer_python.SUSPECT,
    )
}  # fmt: skip
