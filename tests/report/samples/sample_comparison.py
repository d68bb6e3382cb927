"""A comparison and a sweep built in code, public fakes around the sample result: httpx 0.28.1 against aiohttp 3.14.5."""

from functools import cache

from clientprof.attribution.differences.choices import choice_of
from clientprof.model.differences.between_arms import (
    CostDifference,
    CounterDifference,
    DifferenceNode,
    FlameDifference,
    Followed,
    FunctionDifference,
    Gap,
    LayerDifference,
    OneSided,
)
from clientprof.model.differences.changed_code import CodeDifference, FunctionLines, LayerLines
from clientprof.model.differences.comparison import Arm, ComparisonResult, Pair
from clientprof.model.differences.conditions import Checked, Outcome
from clientprof.model.differences.stopping import Stopping
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Notice
from clientprof.model.growth.series import Crossing, GrowthPoint, GrowthResult, Retention, Series, Subject
from clientprof.model.layers import Layer
from clientprof.model.samples import CallNode, CodeLocation
from sample_result import AIOHTTP_LAYERS_US, HTTPX_LAYERS_US, estimate, sample_result
from sample_tree import aiohttp_tree, httpx_tree

ASSIGN = CodeLocation(
    "httpcore._async.connection_pool", "AsyncConnectionPool._assign_requests_to_connections",
    "httpcore/_async/connection_pool.py", 270, "package",
)  # fmt: skip
WAS_ASSIGN = CodeLocation(
    "httpcore._async.connection_pool", "AsyncConnectionPool._attempt_to_acquire_connection",
    "httpcore/_async/connection_pool.py", 265, "package",
)  # fmt: skip
NS = (16, 64, 256, 1024)


def difference(was: float, now: float) -> CostDifference:
    """Certain where it is at least 5 us."""
    apart = now - was
    half = abs(apart) * 0.1 + 1
    certain = abs(apart) >= 5
    value = Estimate(apart, apart - half, apart + half, "us", 20)
    return CostDifference(was, now, value, 0.001 if certain else 0.4, certain)


@cache
def sample_comparison_result() -> ComparisonResult:
    """One pair with every part present."""
    measured = sample_result()
    counters = (
        CounterDifference("pool_passes_per_request", "per request", "passes of the pool", 2.0, None, 14.2, None, True),
        CounterDifference("python_calls_per_request", "per request", "calls", None, 195.0, 5630.0, 28.87, False),
    )
    pair = Pair(measured.comparisons[0], sample_gap(), counters, sample_flame(), sample_code())
    return ComparisonResult(
        measured=measured,
        baseline="aiohttp",
        arms=(Arm("aiohttp", "aiohttp", "3.14.5", 14, 0), Arm("httpx", "httpx", "0.28.1", 14, 3)),
        pairs=(pair,),
        stopping=Stopping("the half-width was reached", 6, 20, 0.012, 0.015, 41.0),
        conditions=(Checked("errors > 0", "httpx", Outcome.HOLDS, "errors of httpx: 3 requests; the bound is 0"),),
        choice=choice_of((pair,), measured),
    )


def sample_code() -> CodeDifference:
    """Lines of a function in the layer that moved, of another changed one, and the name of a third."""
    lines = ("@@ -270 +270 @@", " def f(self):", "-    return 1", "+    return self.scan()")
    setup = CodeLocation("httpcore._synchronization", "AsyncLock.setup", "httpcore/_synchronization.py", 59, "package")
    return CodeDifference(
        layers=(LayerLines(Layer.POOL, 560.0, (FunctionLines(ASSIGN, lines, 3, True),)),),
        changed=3,
        others=(FunctionLines(setup, ("@@ -66 +66 @@", "-lock = Lock()", "+lock = Lock(fast=True)"), 0, False),),
        more=("httpcore._sync.http11.f",),
    )


def sample_gap() -> Gap:
    """Layers as in the sample result, the pool's with two functions."""
    layers: list[LayerDifference] = []
    total = sum(HTTPX_LAYERS_US.values()) - sum(AIOHTTP_LAYERS_US.values())
    for layer in Layer:
        was, now = AIOHTTP_LAYERS_US.get(layer, 0.0), HTTPX_LAYERS_US.get(layer, 0.0)
        if not was and not now:
            continue
        functions: tuple[FunctionDifference, ...] = ()
        if layer is Layer.POOL:
            small = CodeLocation("httpcore._async.interfaces", "close", "httpcore/_async/interfaces.py", 5, "package")
            functions = (
                FunctionDifference(layer, WAS_ASSIGN, ASSIGN, Followed.RENAMED, difference(4.0, 520.0)),
                FunctionDifference(layer, small, small, Followed.NAME, difference(0.7, 1.4)),
            )
        rest = now - was - sum(row.cost.difference_us.value for row in functions)
        layers.append(LayerDifference(layer, difference(was, now), (now - was) / total, functions, rest, 12))
    control = Estimate(total + 20, total - 10, total + 50, "us", 6)
    found = Gap("aiohttp", "httpx", tuple(layers), estimate(total), control, 20.0, 310, (1, 1), 0.04, 0.5)
    found.self_check()
    return found


