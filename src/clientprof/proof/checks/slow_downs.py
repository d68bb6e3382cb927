"""Planted slow-downs: is the layer that was slowed reported slower by exactly as much, and no other?"""

import math
from dataclasses import dataclass

from clientprof.attribution.costs.function_costs import function_costs
from clientprof.attribution.costs.sampled_time import sampled_time
from clientprof.model.layers import Layer
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.narrowing import narrow
from clientprof.proof.checks.result import CheckResult, Outcome, within
from clientprof.proof.planting.moved import Moved, at_largest_dose, move, planted_name, pooled_moves

# Pairs that follow each other closely in a request, so that moving the burn moves nothing else.
PAIRS: tuple[tuple[str, str], ...] = (
    ("front end", "pool"),
    ("lock", "pool"),
    ("parser", "read"),
    ("tls", "parser"),
    ("decode", "read"),
    ("import", "pool"),
    ("garbage", "pool"),
)
# Of the client's CPU in one pass; a pass is a fresh process.
CPU_S = {"httpx": 2.0, "aiohttp": 1.3}
_LEAST_PASSES = 3


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Microseconds reported per microsecond planted: of the planted layers, and of the others.

    ``split`` is for a failing import and the function that imports. The interpreter raises and clears the error outside the
    import system's own functions, so 3 to 8 % of it belongs to neither clock alone (measured: import 0.92 to 0.99, its host
    0.03 to 0.06, the two together 0.98 to 1.01).
    """

    own: float = 0.05
    other: float = 0.02
    split: float = 0.10


# The worst of about nine layers is shown, so each interval is for 1 - 0.05 / 9 (Bonferroni): 2.77 over 1.96.
_MANY = 1.41
FULL = Tolerances()
# A run of seconds cannot tell 0.02 from 0.
SHORT = Tolerances(0.10, 0.05)


def planted_slow_downs(budget: Budget) -> tuple[CheckResult, ...]:
    """A burn moved between two layers of aiohttp and of httpx; short runs, wide tolerances."""
    pairs = (("aiohttp", PAIRS[0]), ("aiohttp", PAIRS[2]), ("httpx", PAIRS[2]))
    return moved_until_known([Moving(client, pair, SHORT, budget.seed) for client, pair in pairs], budget)


def planted_quickly(budget: Budget) -> tuple[CheckResult, ...]:
    """The quickest of them: aiohttp's parser and socket reads."""
    return moved_until_known([Moving("aiohttp", PAIRS[2], SHORT, budget.seed)], budget)


class Moving:
    """A burn moved between two layers of a client, in as many passes as its slopes need."""

    def __init__(
        self, client: str, pair: tuple[str, str], tolerances: Tolerances, seed: int, *, keep_names: bool = False
    ) -> None:
        self._client = client
        self._pair = pair
        self._tolerances = tolerances
        self._seed = seed
        self._keep_names = keep_names
        self._passes: list[Moved] = []

    def add(self) -> None:
        seed = 1000 * self._seed + len(self._passes)
        cpu_s = CPU_S[self._client]
        self._passes.append(move(self._client, *self._pair, cpu_s=cpu_s, seed=seed, keep_names=self._keep_names))

    def width(self) -> float:
        if len(self._passes) < _LEAST_PASSES:
            return math.inf
        return max((row.uncertainty or 0.0) / row.tolerance for row in slope_rows(self._moved(), self._tolerances))

    def _moved(self) -> Moved:
        return pooled_moves(self._passes)

    def results(self) -> tuple[CheckResult, ...]:
        """The judged slopes of all passes."""
        return judge(self._moved(), self._tolerances)


def moved_until_known(moving: list[Moving], budget: Budget) -> tuple[CheckResult, ...]:
    """The results of all, after sharing the budget's time among them."""
    narrow(moving, budget.seconds)
    return tuple(result for each in moving for result in each.results())


def judge(moved: Moved, tolerances: Tolerances = FULL) -> tuple[CheckResult, ...]:
    """One result per planted layer, one for the worst of the others, one for the function named first."""
    rows = slope_rows(moved, tolerances)
    results, others = ([row for row in rows if bool(row.true) is planted] for planted in (True, False))
    worst = {Outcome.PASS: 0, Outcome.INCONCLUSIVE: 1, Outcome.FAIL: 2}
    results.append(max(others, key=lambda result: (worst[result.verdict], abs(result.error))))
    # A collection is no function.
    return (*results,) if moved.plants[0].kind == "litter" else (*results, _named_first(moved, _about(moved)))


def _about(moved: Moved) -> str:
    return f"{moved.client} {moved.names[0]}/{moved.names[1]}"


def slope_rows(moved: Moved, tolerances: Tolerances = FULL) -> tuple[CheckResult, ...]:
    """One result per layer: the planted ones, whose true slope is 1, and all others, whose is 0."""
    about, rows = _about(moved), list[CheckResult]()
    hosts = {plant.host for plant in moved.plants}
    split = {layer for plant in moved.plants if plant.layer is Layer.IMPORT for layer in (plant.layer, plant.host)}
    for row in moved.slopes:
        if row.expected:
            name = f"{about}: {row.layer} per µs planted"
            own = tolerances.split if row.layer in split else tolerances.own
            rows.append(within(name, 1.0, row.value, own, "us/us", row.half_width))
        elif row.layer is not Layer.PROFILER:
            tolerance = tolerances.own if row.layer in hosts else tolerances.other
            tolerance = tolerances.split if row.layer in split else tolerance
            name = f"{about}: {row.layer} per µs planted elsewhere"
            rows.append(within(name, 0.0, row.value, tolerance, "us/us", row.half_width * _MANY))
    return tuple(rows)


def _named_first(moved: Moved, about: str) -> CheckResult:
    """The function with the most time of its own, in the rounds in which the first plant burnt everything."""
    time = sampled_time(at_largest_dose(moved))
    rows = () if time is None else function_costs(time, (), 0)
    name = planted_name(moved.names[0])
    order = sorted(rows, key=lambda row: -row.self_us_per_request.value)
    rank = next((place for place, row in enumerate(order, 1) if row.function == name), len(order) + 1)
    return within(f"{about}: place of the planted function", 1, rank, 0.5, "place")
