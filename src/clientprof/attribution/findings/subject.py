"""What a rule looks at: one client's counters, layers and functions, and what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

from clientprof.attribution.costs.permalinks import permalink
from clientprof.model.costs.memory import FunctionBytes
from clientprof.model.estimate import Estimate
from clientprof.model.figures import percent
from clientprof.model.findings import Culprit
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpuCost
from clientprof.model.results import ClientResult, Comparison, CounterRow, FunctionCost, LayerCost
from clientprof.model.samples import CodeLocation

# A cost below this share of the client's CPU is nobody's finding, however certain it is.
SMALLEST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Subject:
    """The client asked about, its comparison with the baseline, and the baseline itself; the last two may be missing."""

    client: ClientResult
    comparison: Comparison | None = None
    baseline: ClientResult | None = None

    @property
    def name(self) -> str:
        return self.client.name

    @property
    def total_us(self) -> float:
        """CPU per request over all layers, and of other threads; 0 without the sample lens."""
        return self.client.accounted_us

    def counter(self, name: str) -> CounterRow | None:
        """The counter of that name, None where it was not counted."""
        return next((row for row in self.client.counters if row.name == name), None)

    def value(self, name: str) -> float:
        """The counter's value; 0 where it was not counted, which is no evidence of anything."""
        row = self.counter(name)
        return 0.0 if row is None else row.value

    def exceeds(self, name: str, times: float) -> bool:
        """Whether the counter is that many times what is expected, where that is known."""
        row = self.counter(name)
        return row is not None and row.expected is not None and row.value > times * row.expected

    def layer(self, layer: Layer) -> LayerCost | None:
        """The layer's cost, None where it was not seen."""
        return next((row for row in self.client.layers if row.layer is layer), None)

    def in_layer(self, layer: Layer) -> list[FunctionCost]:
        """The functions owned by a layer, the costliest by its own code first."""
        mine = [function for function in self.client.functions if function.layer is layer]
        return sorted(mine, key=lambda function: -function.self_us_per_request.value)

    def significant(self, cost: Estimate | None) -> bool:
        """Whether the whole interval of a cost lies above the smallest share that is worth a finding."""
        return cost is not None and cost.low is not None and cost.low > SMALLEST_SHARE * self.total_us > 0

    def share(self, us: float) -> str:
        """``31.0 % of httpx's CPU``."""
        share = percent(us / self.total_us) if self.total_us else "an unknown share"
        return f"{share} of {self.name}'s CPU"

    def culprit(self, function: FunctionCost | OffCpuCost | FunctionBytes | CodeLocation) -> Culprit:
        """The function as a finding names it, with a link to its line where its source is known."""
        return Culprit(function.module, function.function, permalink(function, self.client.sources))

    def culprits(self, functions: Sequence[FunctionCost | OffCpuCost]) -> tuple[Culprit, ...]:
        return tuple(self.culprit(function) for function in functions)


def spent(cost: Estimate) -> str:
    """``870 µs [818, 947] per request``: a cost with its interval, where there is one."""
    reach = "" if cost.low is None or cost.high is None else f" [{cost.low:,.0f}, {cost.high:,.0f}]"
    return f"{cost.value:,.0f} µs{reach} per request"


def shown_slope(slope: Estimate) -> str:
    """``0.98 [0.91, 1.05]``."""
    low, high = (slope.value if end is None else end for end in (slope.low, slope.high))
    return f"{slope.value:.2f} [{low:.2f}, {high:.2f}]"


def summed(costs: Sequence[Estimate]) -> Estimate | None:
    """The sum of costs; the ends of the intervals are added, so the sum's interval is rather too wide than too narrow."""
    if not costs:
        return None
    lows, highs = [cost.low for cost in costs], [cost.high for cost in costs]
    return Estimate(
        value=sum(cost.value for cost in costs),
        low=None if None in lows else sum(low for low in lows if low is not None),
        high=None if None in highs else sum(high for high in highs if high is not None),
        unit=costs[0].unit,
        n=min(cost.n for cost in costs),
    )
