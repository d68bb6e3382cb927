"""What clientprof needs to know of a client: how to build it, fetch with it and close it, and where it can be observed.

An adapter imports its client inside its methods, so that listing clients needs none of them installed. It states the
versions it was written for; functions are looked up in the installed version, and what is missing is reported by name.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from clientprof.model.layers import Layer
from clientprof.probes.observation_points import BoundarySpec, CounterSpec, MarkSpec, WaitSpec

PIECE_BYTES = 64 * 1024


class Feature(StrEnum):
    """What a client may lack. A scenario that needs a missing one is refused before anything runs."""

    LIMIT = "a connection limit"
    KEEPALIVE = "a limit of idle connections"
    HTTP2 = "HTTP/2"
    TRIO = "trio"
    UVLOOP = "uvloop"
    STREAMED = "reading a response piece by piece"
    UPLOAD_STREAM = "a streamed request body"
    MULTIPART = "a multipart request body"
    COOKIE_JAR = "a cookie jar"
    REUSE = "one client for many requests"


class Reading(StrEnum):
    """How a response body is read."""

    WHOLE = "whole"
    PIECES = "pieces"
    LINES = "lines"


class Sending(StrEnum):
    """How a request body is given to the client."""

    BYTES = "bytes"
    STREAM = "stream"
    MULTIPART = "multipart"


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How to build a client. ``limit`` is the number of connections at most, ``keepalive`` of idle ones, None for the
    client's own defaults.

    ``ca_file`` is the PEM file to verify servers against; ``timeout_s`` bounds connecting and reading, None for the
    client's own default. ``http2`` offers HTTP/2. ``redirects`` follows them. ``jar`` cookies, named ``jar0`` and so on, are
    in the client's jar for the hosts of ``urls`` from the start; ``cookies`` says that the jar must take cookies of hosts
    that are IP addresses, where the client refuses them otherwise.
    """

    limit: int | None = None
    ca_file: str | None = None
    timeout_s: float | None = None
    keepalive: int | None = None
    http2: bool = False
    redirects: bool = False
    jar: int = 0
    cookies: bool = False
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``body`` None is no body; ``keep`` asks for the response's content in the answer."""

    url: str
    method: str = "GET"
    body: bytes | None = None
    sending: Sending = Sending.BYTES
    reading: Reading = Reading.WHOLE
    keep: bool = False

    def pieces(self) -> Sequence[bytes]:
        """The body in pieces of 64 KiB, for clients that take an iterable."""
        body = self.body or b""
        return [body[start : start + PIECE_BYTES] for start in range(0, len(body), PIECE_BYTES)]

    async def stream(self) -> AsyncIterator[bytes]:
        """The same pieces, for clients that take an asynchronous iterable."""
        for piece in self.pieces():
            yield piece


class Answer(NamedTuple):
    """A response whose body has been read: status, decoded body length in bytes, the client's own headers object.

    ``body`` is the decoded content where it was at hand or asked for.
    """

    status: int
    body_bytes: int
    headers: Any
    body: bytes | None = None


class Adapter(ABC):
    """One HTTP client. All methods run in the measured process; see ``AsyncAdapter`` and ``SyncAdapter``.

    ``package`` is its distribution on PyPI, empty where it has none; ``packages`` what else decides its speed; ``needs``
    what must be installed beside it. ``alone`` clients change what others find (niquests replaces urllib3): they always get
    an environment of their own. ``opaque`` clients do their work where no Python profiler sees it and are measured from
    outside only. ``built_in_trust``: the certificate authorities that it trusts by itself are compiled into it.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    known_versions: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[str, ...]] = ()
    alone: ClassVar[bool] = False
    features: ClassVar[frozenset[Feature]]
    boundaries: ClassVar[Sequence[BoundarySpec]]
    marks: ClassVar[Sequence[MarkSpec]]
    counters: ClassVar[Sequence[CounterSpec]]
    module_layers: ClassVar[Mapping[str, Layer]]
    opaque: ClassVar[bool] = False
    built_in_trust: ClassVar[bool] = False

    @property
    def seams(self) -> list[str]:
        """Targets of the marks and counters that every known version has."""
        marks = [spec.target for spec in self.marks if not spec.optional]
        return marks + [spec.target for spec in self.counters]

    @abstractmethod
    def build(self, options: ClientOptions) -> Any:
        """A new client; called with the event loop running if there is one."""

    @abstractmethod
    def module_version(self) -> str:
        """The version the imported module reports of itself.

        Raises:
            ImportError: the client is not installed.
        """

    @classmethod
    def installed_packages(cls) -> dict[str, str]:
        """Versions of the client and of what its speed depends on; absent packages are left out."""
        from clientprof.clients.installed import installed_version  # 30 ms, not needed where a program is measured

        versions = {name: installed_version(name) for name in (cls.package, *cls.packages) if name}
        return {name: version for name, version in versions.items() if version is not None}


class AsyncAdapter(Adapter):
    """A client on an event loop: many requests in flight in one thread."""

    @abstractmethod
    async def fetch(self, client: Any, request: Request) -> Answer:
        """Send the request and read the whole body."""

    @abstractmethod
    async def close(self, client: Any) -> None:
        """Close the client and its connections."""


class SyncAdapter(Adapter):
    """A blocking client: one request in flight per thread. ``waits`` names where it waits for connections and locks."""

    waits: ClassVar[Sequence[WaitSpec]] = ()

    @abstractmethod
    def fetch(self, client: Any, request: Request) -> Answer:
        """Send the request and read the whole body."""

    @abstractmethod
    def close(self, client: Any) -> None:
        """Close the client and its connections."""
