"""A client's result with nothing remarkable in it; tests replace the part their rule is about."""

from clientprof.attribution.costs.permalinks import sources_of
from clientprof.model.estimate import Effect, Estimate, Verdict
from clientprof.model.layers import Layer
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.results import (
    ClientResult,
    ColdRound,
    Comparison,
    Control,
    CounterRow,
    FunctionCost,
    GapRow,
    Latency,
    LayerCost,
)  # fmt: skip
from clientprof.model.samples import CallNode, Profile
from recordings import TURN


def us(value: float, unit: str = "us") -> Estimate:
    return Estimate(value, value * 0.95, value * 1.05, unit, 8)


CONTROL = Control(us(0.1, "s"), us(100.0), Latency(1.0, 2.0, 3.0, 4.0), 100, {}, 3, 10)
LAYERS = (
    LayerCost(Layer.IMPORT, us(30.0), 0.3, {Layer.IMPORT: 1.0}),
    LayerCost(Layer.POOL, us(70.0), 0.7, {Layer.POOL: 1.0}),
)
FUNCTIONS = (
    FunctionCost(Layer.POOL, "x.pool", "walk", "x/pool.py", 7, "package", us(50.0), us(70.0), 14.0),
    FunctionCost(Layer.IMPORT, "x.sync", "library", "x/sync.py", 9, "package", us(30.0), us(30.0), None),
)
LEDGER = Ledger(100, 0.0, (), {Layer.POOL: 60.0, Layer.HTTP: 20.0}, 40.0, 5.0, True, 0.0, (), 0)
COLD = ColdRound(us(0.2, "s"), us(200.0), 100, 100, 0, 0, 0, None, None, most_connections_by_origin=100)
PROFILE = Profile(CallNode(TURN, Layer.LOOP), 5000, 100, 100.0, 1000.0)


def counter(name: str, value: float, expected: float | None = None, meaning: str = "") -> CounterRow:
    return CounterRow(name, value, "per request", meaning, expected)


def client(**parts: object) -> ClientResult:
    plain: dict[str, object] = {
        "name": "httpx", "version": "0.28.1", "packages": {}, "loop": "asyncio", "control": CONTROL, "cold": COLD,
        "observer": {}, "layers": LAYERS, "functions": FUNCTIONS, "ledger": LEDGER, "profile": PROFILE, "counters": (),
        "boundaries": (), "cross_check": (), "unattributed_share": 0.0,
    }  # fmt: skip
    given = plain | parts
    return ClientResult(**{"sources": sources_of(given["packages"]), **given})  # type: ignore[arg-type]


def comparison(ratio: float = 2.0, gap: tuple[tuple[Layer, float], ...] = ((Layer.POOL, 60.0),)) -> Comparison:
    effect = Effect("aiohttp", "httpx", "cpu_us_per_request", us(ratio, "ratio"), us(1.0, "ratio"), Verdict.SLOWER, "")
    total = sum(value for _, value in gap)
    rows = tuple(GapRow(layer, us(value), value / total) for layer, value in gap)
    return Comparison(effect, effect, us(total), rows)
