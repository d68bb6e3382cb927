"""A realistic result built in code, a public fake: httpx 0.28.1 against aiohttp 3.14.5, 512 requests at once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from clientprof.model.estimate import Effect, Estimate, Verdict
from clientprof.model.failures import Cause, FailedRequest
from clientprof.model.findings import Culprit, Finding, Notice, SharedCause
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.phases import Phase
from clientprof.model.provenance.sources import Sources
from clientprof.model.results import (
    ClientResult,
    ColdRound,
    Comparison,
    Control,
    CounterRow,
    CrossCheck,
    Floor,
    FunctionCost,
    GapRow,
    Latency,
    LayerCost,
    Setting,
    TraceResult,
)
from clientprof.model.samples import Boundary, CallNode, Profile
from clientprof.model.story import Story, StoryColumn, StoryRow
from sample_aging import sample_aging
from sample_ledger import AIOHTTP_PACE, HTTPX_PACE, sample_ledger
from sample_memory import sample_memory
from sample_tls import sample_tls
from sample_tree import aiohttp_tree, httpx_tree, running_us

HTTPX_LAYERS_US: dict[Layer, float] = {
    Layer.POOL: 562.4,
    Layer.IMPORT: 468.9,
    Layer.CONCURRENCY: 161.2,
    Layer.HTTP: 131.7,
    Layer.API: 94.3,
    Layer.IO: 55.8,
    Layer.LOOP: 44.1,
    Layer.GC: 15.0,
    Layer.APP: 4.2,
    Layer.OTHER: 2.4,
}
AIOHTTP_LAYERS_US: dict[Layer, float] = {
    Layer.HTTP: 18.3,
    Layer.API: 14.6,
    Layer.LOOP: 12.8,
    Layer.IO: 11.9,
    Layer.POOL: 4.7,
    Layer.CONCURRENCY: 3.4,
    Layer.APP: 2.1,
    Layer.GC: 0.8,
    Layer.OTHER: 0.4,
}


def estimate(value: float, unit: str = "us", spread: float = 0.02, n: int = 12) -> Estimate:
    """A value with a symmetric interval of the given relative half-width."""
    return Estimate(value, value * (1 - spread), value * (1 + spread), unit, n)


@cache
def sample_result() -> TraceResult:
    """The whole result, every part present; built once, so leave it as it is."""
    clients = (httpx_client(), aiohttp_client())
    return TraceResult(
        title="httpx 0.28.1 against aiohttp 3.14.5, 512 requests at once",
        command=("clientprof", "trace", "--client", "httpx", "-n", "512"),
        created="2026-05-04 10:22 UTC",
        seed=1,
        complete=True,
        environment=(
            Setting("Machine", "Python", "CPython 3.11.9, GIL on"),
            Setting("Machine", "system", "Linux 6.8, x86-64"),
            Setting("Machine", "cores", "2; origin on core 0, client on core 1"),
            Setting("Machine", "sniffio installed", "no"),
        ),
        workload=(
            Setting("Workload", "scenario", "c512/1k"),
            Setting("Workload", "requests at once", "512"),
            Setting("Workload", "connection limit", "100"),
            Setting("Workload", "body", "1,024 bytes, HTTP/1.1, no TLS"),
        ),
        clients=clients,
        comparisons=(sample_comparison(),),
        findings=sample_findings(),
        causes=sample_causes(),
        notices=(
            Notice(
                "steal",
                "1.2 % of the CPU time was taken by other machines.",
                "Repeat on a quiet machine for intervals below 1 %.",
            ),
            Notice(
                "boundary-missing",
                "httpx 0.28.1 has no httpcore._async.http2:_legacy_flow; work there counts to the "
                "layer around it. No other boundary is concerned.",
                "`clientprof clients` lists what was found.",
            ),
        ),
        floor=Floor(
            Estimate(15.5, 15.1, 15.9, "us", 3), Estimate(0.012, 0.011, 0.013, "s", 3), {"httpx": 99.4, "aiohttp": 4.45}
        ),
        story=Story(
            "reuse",
            "One client for all requests, or a new one for each.",
            (StoryColumn("CPU per request", "us"),),
            (StoryRow("one client", (1540.0,)), StoryRow("a new client each", (None,))),
            ("A new client opens its connections again.",),
        ),
        files={
            "report": "reports/httpx-c512/report.html",
            "summary": "reports/httpx-c512/summary.json",
            "recording": "reports/httpx-c512/recording.clientprof",
        },
    )


def httpx_client() -> ClientResult:
    """The client asked about."""
    root = httpx_tree(HTTPX_LAYERS_US)
    return ClientResult(
        name="httpx",
        version="0.28.1",
        packages={"httpx": "0.28.1", "httpcore": "1.0.9", "anyio": "4.12.0", "h11": "0.16.0", "certifi": "2026.1.4"},
        loop="asyncio",
        control=Control(
            estimate(0.812, "s"),
            estimate(1540.0),
            Latency(421.3, 742.8, 801.2, 806.9),
            5120,
            {"PoolTimeout": 0},
            10,
            512,
        ),
        cold=ColdRound(
            estimate(1.904, "s"),
            estimate(3120.0),
            412,
            409,
            412,
            409,
            0,
            212_000.0,
            148_000.0,
            100,
            {"ConnectTimeout": 3},
        ),
        observer={
            "ledger": estimate(1.06, "x"),
            "sample": estimate(1.08, "x"),
            "count": estimate(8.3, "x"),
            "pyinstrument": estimate(2.6, "x"),
        },
        layers=layer_costs(HTTPX_LAYERS_US),
        functions=function_costs(root, 26),
        ledger=sample_ledger(HTTPX_PACE, HTTPX_LAYERS_US),
        profile=Profile(root, 6120, 5120, 1540.0, 1000.0, running_us(root)),
        counters=(
            CounterRow(
                "pool_passes_per_request", 14.2, "per request", "passes of the pool over all its connections", 2.0
            ),
            CounterRow(
                "failed_imports_per_request",
                4.1,
                "per request",
                "imports tried and not found; each searches the path",
                0.0,
            ),
            CounterRow("socket_polls_per_request", 311.0, "per request", "polls of idle connections' sockets", 1.0),
            CounterRow("python_calls_per_request", 5630.0, "per request", "calls of Python functions"),
            CounterRow("loop_callbacks_per_request", 15.2, "per request", "callbacks run by the event loop", 4.0),
            CounterRow("connects_per_1000_requests", 19.5, "per 1000 requests", "new connections", 19.5),
            CounterRow("gc_us_per_request", 13.7, "us per request", "time spent collecting garbage"),
        ),
        boundaries=(
            Boundary(
                "httpcore._async.connection_pool",
                "AsyncConnectionPool._assign_requests_to_connections",
                Layer.POOL,
                True,
                "httpcore/_async/connection_pool.py",
                270,
            ),
            Boundary("httpcore._async.http2", "AsyncHTTP2Connection._legacy_flow", Layer.HTTP, False),
        ),
        cross_check=cross_checks(HTTPX_LAYERS_US),
        unattributed_share=0.004,
        notes=("Keep-alive limit lowered from 20 to 100 so that every connection is reused.",),
        sources=Sources({"httpcore": "https://github.com/encode/httpcore/blob/1.0.9/"}),
        off_cpu=sample_off_cpu(),
        failures=sample_failures(),
        tls=sample_tls(),
        aging=sample_aging(),
        memory=sample_memory(),
    )


def aiohttp_client() -> ClientResult:
    """The baseline."""
    root = aiohttp_tree(AIOHTTP_LAYERS_US)
    return ClientResult(
        name="aiohttp",
        version="3.14.5",
        packages={"aiohttp": "3.14.5", "multidict": "6.7.0", "yarl": "1.22.0", "propcache": "0.4.1"},
        loop="asyncio",
        control=Control(estimate(0.0412, "s"), estimate(69.0), Latency(21.9, 36.0, 39.8, 40.6), 5120, {}, 10, 512),
        cold=ColdRound(estimate(0.391, "s"), estimate(512.0), 100, 100, 100, 100, 0, 181_000.0, 122_000.0, 100),
        observer={
            "ledger": estimate(1.08, "x"),
            "sample": estimate(1.05, "x"),
            "count": estimate(4.4, "x"),
            "pyinstrument": estimate(2.3, "x"),
        },
        layers=layer_costs(AIOHTTP_LAYERS_US),
        functions=function_costs(root, 14),
        ledger=sample_ledger(AIOHTTP_PACE, AIOHTTP_LAYERS_US),
        profile=Profile(root, 2210, 5120, 69.0, 1000.0, running_us(root)),
        counters=(
            CounterRow("python_calls_per_request", 195.0, "per request", "calls of Python functions"),
            CounterRow("loop_callbacks_per_request", 3.8, "per request", "callbacks run by the event loop", 4.0),
            CounterRow("connects_per_1000_requests", 19.5, "per 1000 requests", "new connections", 19.5),
        ),
        boundaries=(
            Boundary("aiohttp.connector", "BaseConnector.connect", Layer.POOL, True, "aiohttp/connector.py", 584),
        ),
        cross_check=cross_checks(AIOHTTP_LAYERS_US),
        unattributed_share=0.002,
    )


def layer_costs(layers_us: Mapping[Layer, float]) -> tuple[LayerCost, ...]:
    """Rows in canonical order; pool and import work partly through other layers' code."""
    total = sum(layers_us.values())
    work: dict[Layer, dict[Layer, float]] = {Layer.POOL: {Layer.POOL: 0.55, Layer.IO: 0.28, Layer.CONCURRENCY: 0.17}}
    return tuple(
        LayerCost(layer, estimate(layers_us[layer]), layers_us[layer] / total, work.get(layer, {layer: 1.0}))
        for layer in Layer
        if layer in layers_us
    )


