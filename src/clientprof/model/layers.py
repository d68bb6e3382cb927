"""The canonical layers: one list for all clients, so that libraries which share no frame can be compared."""

from enum import StrEnum


class Layer(StrEnum):
    """Where CPU time belongs. The order is the order of display, from the caller inwards."""

    APP = "app"
    API = "api"
    POOL = "pool"
    CONNECT = "connect"
    TLS = "tls"
    HTTP = "http"
    IO = "io"
    CONCURRENCY = "concurrency"
    DECODE = "decode"
    LOOP = "loop"
    IMPORT = "import"
    GC = "gc"
    PROFILER = "profiler"
    OTHER = "other"


LAYER_MEANING: dict[Layer, str] = {
    Layer.APP: "the calling program",
    Layer.API: "URL, headers, cookies, auth, redirects, request and response models",
    Layer.POOL: "choosing, assigning and releasing connections",
    Layer.CONNECT: "name lookup and TCP connect",
    Layer.TLS: "handshake and record encryption",
    Layer.HTTP: "protocol parsing and writing",
    Layer.IO: "transports, sockets, selector registration",
    Layer.CONCURRENCY: "locks, events, timeouts, cancel scopes, tasks",
    Layer.DECODE: "body decompression and text decoding",
    Layer.LOOP: "the event loop's own work",
    Layer.IMPORT: "the import system, failed imports included",
    Layer.GC: "garbage collection",
    Layer.PROFILER: "the instruments themselves",
    Layer.OTHER: "code that no boundary and no rule claims",
}
