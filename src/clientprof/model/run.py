"""What one worker process leaves behind: its facts and its columns of integers. A recording gathers such runs.

Column names and their rows (all 64-bit integers; ``_ns`` are ``perf_counter_ns`` stamps of the worker):

======================= ====================================================================================
``round.*``             one row per round: ``kind`` (RoundKind), ``first`` exchange, ``count``, ``started_ns``,
                        ``ended_ns``, ``cpu_ns`` (process), ``thread_cpu_ns`` (of the loop's thread; of all of the
                        client's threads where it blocks), ``involuntary`` (context switches)
``exchange.*``          one row per exchange: ``started_ns``, ``ended_ns``, ``status``, ``body_bytes``, ``error``
                        (index + 1 into the facts' ``error_types``, 0 for none), ``received_ns``, ``written_ns``
                        (the origin's stamps, 0 where there are none); of clients that block also ``thread`` (its
                        number), ``cpu_started_ns`` (the thread's CPU clock at the start), ``cpu_ns`` (CPU spent)
``step.*``              the loop's time as contiguous rows, each lasting until the next begins: ``started_ns``,
                        ``enqueued_ns`` (0 if not queued), ``owner`` (exchange, or a value of StepOwner). In older files
                        every select is SELECT, and ``enqueued_ns`` is 1 where it was allowed to block
``mark.*``              ``at_ns``, ``exchange``, ``kind`` (Mark); in threads also ``cpu_ns`` (the thread's CPU clock)
``span.*``              one row per call that may block a thread: ``started_ns``, ``ended_ns``, ``started_cpu_ns``,
                        ``ended_cpu_ns`` (the thread's CPU clock), ``exchange``, ``kind`` (Blocking), ``connection``
``write.*``             ``started_ns``, ``ended_ns``, ``exchange``, ``connection``, ``bytes`` (-1 not known; not there in
                        threads and in older files)
``read.*``              ``at_ns`` (equal to its step's ``started_ns``), ``exchange``, ``connection``
``connection.*``        ``opened_ns``, ``exchange`` (who opened it); connections are numbered from 1 in this order
``closing.*``           ``at_ns``, ``connection``
``given.*``             ``at_ns``, ``exchange``, ``connection``: a connection that is open was given to the exchange
``port.*``              ``connection``, ``number``: of this machine's end of it
``server.*``            the origin's HTTP/1.1 connections, where requests failed: ``opened_ns``, ``closed_ns`` (0 if open),
                        ``number``, ``port`` (the client's), ``reason`` (place in ``CLOSE_REASONS``, -1 while open),
                        ``requests``, ``answered``, ``last_received_ns``
``answer.*``            its latest answers: ``connection`` (the server's number), ``received_ns``, ``written_ns``
``handshake.*``         one row per call of the TLS engine: ``started_ns``, ``ended_ns``, ``exchange``, ``done``
                        (0 under way, 1 done, 2 done and resumed, 3 failed)
``tls.*``               CPU of making clients and of TLS: ``at_ns``, ``cpu_ns`` (the thread's, without rows inside it),
                        ``exchange``, ``kind`` (TlsWork), ``done`` (of a handshake: 0 under way, 1, 2 resumed),
                        ``round`` (0 until the warm-up has ended)
``lookup.*``            ``at_ns``: a name was looked up (not an address)
``gc.*``                ``started_ns``, ``ended_ns``, ``generation``, ``collected``
``sample.*``            ``at_ns``, ``weight_ns`` (thread CPU since the sample before; the interval set for the first
                        one after a wait), ``stack`` (-1 for the rest of a round that belongs to no sample, negative
                        where the samples after waits weigh more than there was), ``exchange``, ``gc_ns`` (part of the
                        CPU that went to garbage collection, not in the weight). In a program, a weight of 0 was due
                        while the thread had no core: its CPU is in that of the next one
``stack.*``             stacks, innermost frame first: ``first`` and ``count`` into ``frame.code``, ``frame.line``
``await.*``             one row per step of a task of an exchange that is watched, one in 8 or 16: ``at_ns`` (equal to the
                        step's ``started_ns``), ``exchange``, ``chain`` (what the task had awaited until then)
``chain.*``             chains of awaits, innermost coroutine first: ``first`` and ``count`` into ``link.code``
======================= ====================================================================================
"""

