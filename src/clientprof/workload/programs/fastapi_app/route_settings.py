"""What the processes of a service run need to know, each as one JSON line on its standard input."""

from collections.abc import Mapping
from dataclasses import dataclass

# The header in which our load generator says when it sent a request: nanoseconds, comma, the clock's identity.
SENT_HEADER = "x-clientprof-sent"

ROUTES: dict[str, str] = {
    "ping": "answers at once, calls nobody",
    "httpx": "async, one shared httpx.AsyncClient",
    "aiohttp": "async, one shared aiohttp.ClientSession",
    "blocking": "async, blocks in a requests.Session",
    "threaded": "sync, requests in the thread pool, a Session per thread",
}


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """One app process, which serves one route under one lens (``control`` or ``ledger``).

    ``origin_url`` is what the routes call. ``cpu`` is the core to run on, None to leave it to the system.
    """

    route: str
    lens: str
    block: int
    origin_url: str
    seed: int
    cpu: int | None
    interval_us: float
    output: str


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """One load: ``concurrency`` connections, each with one request in flight, on one URL of this machine.

    It ends after ``seconds`` or after ``requests``, whichever comes first; None means no such end. ``timeout_s`` bounds
    each request. With ``stamped`` each request says when it was sent.
    """

    port: int
    path: str
    concurrency: int
    seconds: float | None
    requests: int | None
    timeout_s: float
    stamped: bool


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What a load generator saw. ``finished`` answers came within ``duration_ns``; errors are counted by kind.

    ``latency_us`` and ``latency_count`` are a histogram of whole microseconds, of every answer of status 2xx. ``cpu_ns`` is
    the generator's own CPU, None where it is not known.
    """

    generator: str
    duration_ns: int
    finished: int
    errors: Mapping[str, int]
    latency_us: tuple[int, ...]
    latency_count: tuple[int, ...]
    cpu_ns: int | None
