"""The gap between two arms by layer and, inside each layer, by function: rows that add up to the whole.

Shares come from the sampled processes, the level from the control runs: each arm's samples are scaled by one factor, so that
they add up to what its requesting threads took without instruments. The factor is told. What is then left of the difference
is the CPU of other threads of the processes.

A function has a row in each layer that owns some of it, so that rows add up to layers. It counts as different there only if
it is different as a whole, over all layers, in the same direction: what merely changed its owner is the same function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clientprof.attribution.costs.layer_costs import layer_chunks
from clientprof.attribution.costs.process_spread import (
    ProcessCosts,
    at_level,
    larger,
    process_costs,
    sampled_spread,
    without_drift,
)
from clientprof.attribution.costs.sampled_time import Floats, SampledTime
from clientprof.attribution.differences.cost_differences import cost_differences, least_us, total_difference
from clientprof.attribution.differences.function_matching import Match, identity, match_functions
from clientprof.attribution.differences.sampled_arms import SampledArms
from clientprof.model.differences.between_arms import CostDifference, FunctionDifference, Gap, LayerDifference
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.samples import CodeLocation

GARBAGE = CodeLocation(module="gc", function="garbage collection", file="", line=0, origin="stdlib")
# Functions listed in each layer besides the significant ones.
_LISTED = 5
FunctionKey = tuple[Layer, int]


@dataclass(frozen=True, slots=True)
class Matched:
    """The functions of two arms, numbered alike on both sides."""

    matches: tuple[Match, ...]
    baseline: Mapping[tuple[str, str], int]
    candidate: Mapping[tuple[str, str], int]


def matched(baseline: Sequence[SampledTime], candidate: Sequence[SampledTime]) -> Matched:
    """Every function that occurs in a stack of either arm."""
    sides = [
        {identity(code): code for time in arm for code in (*time.table.codes, GARBAGE)} for arm in (baseline, candidate)
    ]
    found = match_functions(sides[0].values(), sides[1].values(), _unchanged(baseline, candidate))
    return Matched(
        found,
        {identity(match.baseline): number for number, match in enumerate(found) if match.baseline},
        {identity(match.candidate): number for number, match in enumerate(found) if match.candidate},
    )


def _unchanged(baseline: Sequence[SampledTime], candidate: Sequence[SampledTime]) -> set[str]:
    """The packages that have one version in all processes of both arms."""
    processes = [time.table.packages for time in (*baseline, *candidate)]
    return {
        package.replace("-", "_")  # the top-level package of a distribution, as far as its name tells
        for package, version in processes[0].items()
        if all(packages.get(package) == version for packages in processes)
    }


def explain_gap(arms: SampledArms, control_us: Estimate | None = None) -> Gap:
    """The gap between the arms; ``control_us`` is the difference of CPU per request without instruments.

    Raises:
        ValueError: an arm has no process.
    """
    baseline, candidate, levels = arms.baseline, arms.candidate, arms.levels
    both = matched(baseline, candidate)
    base = [process_costs(time, function_chunks(time, both.baseline)) for time in baseline]
    cand = [process_costs(time, function_chunks(time, both.candidate)) for time in candidate]
    base_layers, cand_layers = (
        [process_costs(time, layer_chunks(time)) for time in arm] for arm in (baseline, candidate)
    )
    if arms.paired:
        base, cand = without_drift(base, cand)
        base_layers, cand_layers = without_drift(base_layers, cand_layers)
    (base, left), (cand, right) = at_level(base, levels[0]), at_level(cand, levels[1])
    (base_layers, _), (cand_layers, _) = at_level(base_layers, levels[0]), at_level(cand_layers, levels[1])
    spread = larger(arms.control, sampled_spread([base_layers, cand_layers], arms.paired))
    functions = _as_wholes(cost_differences(base, cand, spread), cost_differences(_wholes(base), _wholes(cand), spread))
    layers = cost_differences(base_layers, cand_layers, spread)
    sampled = total_difference(base_layers, cand_layers, spread)
    if None not in levels and control_us is not None:
        sampled = _as_sure_as(control_us, sampled)
    rows = tuple(_layer_row(layer, layers[layer], sampled.value, functions, both) for layer in Layer if layer in layers)
    found = Gap(
        baseline=arms.names[0],
        candidate=arms.names[1],
        layers=rows,
        sampled_us=sampled,
        control_us=control_us,
        remainder_us=None if control_us is None else control_us.value - sampled.value,
        functions_tested=len(functions),
        runs=(len(baseline), len(candidate)),
        spread=spread.relative,
        least_us=least_us(base, cand),
        scaled=(left, right),
    )
    found.self_check()
    return found


def _wholes(arm: Sequence[ProcessCosts[FunctionKey]]) -> list[ProcessCosts[int]]:
    """Every function's cost over all layers."""
    found: list[ProcessCosts[int]] = []
    for process in arm:
        chunks: dict[int, Floats] = {}
        for (_, number), part in process.chunks.items():
            chunks[number] = chunks[number] + part if number in chunks else part
        found.append(ProcessCosts(chunks, process.number_of_chunks, process.sample_us, process.total_us))
    return found


