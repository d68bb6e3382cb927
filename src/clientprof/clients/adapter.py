"""What clientprof needs to know of a client: how to build it, fetch with it and close it, and where it can be observed.

An adapter imports its client inside its methods, so that listing clients needs none of them installed. It states the
versions it was written for; functions are looked up in the installed version, and what is missing is reported by name.
"""

import importlib.metadata
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from clientprof.model.layers import Layer
from clientprof.probes.seams import BoundarySpec, CounterSpec, MarkSpec


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How to build a client. ``limit`` is the number of connections at most, None for the client's own default.

    ``ca_file`` is the PEM file to verify servers against; ``timeout_s`` bounds connecting and reading, None for the
    client's own default.
    """

    limit: int | None = None
    ca_file: str | None = None
    timeout_s: float | None = None


class Answer(NamedTuple):
    """A response whose body has been read: status, decoded body length in bytes, the client's own headers object."""

    status: int
    body_bytes: int
    headers: Any


class Adapter(ABC):
    """One HTTP client. All methods run in the measured process."""

    name: ClassVar[str]
    package: ClassVar[str]
    known_versions: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    boundaries: ClassVar[Sequence[BoundarySpec]]
    marks: ClassVar[Sequence[MarkSpec]]
    counters: ClassVar[Sequence[CounterSpec]]
    module_layers: ClassVar[Mapping[str, Layer]]

    @abstractmethod
    def build(self, options: ClientOptions) -> Any:
        """A new client; called with the event loop running."""

    @abstractmethod
    async def fetch(self, client: Any, url: str) -> Answer:
        """GET the URL and read the whole body."""

    @abstractmethod
    async def close(self, client: Any) -> None:
        """Close the client and its connections."""

    @abstractmethod
    def module_version(self) -> str:
        """The version the imported module reports of itself.

        Raises:
            ImportError: the client is not installed.
        """

    @classmethod
    def installed_packages(cls) -> dict[str, str]:
        """Versions of the client and of what its speed depends on; absent packages are left out."""
        found: dict[str, str] = {}
        for package in (cls.package, *cls.packages):
            try:
                found[package] = importlib.metadata.version(package)
            except importlib.metadata.PackageNotFoundError:
                continue
        return found
