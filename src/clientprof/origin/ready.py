"""What a server says when it is ready."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class OriginReady:
    """Where a running origin listens. ``ca_file`` is None without TLS.

    ``hosts``: the addresses, ``127.0.0.1`` and perhaps ``::1``, and one more for each further origin that has one.
    ``base_urls``: one per origin, ``base_url`` first; on Linux they differ by address, elsewhere by port. ``engine``:
    event loop and parser, such as ``uvloop + httptools``. ``identity``: of the clock that its stamps are read from
    (``recording.clock``). ``within``: what the command of a process must begin with that is to reach it; empty where
    every process can.
    """

    pid: int
    port: int
    base_url: str
    ca_file: str | None
    engine: str
    hosts: tuple[str, ...]
    identity: str
    base_urls: tuple[str, ...]
    within: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain values for ``json.dumps``."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "OriginReady":
        """What ``to_json`` wrote.

        Raises:
            ValueError: not a ready line.
        """
        match values:
            case {
                "pid": int(pid),
                "port": int(port),
                "base_url": str(base_url),
                "ca_file": str() | None as ca_file,
                "engine": str(engine),
                "hosts": list(hosts),
                "identity": str(identity),
                "base_urls": list(urls),
            }:
                addresses, base_urls = tuple(map(str, hosts)), tuple(map(str, urls))
                return cls(pid, port, base_url, ca_file, engine, addresses, identity, base_urls)
        raise ValueError("not a ready line of the origin")
