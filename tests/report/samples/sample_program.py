"""A program's result by hand: an httpx route short of connections, a blocking client, a leak, timeouts, growth."""

from functools import cache

from clientprof.attribution.programs.rules.shared_causes import shared_causes
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Culprit, Finding, Notice
from clientprof.model.layers import Layer
from clientprof.model.programs.recording import ClientName, Gate, Peer, Process, Route, Settings, Thinning
from clientprof.model.programs.results import (
    Answer,
    FoundSettings,
    GateResult,
    HeldConnections,
    Holder,
    Limit,
    LoopResult,
    ProgramPhase,
    ProgramResult,
    RouteRow,
    ServedRoute,
    SiteResult,
    TimeoutVerdict,
    UptimeSeries,
)
from clientprof.model.programs.threads import ThreadTime
from clientprof.model.results import CounterRow, Latency, Setting
from sample_result import sample_result

HTTPX = ClientName("httpx", "0.28.1", blocking=False)
REQUESTS = ClientName("requests", "2.34.2", blocking=True)
API, MODELS = Peer("https", "api.example.org", 443), Peer("http", "10.0.0.7", 8080)
ITEMS, REPORT = Route("GET", "/items/{number}", "starlette"), Route("POST", "/report", "starlette")


def _estimate(value: float, unit: str) -> Estimate:
    return Estimate(value, value * 0.9, value * 1.1, unit, 40)


def _phases() -> tuple[ProgramPhase, ...]:
    return (
        ProgramPhase("prepare", 200.0, 200.0, 0.0, 0.0),
        ProgramPhase("pool", 60_000.0, 1_000.0, 9_000.0, 50_000.0, {Layer.POOL: 6_000.0, Layer.APP: 3_000.0}),
        ProgramPhase("send", 800.0, 300.0, 500.0, 0.0, {Layer.IO: 500.0}),
        ProgramPhase("wait", 21_000.0, 0.0, 200.0, 20_800.0, {}, low_us=19_500.0, high_us=22_000.0),
        ProgramPhase("loop", 3_000.0, 0.0, 3_000.0, 0.0, {Layer.POOL: 3_000.0}, low_us=2_000.0, high_us=4_500.0),
        ProgramPhase("headers", 400.0, 100.0, 300.0, 0.0),
        ProgramPhase("body", 100.0, 100.0, 0.0, 0.0),
    )


def served_routes() -> tuple[ServedRoute, ...]:
    """One route whose requests wait for their upstream, and one whose requests stand behind calls that block."""
    rows = (
        ServedRoute(
            ITEMS, 600, 95_000.0, 92_000.0, 98_500.0, 4_000.0, 20_000.0, 71_000.0,
            {Layer.POOL: 12_000.0, Layer.APP: 8_000.0}, 18_000.0, 0.0,
        ),
        ServedRoute(
            REPORT, 90, 240_000.0, 180_000.0, 300_000.0, 23_000.0, 217_000.0, 0.0,
            {Layer.IO: 200_000.0, Layer.HTTP: 17_000.0}, 216_000.0, 198_000.0,
        ),
    )  # fmt: skip
    for row in rows:
        row.self_check()
    return rows


def _sites() -> tuple[SiteResult, ...]:
    return (
        SiteResult(
            "app.py", 41, "items", ("openai",), HTTPX, API, 1200, 7, {"PoolTimeout": 5, "ReadTimeout": 2}, 120.0, 85_500.0,
            Latency(80.2, 120.0, 310.5, 5_004.0), _phases(), 600, 3, (ITEMS,), 12.0,
        ),
        SiteResult(
            "jobs/report.py", 12, "Report.send", (), REQUESTS, MODELS, 100, 0, {}, 10.0, 23_000.0,
            Latency(22.0, 24.0, 31.0, 33.0), (ProgramPhase("send", 23_000.0, None, None, None),), 100, 0, (REPORT,), 1000.0,
            blocking=True,
        ),
        SiteResult(
            "app.py", 77, "relay", (), HTTPX, API, 0, 0, {}, 0.0, 0.0, Latency(None, None, None, None), (), 0, 4,
        ),
    )  # fmt: skip


def _findings() -> tuple[Finding, ...]:
    return (
        Finding(
            id="fewer-connections-than-requests",
            title="20 connections are allowed, up to 64 requests want one at `items` (app.py:41)",
            layer=Layer.POOL,
            culprits=(Culprit("app.py:41", "items"),),
            claim="A request waits 60.0 of its 85.5 ms for a free connection.",
            evidence=("all 20 connections were in use at once",),
            remedy="Allow as many connections as requests are in flight, 64 here, if the server agrees.",
            falsifier="With 64 connections the wait for the pool stays as it is.",
            off_cpu_us_per_request=60_000.0,
            code="limits = httpx.Limits(max_connections=64)\nclient = httpx.AsyncClient(limits=limits)",
        ),
        Finding(
            id="response-never-closed",
            title="4 responses were never closed at `relay` (app.py:77)",
            layer=Layer.POOL,
            culprits=(Culprit("app.py:77", "relay"),),
            claim="Each keeps a connection for good.",
            evidence=("the oldest has been held for 8.2 s",),
            remedy="Close each response on every way out.",
            falsifier="With the responses closed there, the number of connections in use stays above zero.",
        ),
    )