def sample_flame() -> FlameDifference:
    """Both sample trees under one root: layers, then the frames of each arm with their own weight."""
    root = DifferenceNode(None)
    below: dict[tuple[Layer, CodeLocation | None], DifferenceNode] = {}
    for tree, is_candidate in ((httpx_tree(HTTPX_LAYERS_US), True), (aiohttp_tree(AIOHTTP_LAYERS_US), False)):
        nodes = [tree]
        for node in nodes:
            nodes.extend(node.children)
        for node in nodes:
            if node.self_us > 0:
                _grow(root, below, node, is_candidate)
    for node in [*root.children, *(child for layer in root.children for child in layer.children), root]:
        node.significant = abs(node.difference_us) >= 5
    root.children.sort(key=lambda layer: -layer.candidate_us)
    root.self_check()
    return FlameDifference("aiohttp", "httpx", root, (OneSided(ASSIGN, Layer.POOL, 281.2, True),))


def _grow(
    root: DifferenceNode,
    below: dict[tuple[Layer, CodeLocation | None], DifferenceNode],
    node: CallNode,
    is_candidate: bool,
) -> None:
    layer = below.get((node.layer, None))
    if layer is None:
        layer = below[node.layer, None] = DifferenceNode(node.layer)
        root.children.append(layer)
    frame = below.get((node.layer, node.location))
    if frame is None:
        frame = below[node.layer, node.location] = DifferenceNode(node.layer, node.location)
        layer.children.append(frame)
    for each in (root, layer, frame):
        if is_candidate:
            each.candidate_us += node.self_us
        else:
            each.baseline_us += node.self_us
    if is_candidate:
        frame.candidate_self_us += node.self_us
    else:
        frame.baseline_self_us += node.self_us


def series(
    client: str, level: float, slope: float, subject: Subject = Subject.TOTAL, layer: Layer | None = None,
    location: CodeLocation | None = None, suspect: bool = False,
) -> Series:  # fmt: skip
    """A cost that is a power of n."""
    points = tuple(GrowthPoint(n, estimate(level * (n / 16) ** slope, spread=0.06)) for n in NS)
    fit = Estimate(slope, slope - 0.05, slope + 0.05, "log-log slope", 4)
    return Series(client, subject, points, fit, layer, location, suspect)


@cache
def sample_growth() -> GrowthResult:
    """Two clients over four n; httpx's pool is a suspect."""
    trace = sample_result()
    pool = series("httpx", 20.0, 0.8, Subject.LAYER, Layer.POOL, suspect=True)
    assign = series("httpx", 12.0, 0.84, Subject.FUNCTION, Layer.POOL, ASSIGN, suspect=True)
    unseen = Series(
        "httpx", Subject.FUNCTION,
        (*(GrowthPoint(n, Estimate(0.0, None, None, "us", 0)) for n in NS[:3]), GrowthPoint(1024, estimate(4.0))),
        None, Layer.GC, CodeLocation("gc", "collect", "", 0, "stdlib"),
    )  # fmt: skip
    return GrowthResult(
        title="httpx, aiohttp over 16, 64, 256, 1024 requests at once",
        command=("clientprof", "sweep", "--client", "httpx"),
        created=trace.created,
        seed=1,
        complete=True,
        environment=trace.environment,
        workload=trace.workload,
        clients=("httpx", "aiohttp"),
        versions={"httpx": "0.28.1", "aiohttp": "3.14.5"},
        n=NS,
        totals=(series("httpx", 300.0, 0.4), series("aiohttp", 60.0, 0.03)),
        latencies=(series("httpx", 5.0, 1.3, Subject.LATENCY), series("aiohttp", 1.2, 0.95, Subject.LATENCY)),
        layers=(
            pool,
            series("httpx", 90.0, 0.02, Subject.LAYER, Layer.HTTP),
            series("aiohttp", 22.0, 0.01, Subject.LAYER, Layer.HTTP),
        ),
        functions=(assign, unseen),
        crossings=(
            Crossing("httpx", "aiohttp", Subject.TOTAL, estimate(140.0, "requests at once"), "httpx", "aiohttp"),
        ),
        retentions=(Retention("httpx", 16, 1024, estimate(0.31, "ratio"), 2100.0, 651.0),),
        material_us={"httpx": 31.0, "aiohttp": 1.4},
        notices=(Notice("steal", "At n = 16: 1.2 % of the CPU time was taken by other machines.", "Repeat."),),
        files={"report": "reports/sweep/report.html"},
    )