def function_costs(root: CallNode, most: int) -> tuple[FunctionCost, ...]:
    """The heaviest nodes of the tree as function rows."""
    nodes = [root]
    for node in nodes:
        nodes.extend(node.children)
    heaviest = sorted(nodes, key=lambda node: -node.self_us)[:most]
    return tuple(
        FunctionCost(
            node.layer,
            node.location.module,
            node.location.function,
            node.location.file,
            node.location.line,
            node.location.origin,
            estimate(node.self_us),
            estimate(node.total_us),
            14.2 / (1 + rank),
            estimate(0.62, "1") if rank < 2 else None,
        )
        for rank, node in enumerate(heaviest)
    )


def cross_checks(layers_us: Mapping[Layer, float]) -> tuple[CrossCheck, ...]:
    """Shares that agree with ours but for a bias towards small calls."""
    total = sum(layers_us.values())
    return tuple(
        CrossCheck(layer, value / total, value / total * (1.1 if layer is Layer.POOL else 0.96))
        for layer, value in layers_us.items()
    )


def sample_failures() -> tuple[FailedRequest, ...]:
    """One of each of three kinds, with all that is known of it."""
    return (
        FailedRequest(7, "ReadError", Cause.CLOSED_BY_CLIENT, 935.4, 25, 1, 918.6, 29.7, "client", 16.9, False),
        FailedRequest(
            8, "ReadTimeout", Cause.LOOP_BUSY, 5000.0, 26, 3, 4999.0, 4990.0, reached=True, answered_ms=1200.0,
            held_ms=1150.0, holder="app.handlers.render",
        ),
        FailedRequest(9, "PoolTimeout", Cause.NO_CONNECTION, 5000.0),
    )  # fmt: skip