from abc import abstractmethod
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from clientprof.model.programs.lane import LaneFacts
from clientprof.model.provenance.interpreter import InterpreterFacts
from clientprof.model.samples import Boundary, CodeLocation

# What the ledger lens keeps of one request, where its client takes five callbacks, one write and one read for it (aiohttp);
# each further callback adds 24.
BYTES_PER_REQUEST = 408


class RoundKind(IntEnum):
    WARMUP = 0
    COLD = 1
    MEASURED = 2


class StepOwner(IntEnum):
    """Owners of loop time that are not exchanges. WAIT is a select that was allowed to block, SELECT one that was not;
    NATIVE is code of the loop itself that is no Python.
    """

    NOBODY = -1
    SELECT = -2
    LOOP = -3
    WAIT = -4
    NATIVE = -5


class Blocking(IntEnum):
    """What a call that may block its thread waits for. A small write finds room in the socket's buffer. ``PAUSE`` is the
    time between two calls of one exchange: what the thread does meanwhile is not the exchange's."""

    DNS = 1
    CONNECT = 2
    TLS = 3
    WRITE = 4
    LARGE_WRITE = 5
    READ = 6
    POOL = 7
    LOCK = 8
    PAUSE = 9


class HandshakeStep(IntEnum):
    UNDER_WAY = 0
    DONE = 1
    RESUMED = 2
    FAILED = 3


FLOOR = "floor"
"""The name of the client that runs beside all others to show the least that Python can do."""

AGAIN = "again"
"""The last word of the arm that is the baseline a second time (A/A)."""


@dataclass(frozen=True, slots=True)
class CallCount:
    """How often a function was called in one round of the count lens; 0 where it was seen only as a caller."""

    file: str
    line: int
    function: str
    calls: int


@dataclass(frozen=True, slots=True)
class CallEdge:
    """How often one function called another, in one round too; both are places in the facts' ``calls``."""

    caller: int
    callee: int
    calls: int


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter's total over the rounds it watched. ``expected`` is per request, None where not known."""

    name: str
    total: int
    requests: int
    meaning: str
    expected: float | None = None
    unit: str = "per request"


UNFINISHED = "Unfinished"
"""The error type of requests that a round which was broken off left without an answer."""


@dataclass(frozen=True, slots=True)
class UnfinishedRound:
    """A round that was broken off: ``answered`` and ``failed`` of the ``of`` requests that it had, after ``seconds``.

    ``cold``: it was the first of a new client. ``most_s`` is the time that its process could take, ``queued_s`` of
    ``seconds`` it stood in the queue for a core; None in older files.
    """

    answered: int
    failed: int
    of: int
    seconds: float
    cold: bool = False
    most_s: float | None = None
    queued_s: float | None = None

    @property
    def needed_s(self) -> float | None:
        """How long all of it would take at the rate of what was answered or failed; None where nothing was."""
        done = self.answered + self.failed
        return self.seconds * self.of / done if done else None

    @property
    def times_too_long(self) -> float | None:
        """``needed_s`` in multiples of the time that there was; None if all would be in time, or that is not known."""
        times = self.needed_s / self.most_s if self.needed_s is not None and self.most_s else 0.0
        return times if times > 1 else None