def _holders() -> tuple[Holder, ...]:
    return (
        Holder(
            "jobs/report.py", 9, "Report.send", "app", Layer.IO, _estimate(2.3, "s"), 0.2, 0.46, 31.0, 19_000.0, (REPORT,),
            "urllib3.connection.HTTPConnection.getresponse", 111, 100,
        ),
        Holder(
            "app.py", 39, "items", "app", Layer.POOL, _estimate(0.4, "s"), 0.39, 0.08, None, 4_400.0, (ITEMS,), None, 40, 9,
        ),
    )  # fmt: skip


@cache
def sample_program() -> ProgramResult:
    """Everything that a program's page can show."""
    measured = sample_result().clients[0]
    at = tuple(5.0 * number for number in range(1, 13))
    timeout = TimeoutVerdict("PoolTimeout", "app.py", 41, 5, "pool", "5 of 5 had only asked for a connection", own=True)
    server = TimeoutVerdict("ReadTimeout", "app.py", 41, 2, "server", "nothing was read before the end", own=False)
    settings = Settings(20, 20, {"connect": 5.0, "read": None}, "certifi", http2=False, trust_env=True)
    unlimited = Settings(None, 10, {}, None, None, None, ("limit",))
    return ProgramResult(
        how="run",
        title="clientprof run -m uvicorn app:app",
        command=("-m", "uvicorn", "app:app"),
        created="2026-11-28 03:13:31 UTC",
        seed=1,
        complete=True,
        measured_s=10.0,
        exit_code=-15,
        environment=(Setting("Machine", "cores", "2"),),
        packages={"httpx": "0.28.1", "requests": "2.34.2"},
        processes=(
            Process(None, "first", "-m uvicorn", "3.11.7", 0, 10_000_000_000, "signal"),
            Process(0, "start", "worker.py", "3.11.7", 1_000_000, 9_000_000_000, "cut", ("seam of uvloop",), ("no loop",)),
        ),
        answer=Answer(
            Limit.POOL,
            "A request waits 60.0 of its 85.5 ms for a free connection. All 20 that are allowed were in use (app.py:41).",
            ("Allow as many connections as requests are in flight, 64 here, if the server agrees.",),
        ),
        requests=1300,
        failed=7,
        open=7,
        detailed=700,
        call_sites=_sites(),
        routes=(RouteRow(ITEMS, 1200, 85_500.0, 4_100.0, (("app.py", 41),)), RouteRow(REPORT, 100, 23_000.0, None)),
        phases=_phases(),
        served=served_routes(),
        loops=(
            LoopResult(
                0, "MainThread", "uvloop", 0.62, 33.3, 120, measured.profile, 6.0, {Layer.POOL: 0.4, Layer.APP: 0.25}, 0.55,
                90_000,
            ),
        ),
        holders=_holders(),
        thread_times=(
            ThreadTime("jobs/report.py", 20, "Report.pauses", 23, _estimate(3.1, "s"), 0.01, 0.31, 4),
            ThreadTime(
                "jobs/report.py", 30, "Report.takes", 31, _estimate(0.6, "s"), 0.55, 0.06, 4, "threading.Condition.wait"
            ),
        ),
        gates=(
            GateResult(Gate("jobs/report.py", 9, "Report.all", "asyncio.Semaphore"), 93.5, 96, 15, 16),
            GateResult(Gate("jobs/report.py", 12, "Report.send", "a thread", 6), 3.25, 9, 9, 16),
            GateResult(Gate("app.py", 35, "token", "asyncio.Lock"), 0.5, 2, 4, 16),
            GateResult(Gate("crawl.py", 7, "works", "asyncio.Queue", workers=3), 0.25, 1, 4, 16),
        ),
        held=(
            HeldConnections("app.py", 77, "relay", API, 4, 4, 20, 4_000.0, 4, 8.2, 20),
            HeldConnections("app.py", 41, "items", API, 1200, 16, 20, 22.0, 0, None, 20),
            HeldConnections("jobs/report.py", 12, "Report.send", MODELS, 100, 1, None, 22.0, 0, None, 1),
        ),
        timeouts=(timeout, server),
        uptime=(
            UptimeSeries("TLS engine's time per handshake", "us", at, tuple(900.0 * t for t in at),
                         Estimate(1.0, 0.9, 1.1, "slope", 12), "truststore.SSLContext"),
            UptimeSeries("memory", "MB", at, (62.0,) * 12),
        ),
        counters=(CounterRow("connections_opened_per_1000_requests", 98.6, "per 1000 requests", "connections opened"),),
        settings=(
            FoundSettings(HTTPX, "app.py", 18, 1, settings, 64, 20),
            FoundSettings(REQUESTS, "jobs/report.py", 4, 5, unlimited, 1, None),
        ),
        profile=measured.profile,
        layers=measured.layers,
        functions=measured.functions,
        thinning=Thinning(2, 5, 5),
        unattributed_share=0.002,
        findings=_findings(),
        causes=shared_causes(_findings()),
        notices=(Notice("process-cut", "worker.py was cut short.", "What it had written until then was read."),),
        files={"report": "reports/20261128-run/report.html", "recording": "reports/20261128-run/recording.clientprof"},
    )  # fmt: skip