def _as_wholes(
    rows: Mapping[FunctionKey, CostDifference], wholes: Mapping[int, CostDifference]
) -> dict[FunctionKey, CostDifference]:
    """The rows, of which only those differ whose function differs as a whole in the same direction."""
    found: dict[FunctionKey, CostDifference] = {}
    for (layer, number), cost in rows.items():
        whole = wholes[number]
        rates = [rate for rate in (cost.p_adjusted, whole.p_adjusted) if rate is not None]
        same_way = cost.difference_us.value * whole.difference_us.value > 0
        found[layer, number] = replace(
            cost,
            p_adjusted=max(rates, default=None),
            significant=cost.significant and whole.significant and same_way,
            elsewhere=(cost.baseline_us == 0 < whole.baseline_us) or (cost.candidate_us == 0 < whole.candidate_us),
        )
    return found


def _as_sure_as(control: Estimate, sampled: Estimate) -> Estimate:
    """A difference whose level is that of the control runs is as certain as theirs."""
    if control.low is None or control.high is None:
        return Estimate(sampled.value, None, None, "us", control.n)
    below, above = control.value - control.low, control.high - control.value
    return Estimate(sampled.value, sampled.value - below, sampled.value + above, "us", control.n)


def function_chunks(time: SampledTime, numbers: Mapping[tuple[str, str], int]) -> dict[FunctionKey, Floats]:
    """Own cost by chunk of every function within every layer; ``numbers`` of one side of ``Matched``."""
    found: dict[FunctionKey, Floats] = {}
    nothing = np.zeros(time.by_stack.shape[1])
    for number, stack in enumerate(time.table.stacks):
        if not time.counts[number]:
            continue
        code = time.table.codes[stack.named] if stack.frames else GARBAGE
        key = (stack.owner, numbers[identity(code)])
        found[key] = found.get(key, nothing) + time.by_stack[number]
    if time.garbage.sum() > 0:
        key = (Layer.GC, numbers[identity(GARBAGE)])
        found[key] = found.get(key, nothing) + time.garbage
    return found


def _layer_row(
    layer: Layer, cost: CostDifference, gap_us: float, functions: Mapping[FunctionKey, CostDifference], both: Matched
) -> LayerDifference:
    mine = sorted(
        (item for item in functions.items() if item[0][0] is layer),
        key=lambda item: (not item[1].significant, -abs(item[1].difference_us.value)),
    )
    listed = max(_LISTED, sum(cost.significant for _, cost in mine))
    rest = mine[listed:]
    return LayerDifference(
        layer=layer,
        cost=cost,
        share_of_gap=cost.difference_us.value / gap_us if abs(gap_us) > 1e-9 else 0.0,
        functions=tuple(_function_row(layer, both.matches[number], cost) for (_, number), cost in mine[:listed]),
        others_us=sum(cost.difference_us.value for _, cost in rest),
        others=len(rest),
    )


def _function_row(layer: Layer, match: Match, cost: CostDifference) -> FunctionDifference:
    return FunctionDifference(layer, match.baseline, match.candidate, match.followed, cost)
