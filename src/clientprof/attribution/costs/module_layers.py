"""The layer of a module: the adapter's own table first, then the standard library's, then the words in its name.

Modules without a layer of their own (``contextlib``, ``functools``, ...) work for whoever called them.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

from clientprof.model.layers import Layer
from clientprof.model.samples import CodeLocation

T = TypeVar("T")

_STANDARD_LIBRARY: dict[str, Layer] = {
    "asyncio.selector_events": Layer.IO,
    "asyncio.proactor_events": Layer.IO,
    "asyncio.transports": Layer.IO,
    "asyncio.trsock": Layer.IO,
    "asyncio.streams": Layer.IO,
    "asyncio.protocols": Layer.IO,
    "asyncio.sslproto": Layer.TLS,
    "asyncio.locks": Layer.CONCURRENCY,
    "asyncio.timeouts": Layer.CONCURRENCY,
    "asyncio.tasks": Layer.CONCURRENCY,
    "asyncio.futures": Layer.CONCURRENCY,
    "asyncio.queues": Layer.CONCURRENCY,
    "asyncio.taskgroups": Layer.CONCURRENCY,
    "asyncio": Layer.LOOP,
    "selectors": Layer.IO,
    "socket": Layer.IO,
    "ssl": Layer.TLS,
    "importlib": Layer.IMPORT,
    "zipimport": Layer.IMPORT,
    "http": Layer.HTTP,
    "email": Layer.HTTP,
    "urllib": Layer.API,
    "gzip": Layer.DECODE,
    "zlib": Layer.DECODE,
    "json": Layer.DECODE,
    "codecs": Layer.DECODE,
    "encodings": Layer.DECODE,
}

# For packages no adapter describes: the words the field uses in module names. First match wins.
_WORDS: tuple[tuple[str, Layer], ...] = (
    (r"^uvloop\b", Layer.LOOP),
    (r"pool|connector", Layer.POOL),
    (r"tls|ssl|crypto", Layer.TLS),
    (r"decod|decompress|compress|brotli|gzip|zstd", Layer.DECODE),
    (r"pars|proto|http1|http2|http11|h11|h2|writer|reader|framing", Layer.HTTP),
    (r"synchroniz|lock|_sync\b|concurren|task|timeout|cancel", Layer.CONCURRENCY),
    (r"resolv|dns|connect|eyeball", Layer.CONNECT),
    (r"backend|transport|socket|stream|network|\bio\b", Layer.IO),
    (r"client|session|url|header|cookie|auth|model|request|response|api|config", Layer.API),
)


def module_layer(location: CodeLocation, adapter_layers: Mapping[str, str]) -> Layer | None:
    """The layer of the code at a location; None where the module works for its caller."""
    if location.origin == "profiler":
        return Layer.PROFILER
    if location.origin == "app":
        return Layer.APP
    listed = _longest_prefix(location.module, adapter_layers)
    if listed is not None:
        return Layer(listed)
    if location.origin == "stdlib":
        return _longest_prefix(location.module, _STANDARD_LIBRARY)
    for pattern, layer in _WORDS:
        if re.search(pattern, location.module):
            return layer
    return Layer.OTHER


def _longest_prefix(module: str, table: Mapping[str, T]) -> T | None:
    name = module
    while name:
        if name in table:
            return table[name]
        name = name.rpartition(".")[0]
    return None
