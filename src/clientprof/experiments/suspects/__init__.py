"""The catalogue of suspects: one file each, one row here. A new suspect is a file with ``SUSPECT`` and its row."""

from clientprof.experiments.suspects import (
    aiohttp_cookie_jar,
    aiohttp_headers,
    aiohttp_parser,
    aiohttp_pool_waits,
    aiohttp_pure_python,
    aiohttp_request_path,
    aiohttp_timeouts,
    aiohttp_traces,
    generic_compression,
    generic_debug_mode,
    generic_garbage,
    generic_logging,
    generic_ssl_context,
    generic_uvloop,
    sniffio_missing,
)
from clientprof.experiments.suspects.suspect import Suspect

SUSPECTS: dict[str, Suspect] = {
    suspect.id: suspect
    for suspect in (
        sniffio_missing.SUSPECT,
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
    )
}  # fmt: skip
