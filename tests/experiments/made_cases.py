"""Cases made by hand: a client's result with just the functions, layers, counters and profile that a suspect looks at."""

from clientprof.experiments.suspects.suspect import Case
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, Control, CounterRow, FunctionCost, Latency, LayerCost
from clientprof.model.samples import CallNode, CodeLocation, Profile
from clientprof.workload.load.scenario import Scenario

TOTAL_US = 200.0


def us(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    """An estimate, 5 % wide to each side unless told."""
    return Estimate(value, value * 0.95 if low is None else low, value * 1.05 if high is None else high, "us", 8)


def function(
    name: str,
    own_us: float,
    calls: float | None = 1.0,
    *,
    module: str = "lib.client",
    origin: str = "package",
    low: float | None = None,
    growth: Estimate | None = None,
    file: str = "lib/client.py",
) -> FunctionCost:
    own = us(own_us, low)
    return FunctionCost(Layer.API, module, name, file, 7, origin, own, own, calls, growth)


def node(target: str, total_us: float, *children: CallNode) -> CallNode:
    """A node of the call tree; what the children leave of its total is its own."""
    module, _, name = target.partition(":")
    below = sum(child.total_us for child in children)
    location = CodeLocation(module, name, f"{module}.py", 1, "package")
    return CallNode(location, Layer.API, total_us - below, total_us, 1, list(children))


def client(
    *functions: FunctionCost,
    tree: tuple[CallNode, ...] = (),
    counters: dict[str, float] | None = None,
    layers: dict[Layer, float] | None = None,
    name: str = "lib",
) -> ClientResult:
    root = node(":all requests", sum(each.total_us for each in tree), *tree)
    root.self_check()
    return ClientResult(
        name=name,
        version="1.0",
        packages={},
        loop="asyncio selector",
        control=Control(us(0.1), us(TOTAL_US), Latency(1.0, 2.0, 3.0, 4.0), 100, {}, 3, 10),
        cold=None,
        observer={},
        layers=tuple(LayerCost(layer, us(value), value / TOTAL_US, {}) for layer, value in (layers or {}).items()),
        functions=functions,
        ledger=None,
        profile=Profile(root, 1000, 100, TOTAL_US, 1000.0),
        counters=tuple(CounterRow(key, value, "per request", "") for key, value in (counters or {}).items()),
        boundaries=(),
        cross_check=(),
        unattributed_share=0.0,
    )


def case(
    result: ClientResult,
    baseline: ClientResult | None = None,
    scenario: Scenario | None = None,
    adapter: str = "aiohttp",
) -> Case:
    return Case(result, baseline, scenario or Scenario(128), adapter, adapter)
