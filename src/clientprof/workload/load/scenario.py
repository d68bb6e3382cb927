"""What is asked of a client: how many requests, how they arrive, for what, over what."""

import re
from dataclasses import dataclass
from enum import StrEnum

from clientprof.model.network import Network, NetworkError, Stall

_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}
MAX_CONCURRENCY = 100_000
MAX_SIZE_BYTES = 64 * 1024 * 1024
MAX_REQUESTS = 1_000_000
MIN_EVENT_BYTES = 32
MAX_HOSTS = 2_000


class ScenarioError(ValueError):
    """A scenario that makes no sense. The message says what to write instead."""


class Loop(StrEnum):
    """What runs an asynchronous client. Synchronous clients run in threads, whatever this says."""

    ASYNCIO = "asyncio"
    UVLOOP = "uvloop"
    TRIO = "trio"


class DelayKind(StrEnum):
    FIXED = "fixed"
    EXPONENTIAL = "exponential"


class Upload(StrEnum):
    """How a request's body is given to the client."""

    BYTES = "bytes"
    STREAM = "stream"
    MULTIPART = "multipart"


class Trust(StrEnum):
    """What a client verifies the server against: the one CA of this run, or the trust store that it has by itself."""

    OWN = "own"
    DEFAULT = "default"


class Encoding(StrEnum):
    """Content codings the origin can answer with (RFC 9110, 8.4.1)."""

    GZIP = "gzip"
    BROTLI = "br"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True)