@dataclass(frozen=True, slots=True)
class OriginTruth:
    """The origin's own account of what one worker caused in its warm rounds, from its side log.

    ``closed_by_server`` are connections that it closed by its own rules, ``closed_by_client`` those that the client took
    down (None in older files); ``answers_per_connection`` is after how many answers the server closes one, None where it
    counts none. ``refused`` are requests that it would not serve.
    ``max_connections_before`` is of the round that opened the client's connections, 0 where that is not known.
    ``http2_streams`` is what its SETTINGS told the client: requests at once on a connection, 0 where they told nothing.
    """

    accepts: int
    handshakes: int
    resumed: int
    requests: int
    cpu_ns: int
    wall_ns: int
    max_in_flight: int
    max_connections: int
    max_connections_before: int = 0
    http2_requests: int = 0
    closed_by_server: int = 0
    refused: int = 0
    http2_streams: int = 0
    closed_by_client: int | None = None
    answers_per_connection: int | None = None

    @property
    def connections_needed(self) -> float:
        """How many of its connections a client that closes none must replace: the server ends as many.

        What the server has closed does not say that of a client that closes its connections earlier itself: they never
        come to their last answer.
        """
        by_count = self.requests / self.answers_per_connection if self.answers_per_connection else 0.0
        return max(float(self.closed_by_server), by_count)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of one run besides its columns. ``interval_us`` is the sampler's mean interval; ``signal_ns`` is
    what a sample costs outside its handler, measured before the run, and still inside ``sample.weight_ns``.
    ``body_sha256`` are the different contents of the answers to the warm-up's requests: one, and ``expected_sha256``,
    unless something is wrong. An exchange that is redirected makes several requests. ``group`` numbers the groups of a
    block whose processes took turns in lock-step; ``concurrency`` is the number of requests at once (0 in older files).
    ``program`` says which lane of a program it is. ``unfinished`` tells of the last round where it was broken off before any
    was measured: figures per request are then of all requests that had begun. ``interpreter`` is the worker's own (None in
    older files, which have its version alone, ``python``). ``host`` is the machine that measured it, where others did
    (``host 3fa9c1``); empty on this one alone.
    """

    client: str
    lens: str
    arm: str
    block: int
    requests_per_round: int
    complete: bool
    client_version: str = ""
    loop: str = ""
    python: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    boundaries: tuple[Boundary, ...] = ()
    module_layers: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[CodeLocation, ...] = ()
    error_types: tuple[str, ...] = ()
    error_texts: tuple[str, ...] = ()
    body_sha256: tuple[str, ...] = ()
    expected_sha256: str | None = None
    requests_per_exchange: int = 1
    opaque: bool = False
    calls: tuple[CallCount, ...] = ()
    call_edges: tuple[CallEdge, ...] = ()
    counters: tuple[Counter, ...] = ()
    interval_us: float = 0.0
    signal_ns: int = 0
    notes: tuple[str, ...] = ()
    failure: str | None = None
    origin_cold: OriginTruth | None = None
    origin: OriginTruth | None = None
    group: int = 0
    concurrency: int = 0
    interpreter: InterpreterFacts | None = None
    unfinished: UnfinishedRound | None = None
    program: LaneFacts | None = None
    host: str = ""


class PartlyRead(Mapping[str, "array[int]"]):
    """Columns that are not in memory: each is read when it is asked for, as a whole or some rows of it."""

    @abstractmethod
    def rows(self, name: str, first: int, last: int) -> "array[int]":
        """The rows from ``first`` to before ``last``, as far as there are any."""

    @abstractmethod
    def length(self, name: str) -> int:
        """The number of rows."""


@dataclass(frozen=True, slots=True)
class Run:
    """One worker process: one client, one lens. Columns not recorded by its lens are missing from the mapping."""

    facts: RunFacts
    columns: Mapping[str, "array[int]"]

    def column(self, name: str) -> "array[int]":
        """The column, empty where the lens did not record it."""
        found = self.columns.get(name)
        return array("q") if found is None else found

    def rows(self, name: str, first: int, last: int) -> "array[int]":
        """The column's rows from ``first`` to before ``last``; of a large recording no others are read."""
        if isinstance(self.columns, PartlyRead) and name in self.columns:
            return self.columns.rows(name, first, last)
        return self.column(name)[first:last]

    def length(self, name: str) -> int:
        """The column's rows, without reading them."""
        if isinstance(self.columns, PartlyRead) and name in self.columns:
            return self.columns.length(name)
        return len(self.column(name))