def sample_off_cpu() -> tuple[OffCpuCost, ...]:
    """A wait for the server, and a thread that was blocked."""
    place = ("httpcore._backends.anyio", "AnyIOStream.read", "httpcore/_backends/anyio.py", 33, "package")
    blocked = ("httpx._config", "load_ssl_context", "httpx/_config.py", 40, "package")
    return (
        OffCpuCost(
            OffCpu.AWAITED, Layer.IO, *place, "asyncio.locks.Event.wait", estimate(6120.0), Phase.SERVER, 0.0211, True
        ),
        OffCpuCost(OffCpu.BLOCKED, Layer.TLS, *blocked, "time.sleep", estimate(410.0)),
    )


def sample_comparison() -> Comparison:
    """httpx against aiohttp; the gap's rows add up."""
    gaps = {layer: HTTPX_LAYERS_US.get(layer, 0.0) - AIOHTTP_LAYERS_US.get(layer, 0.0) for layer in Layer}
    gap = sum(gaps.values())
    rows = tuple(GapRow(layer, estimate(value), value / gap) for layer, value in gaps.items() if value)
    aa = Estimate(1.002, 0.991, 1.013, "x", 12)
    return Comparison(
        Effect(
            "aiohttp",
            "httpx",
            "cpu_us_per_request",
            Estimate(22.3, 21.8, 22.9, "x", 12),
            aa,
            Verdict.SLOWER,
            "the interval lies above 1.02 and the A/A interval contains 1",
        ),
        Effect("aiohttp", "httpx", "wall_s", Estimate(19.7, 18.8, 20.6, "x", 12), aa, Verdict.SLOWER, ""),
        estimate(gap),
        rows,
    )