class Scenario:
    """The load of one round, and what each of its requests is like.

    Arrivals: without ``requests`` all ``concurrency`` requests start at once (a gather); with it a round has so many, and
    ``concurrency`` are in flight at any time; with ``rate_per_s`` too they start on schedule, whatever is in flight, and
    latency counts from the scheduled start. Synchronous clients use ``concurrency`` threads.

    Answers: ``size_bytes`` (decoded), as ``chunks`` with ``gap_ms`` between them, as server-sent ``events``, compressed with
    ``encoding``, after ``delay_ms``, each with ``cookies`` new cookies, behind ``redirects`` hops. ``streamed`` reads them
    piece by piece. Requests: POST of ``upload_bytes`` where that is set, with ``jar`` cookies already in the client.

    Client: ``limit`` connections at most and ``keepalive`` idle ones, None for its own defaults; ``client_each`` builds a
    new client for every request. ``hosts`` spreads the requests over that many origins.

    Server: it closes each connection after ``close_after`` answers, saying so in the last one unless ``silent_close``, and
    one that was idle for ``idle_close_ms``; it leaves a new connection alone for ``accept_delay_ms``; it refuses every
    ``refuse_every``th request with 503 and ``Retry-After: retry_after_s``, which is an answer and no failure.

    Network: a round trip to the server takes ``rtt_ms``, up to ``jitter_ms`` more or less, ``bits_per_s`` pass at most each
    way, None for what the machine can, and a ``stall`` stops all of it now and again. See ``network``. With TLS, clients
    ``trust`` the CA of the run alone, or their own store, which then holds it too. ``by_name`` asks for the server by its
    name, which clients must look up.
    """

    concurrency: int = 512
    size_bytes: int = 1024
    tls: bool = False
    limit: int | None = None
    delay_ms: float = 0.0
    requests: int | None = None
    rate_per_s: float | None = None
    http2: bool = False
    loop: Loop = Loop.ASYNCIO
    keepalive: int | None = None
    delay_kind: DelayKind = DelayKind.FIXED
    upload_bytes: int | None = None
    upload: Upload = Upload.BYTES
    chunks: int = 0
    gap_ms: float = 0.0
    events: bool = False
    streamed: bool = False
    encoding: Encoding | None = None
    cookies: int = 0
    jar: int = 0
    redirects: int = 0
    client_each: bool = False
    hosts: int = 1
    h2_streams: int | None = None
    close_after: int | None = None
    silent_close: bool = False
    idle_close_ms: int | None = None
    accept_delay_ms: int = 0
    refuse_every: int = 0
    retry_after_s: int = 1
    rtt_ms: float = 0.0
    jitter_ms: float = 0.0
    bits_per_s: int | None = None
    stall: Stall | None = None
    trust: Trust = Trust.OWN
    by_name: bool = False

    def __post_init__(self) -> None:
        _between("-n", self.concurrency, 1, MAX_CONCURRENCY)
        _between("--requests", self.requests, self.concurrency if self.rate_per_s is None else 1, MAX_REQUESTS)
        _between("--rate", self.rate_per_s, 0.1, 100_000)
        _between("--limit", self.limit, 1)
        _between("--keepalive", self.keepalive, 0)
        _between("--delay", self.delay_ms, 0, 60_000, "ms")
        _between("--gap", self.gap_ms, 0, 10_000, "ms")
        _between("--chunks", self.chunks, 0, 65_536)
        _between("--cookies", self.cookies, 0, 500)
        _between("--jar", self.jar, 0, 10_000)
        _between("--redirects", self.redirects, 0, 20)
        _between("--hosts", self.hosts, 1, MAX_HOSTS)
        _between("--h2-streams", self.h2_streams, 1, 100_000)
        _between("--close-after", self.close_after, 1, 1_000_000)
        _between("--idle-close", self.idle_close_ms, 10, 3_600_000, "ms")
        _between("--accept-delay", self.accept_delay_ms, 0, 60_000, "ms")
        _between("--refuse", self.refuse_every, 0, 1_000_000)
        _between("--retry-after", self.retry_after_s, 0, 3600, "s")
        if self.h2_streams is not None and not self.http2:
            raise ScenarioError("--h2-streams needs --http2: HTTP/1.1 has no streams")
        if self.silent_close and self.close_after is None:
            raise ScenarioError("--silent-close needs --close-after: after how many answers")
        if self.retry_after_s != 1 and not self.refuse_every:
            raise ScenarioError("--retry-after needs --refuse: which requests are refused")
        if self.http2 and (self.refuse_every or self.silent_close or self.idle_close_ms is not None):
            raise ScenarioError("--refuse, --silent-close and --idle-close go with HTTP/1.1, not with --http2")
        for option, size in (("--size", self.size_bytes), ("--post", self.upload_bytes)):
            if size is not None and not 0 <= size <= MAX_SIZE_BYTES:
                raise ScenarioError(f"{option} must be between 0 and 64m, not {size}")
        try:
            self.network  # noqa: B018  # it checks itself
        except NetworkError as error:
            raise ScenarioError(str(error)) from None
        if self.by_name and (self.network or self.hosts > 1):
            raise ScenarioError("--by-name goes with one host on the machine's own loopback: only localhost has a name")
        if self.trust is Trust.DEFAULT and not self.tls:
            raise ScenarioError("--trust default needs --tls: without it nothing is verified")
        if self.rate_per_s is not None and self.requests is None:
            raise ScenarioError("--rate needs --requests: how many requests a round has")
        if self.gap_ms and not self.chunks:
            raise ScenarioError("--gap is the time between chunks; say how many with --chunks")
        if self.events and not self.chunks:
            raise ScenarioError("--events needs --chunks: how many events an answer has")
        if (self.gap_ms or self.events) and self.size_bytes % self.chunks:
            raise ScenarioError(f"--size {self.size_bytes} cannot be cut into {self.chunks} equal chunks")
        if self.chunks > max(self.size_bytes, 1):
            raise ScenarioError(f"--size {self.size_bytes} has fewer bytes than --chunks {self.chunks}")
        if self.events and self.size_bytes < MIN_EVENT_BYTES * self.chunks:
            raise ScenarioError(f"--size must be {MIN_EVENT_BYTES * self.chunks} or more for {self.chunks} events")
        if self.http2 and not self.tls:
            raise ScenarioError("--http2 needs --tls: clients agree on HTTP/2 in the TLS handshake")
        # Nanoseconds are what labels and the origin's routes can say.
        object.__setattr__(self, "delay_ms", round(self.delay_ms, 6))
        object.__setattr__(self, "gap_ms", round(self.gap_ms, 6))
        object.__setattr__(self, "rtt_ms", round(self.rtt_ms, 6))
        object.__setattr__(self, "jitter_ms", round(self.jitter_ms, 6))
        if self.rate_per_s is not None:
            object.__setattr__(self, "rate_per_s", round(self.rate_per_s, 6))

    @property
    def requests_per_round(self) -> int:
        """How many requests one round has."""
        return self.concurrency if self.requests is None else self.requests

    @property
    def network(self) -> Network:
        """The link between client and server; false where it is the machine's own loopback."""
        return Network(self.rtt_ms, self.jitter_ms, self.bits_per_s, self.stall)

    @property
    def method(self) -> str:
        return "GET" if self.upload_bytes is None else "POST"


def _between(option: str, value: float | None, least: float, most: float | None = None, unit: str = "") -> None:
    if value is None or (value >= least and (most is None or value <= most)):
        return
    bounds = f"{least} or more" if most is None else f"between {least} and {most}"
    raise ScenarioError(f"{option} must be {bounds}{' ' + unit if unit else ''}, not {value:g}")


def parse_size(text: str) -> int:
    """Bytes from ``1500``, ``1k``, ``64k``, ``2m`` (k = 1024).

    Raises:
        ScenarioError: not a size.
    """
    match = re.fullmatch(r"([0-9]{1,12})([kKmM]?)", text)
    if match is None:
        raise ScenarioError(f"{text!r} is no size; write bytes, or 1k, 64k, 2m")
    return int(match[1]) * _UNITS[match[2].lower()]


def format_size(size_bytes: int) -> str:
    """The shortest form ``parse_size`` reads back."""
    for unit in ("m", "k"):
        if size_bytes and size_bytes % _UNITS[unit] == 0:
            return f"{size_bytes // _UNITS[unit]}{unit}"
    return str(size_bytes)


def format_ms(milliseconds: float) -> str:
    """Milliseconds without an exponent, down to the nanosecond."""
    return f"{milliseconds:.6f}".rstrip("0").rstrip(".")
