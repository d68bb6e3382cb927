"""What a program was: its processes, and the tables of names that its lanes' columns point into (``lane.py``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clientprof.model.programs.held import HeldLook, MemoryHolder


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the program. Numbers of processes are not kept: ``parent`` is a place, None for the first.

    ``kind`` is ``first``, ``fork``, or ``start`` (a new interpreter). ``name`` is its script or module; ``python`` its
    version. ``ended`` is ``exit``, ``_exit``, ``exec`` or ``cut`` (killed, or still running when the measurement
    ended); ``removed`` names the instruments that failed and were taken out, ``notes`` what was not measured and why.
    ``held`` and ``holders`` are looks at its memory, where they were asked for. ``gil`` says whether its threads share one
    interpreter's lock.
    """

    parent: int | None
    kind: str
    name: str
    python: str
    started_ns: int
    ended_ns: int
    ended: str
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    held: tuple[HeldLook, ...] = ()
    holders: tuple[MemoryHolder, ...] = ()
    gil: bool = True


@dataclass(frozen=True, slots=True)
class CallSite:
    """A line of the program that calls a client. ``through`` are packages between it and the client, the outermost
    first.

    ``origin`` is ``app``, or ``package`` where no frame of the program's own was on the stack (a package's own task).
    """

    file: str
    line: int
    function: str
    module: str
    origin: str
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A route of a server framework in the same process: its method and its path's template, never a path."""

    method: str
    template: str
    framework: str


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom the program calls. ``host`` is lower case; ``port`` is the scheme's where none was given."""

    scheme: str
    host: str
    port: int


# Clients, by name, of which each connection is somebody's own: they have no pool to ask for one.
WITHOUT_POOL = frozenset(("http.client", "urllib.request", "httplib2"))


@dataclass(frozen=True, slots=True)
class ClientName:
    """A client library: ``name`` as in the table of clients, ``blocking`` if its calls block the thread, ``opaque`` if it
    does its work outside Python, so that its connections are not seen."""

    name: str
    version: str
    blocking: bool
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a client object, as the library names them: ``limit`` connections, ``idle`` of them kept,
    ``timeouts`` in seconds by name, ``tls`` where its CAs come from (``certifi``, ``system``, ``file``, ``none``,
    ``own``); None: not known, or no limit (then ``unlimited`` names it).

    ``per_host`` is a limit of connections to one host beside that of all; None: not known, or none. ``transport`` is the
    class below the client, by package and name, where that is not the client's own pool: ``httpx.ASGITransport``."""

    limit: int | None = None
    idle: int | None = None
    timeouts: Mapping[str, float | None] = field(default_factory=dict)
    tls: str | None = None
    http2: bool | None = None
    trust_env: bool | None = None
    unlimited: tuple[str, ...] = ()
    per_host: int | None = None
    transport: str | None = None

    @property
    def one_host_bounds(self) -> bool:
        """Whether requests to one host meet the limit of that host before the limit of all."""
        return self.per_host is not None and (self.limit is None or self.per_host < self.limit)

    @property
    def bound(self) -> int | None:
        """The connections that requests to one host can have at most; None as for ``limit``."""
        return self.per_host if self.one_host_bounds else self.limit


@dataclass(frozen=True, slots=True)
class Gate:
    """Code that waits for others of the same program: in ``function``, for ``what`` (``asyncio.Semaphore``).

    Where ``threads`` is not 0, calls wait for one of so many threads of a pool, most of which are in ``function``.
    ``inside`` says that it waits inside of a client's call, as a hook does; the call is in the function ``caller`` of
    ``caller_file``, empty where a package made it.
    Where ``workers`` is not 0, what waits are items in a queue, for one of so many tasks that are in ``function``, or
    threads where ``threads`` is not 0 either.
    """

    file: str
    line: int
    function: str
    what: str
    threads: int = 0
    inside: bool = False
    caller_file: str = ""
    caller: str = ""
    workers: int = 0

    @property
    def of_threads(self) -> bool:
        """Whether threads wait here, or items for threads, and no tasks of a loop."""
        return bool(self.threads) or self.what.partition(".")[0] in ("threading", "queue")


@dataclass(frozen=True, slots=True)
class Thinning:
    """What was left out to keep the file small: one window in ``kept_one_in`` was kept, evenly over the time."""

    kept_one_in: int
    windows_kept: int
    windows_lost: int


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What the manifest says of a program: its processes and the tables that columns point into.

    ``command`` is as it was given, ``exit_code`` what it ended with (negative: the number of the signal, as
    ``subprocess`` says), None while it ran on. ``started_ns`` to ``ended_ns`` is what was measured, after ``--skip``.
    ``error_types`` is in each run's own facts. ``packages`` are versions of all that was imported and matters.
    """

    command: tuple[str, ...]
    exit_code: int | None
    started_ns: int
    ended_ns: int
    ended_by: str
    processes: tuple[Process, ...]
    sites: tuple[CallSite, ...] = ()
    routes: tuple[Route, ...] = ()
    peers: tuple[Peer, ...] = ()
    clients: tuple[ClientName, ...] = ()
    settings: tuple[Settings, ...] = ()
    hosts: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    thinning: Thinning | None = None
    instances_lost: int = 0