def sample_causes() -> tuple[SharedCause, ...]:
    """A cause for each finding."""
    return tuple(
        SharedCause(
            each.id,
            each.title,
            (each,),
            each.cost_us_per_request,
            None,
            each.remedy,
            "pip install sniffio",
            "Not more.",
        )
        for each in sample_findings()
    )


def sample_findings() -> tuple[Finding, ...]:
    """Two findings with links, one that points at no function and has no cost in CPU."""
    pool = "https://github.com/encode/httpcore/blob/1.0.9/httpcore/_async/connection_pool.py#L270"
    sync = "https://github.com/encode/httpcore/blob/1.0.9/httpcore/_synchronization.py#L28"
    found = (
        Finding(
            "double-assignment",
            "One idle connection is given to many queued requests",
            Layer.POOL,
            (Culprit("httpcore._async.connection_pool", "AsyncConnectionPool._assign_requests_to_connections", pool),),
            "An idle connection is handed out before it is taken; all but one request fail and trigger another pass.",
            (
                "14.2 passes per request where 2 suffice",
                "the pool owns 562.4 µs of CPU per request against 4.7 µs in aiohttp",
                "cost per request grows with n: slope 0.62",
            ),
            "Mark a connection as taken at the moment of assignment.",
            "Passes per request stay above 3 after the change.",
            562.4,
        ),
        Finding(
            "sniffio-missing",
            "A failed import on every lock",
            Layer.IMPORT,
            (Culprit("httpcore._synchronization", "current_async_library", sync),),
            "sniffio is not installed; httpcore tries to import it on each lock, and each failure searches the path.",
            ("4.1 failed imports per request where 0 are expected", "imports take 468.9 µs of CPU per request"),
            "Install it: `pip install sniffio`.",
            "CPU per request does not fall when sniffio is installed.",
            468.9,
        ),
        Finding(
            "cold-connect-storm",
            "A new client opens 409 connections where 100 are open at once, so it connects four times as often as needed",
            Layer.CONCURRENCY,
            (),
            "In its first round the client closes connections that it then opens again.",
            ("409 accepts and at most 100 open connections in the origin's own log",),
            "Set the keep-alive limit equal to the connection limit.",
            "With both limits equal, the first round opens as many connections.",
        ),
    )
    told = {
        "mechanism": "It is looked for again each time.",
        "pointer": "See the place.",
        "code": "pip install sniffio",
        "threads": ("encode/httpcore#1103",),
        "experiment": "Taken away alone it saves 428 µs [369, 546] per request. Confirmed.",
    }
    return tuple(replace(finding, **told) for finding in found)
