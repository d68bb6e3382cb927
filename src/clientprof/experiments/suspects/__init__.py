"""The catalogue of suspects: one file each, one row here. A new suspect is a file with ``SUSPECT`` and its row."""

from clientprof.experiments.suspects import (
    anyio_scopes,
    double_assignment,
    exception_mapping,
    keepalive_eviction,
    lock_yield,
    pool_scan,
    sniffio_missing,
    socket_poll,
    trace_objects,
    url_parse,
)
from clientprof.experiments.suspects.suspect import Suspect

SUSPECTS: dict[str, Suspect] = {
    suspect.id: suspect
    for suspect in (
        sniffio_missing.SUSPECT,
        pool_scan.SUSPECT,
        double_assignment.SUSPECT,
        lock_yield.SUSPECT,
        socket_poll.SUSPECT,
        keepalive_eviction.SUSPECT,
        anyio_scopes.SUSPECT,
        url_parse.SUSPECT,
        exception_mapping.SUSPECT,
        trace_objects.SUSPECT,
    )
}  # fmt: skip
