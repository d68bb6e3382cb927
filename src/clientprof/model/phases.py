"""Marks, phases and states of one exchange (RFC 9110's word for a request with its response).

Marks are ``perf_counter_ns`` stamps. Phases are derived from marks and never measured on their own; a phase that did
not happen is absent, not 0. At every instant an exchange is in one state, so each phase has wall = cpu + ready + wait.
"""

from enum import IntEnum, StrEnum


class Mark(IntEnum):
    """A stamped moment in the life of an exchange. The integer is what the recording stores."""

    CALL = 1
    POOL_ENQUEUE = 2
    POOL_ACQUIRED = 3
    DNS_START = 4
    DNS_END = 5
    TCP_START = 6
    TCP_END = 7
    TLS_START = 8
    TLS_END = 9
    WRITE_FIRST = 10
    WRITE_LAST = 11
    SERVER_RECEIVED = 12
    SERVER_WRITTEN = 13
    WAKE = 14
    READ_FIRST = 15
    HEADERS = 16
    READ_LAST = 17
    DONE = 18
    RELEASED = 19


class Phase(StrEnum):
    """What an exchange is going through, in order of time."""

    PREPARE = "prepare"
    POOL = "pool"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    H2_SETUP = "h2_setup"
    SEND = "send"
    UPLINK = "uplink"
    SERVER = "server"
    DOWNLINK = "downlink"
    WAIT = "wait"
    LOOP = "loop"
    HEADERS = "headers"
    BODY = "body"
    STREAM = "stream"
    RELEASE = "release"
    UNATTRIBUTED = "unattributed"


PHASE_MEANING: dict[Phase, str] = {
    Phase.PREPARE: "from the call until the request reaches the pool: URL, headers, cookies, auth",
    Phase.POOL: "from there until the request has a connection",
    Phase.DNS: "name lookup",
    Phase.CONNECT: "TCP connect",
    Phase.TLS: "TLS handshake",
    Phase.H2_SETUP: "HTTP/2 connection preface and settings",
    Phase.SEND: "from there until the last byte is given to the kernel",
    Phase.UPLINK: "from the last byte sent to the server's receipt (the network, and the server's own queue)",
    Phase.SERVER: "inside the server, by the server's own stamps",
    Phase.DOWNLINK: "from the server's write to the data's arrival at this machine's socket",
    Phase.WAIT: "from the last byte sent, or from having a connection, to the response, where the server sends no stamps",
    Phase.LOOP: "the response is here, but the event loop is busy with other work; of a thread: it waits to run",
    Phase.HEADERS: "from the first byte read until the client has the response headers",
    Phase.BODY: "from the headers until the client has the whole body",
    Phase.STREAM: "from the return of a call that gives its response to be read piece by piece, until it is read or closed: "
    "waiting for pieces, and the program's own work between them",
    Phase.RELEASE: "giving the connection back, until the call returns",
    Phase.UNATTRIBUTED: "time that no mark claims",
}


class State(StrEnum):
    """What an exchange does at an instant."""

    RUNNING = "running"
    READY = "ready"
    WAITING = "waiting"
