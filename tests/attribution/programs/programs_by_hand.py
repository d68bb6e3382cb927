"""Recordings of programs built by hand: exchanges with their marks in one lane, with one call site, peer and client."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.phases import Mark
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import CallSite, ClientName, Peer, Process, ProgramFacts, Settings
from clientprof.model.programs.results import ProgramResult
from clientprof.model.recording import Recording
from clientprof.model.run import RoundKind, Run
from recordings import columns, recording_of, rounds, run_of

MS = 1_000_000
LOOP = LaneFacts(0, LaneKind.LOOP, "MainThread", main=True, sampled=False)
THREADS = LaneFacts(0, LaneKind.THREADS, "", main=False, sampled=False)
SITE = CallSite("app.py", 7, "asks", "app", "app")
HTTPX = ClientName("httpx", "1", blocking=False)
BEGUN = 5_000 * MS  # no clock says 0
COLUMNS = {
    "exchange": (
        "started_ns", "ended_ns", "error", "status", "site", "peer", "client", "instance", "thread", "returned_ns",
        "dropped_ns", "body_bytes", "received_ns", "written_ns", "cpu_started_ns", "cpu_ns", "blocking", "resumed_ns",
        "asks", "short_asks_ns",
    ),
    "ask": ("started_ns", "ended_ns", "exchange"),
    "mark": ("at_ns", "exchange", "kind", "cpu_ns"),
    "lookup": ("started_ns", "ended_ns", "exchange", "host"),
    "step": ("started_ns", "enqueued_ns", "owner"),
    "write": ("started_ns", "ended_ns", "exchange", "connection", "bytes"),
    "connection": ("opened_ns", "exchange"),
    "closing": ("connection", "at_ns"),
    "instance": ("built_ns", "closed_ns", "built_us", "client", "site", "settings"),
    "uptime": (
        "at_ns", "cpu_ns", "memory_bytes", "in_flight", "exchanges", "connections", "closings", "handshakes", "lookups",
        "collections",
    ),
    "slice": (
        "started_ns", "site", "peer", "client", "route", "ended", "failed", "wall_ns", "bucket_first", "bucket_count",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """One exchange, in milliseconds: ``marks`` are (kind, at), ``ended`` 0 where it is open. ``site`` and ``resumed`` -1 are
    unknown. ``asks`` for pieces are (from, until), None where nobody saw them; ``short_asks`` is the sum of others."""

    started: int
    ended: int
    marks: Sequence[tuple[Mark, int]] = ()
    error: str = ""
    returned: int = 0
    resumed: int = -1
    dropped: int = 0
    site: int = 0
    peer: int = 0
    instance: int = -1
    thread: int = 0
    status: int = 200
    lookups: Sequence[tuple[int, int]] = ()
    asks: Sequence[tuple[int, int]] | None = None
    short_asks: int = 0


@dataclass(frozen=True)
class Program:
    """``steps`` are (at, owner) of a loop, in milliseconds, or (at, owner, ready since); none make a lane of threads.
    ``writes`` are (exchange, at), or (exchange, at, bytes).

    The first client object has ``settings``, the next ones ``settings_of_others``.
    ``connections`` are (exchange that opened it, opened, closed), 0 for never; ``detail_lost`` exchanges are not there.
    """

    exchanges: Sequence[Made]
    steps: Sequence[tuple[int, int] | tuple[int, int, int]] = ()
    writes: Sequence[tuple[int, int] | tuple[int, int, int]] = ()
    clients_built: int = 0
    settings: Settings = field(default_factory=Settings)
    settings_of_others: tuple[Settings, ...] = ()
    sites: tuple[CallSite, ...] = (SITE,)
    host: str = "api.example"
    client: ClientName = HTTPX
    end: int = 1000
    connections: Sequence[tuple[int, int, int]] = ()
    detail_lost: int = 0
    exit_code: int | None = 0

    def result(self) -> ProgramResult:
        """What the analysis says of it."""
        return program_result(self.recording())

    def recording(self) -> Recording:
        end = _at(self.end)
        facts = ProgramFacts(
            ("app.py",), self.exit_code, BEGUN, end, "exit",
            (Process(None, "first", "app.py", "3.11.7", BEGUN, end, "exit"),),
            sites=self.sites, peers=(Peer("https", self.host, 443),), clients=(self.client,),
            settings=(self.settings, *self.settings_of_others),
            hosts=(self.host,),
        )  # fmt: skip
        made = recording_of(self._run(end))
        return replace(made, manifest=replace(made.manifest, program=facts))

    def _run(self, end: int) -> Run:
        made = list(enumerate(self.exchanges))
        errors = tuple(dict.fromkeys(each.error for each in self.exchanges if each.error))
        exchanges = [
            (
                _at(each.started), _moment(each.ended), errors.index(each.error) + 1 if each.error else 0,
                0 if each.error else each.status, each.site, each.peer, 0, each.instance, each.thread,
                _moment(each.returned), _moment(each.dropped), *(0,) * 6, -1 if each.resumed < 0 else _moment(each.resumed),
                -1 if each.asks is None else len(each.asks), each.short_asks * MS,
            )
            for each in self.exchanges
        ]  # fmt: skip
        marks = sorted((_at(at), n, int(kind), 0) for n, each in made for kind, at in each.marks)
        lookups = [(_at(begin), _at(until), n, 0) for n, each in made for begin, until in each.lookups]
        uptime = (0, 0, 0, len(exchanges), 0, 0, 0, len(lookups), 0)
        tables = {
            "exchange": exchanges,
            "mark": marks,
            "lookup": lookups,
            "ask": [(_at(begin), _at(until), n) for n, each in made for begin, until in each.asks or ()],
            "step": [(_at(at), _moment(sum(since)), owner) for at, owner, *since in self.steps],
            "write": [(_at(at), _at(at), exchange, 1, *(size or [-1])) for exchange, at, *size in self.writes],
            "connection": [(_at(opened), exchange) for exchange, opened, _ in self.connections],
            "closing": [(n, _at(end)) for n, (*_, end) in enumerate(self.connections, start=1) if end],
            "instance": [
                (BEGUN, 0, 500, 0, 0, min(number, len(self.settings_of_others))) for number in range(self.clients_built)
            ],
            "uptime": [(BEGUN, *(0,) * 9), (end, *uptime)],
            "slice": self._slices(),
        }
        return run_of(
            *(columns(group, COLUMNS[group], rows) for group, rows in tables.items()),
            rounds((RoundKind.MEASURED, 0, len(exchanges), BEGUN, end)),
            lens="program",
            loop="asyncio" if self.steps else "threads",
            error_types=errors,
            program=replace(LOOP if self.steps else THREADS, detail_lost=self.detail_lost),
        )

    def _slices(self) -> list[tuple[int, ...]]:
        ended = [each for each in self.exchanges if each.ended]
        return [
            (0, site, peer, 0, -1, len(mine), sum(bool(each.error) for each in mine), wall * MS, 0, 0)
            for site, peer in sorted({(each.site, each.peer) for each in ended})
            for mine in ([each for each in ended if (each.site, each.peer) == (site, peer)],)
            for wall in (sum(each.ended - each.started for each in mine),)
        ]


def _at(ms: int) -> int:
    return BEGUN + ms * MS


def _moment(ms: int) -> int:
    """0 is never."""
    return _at(ms) if ms else 0
