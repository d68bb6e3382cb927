"""What the runs of a tried program cost: CPU and time per request by block and arm, and how many requests each made."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from clientprof.attribution.experiments.experiment_costs import Costs
from clientprof.model.run import AGAIN, Run
from clientprof.stats.intervals import mean_half_width

UNCHANGED = "unchanged"
AGAIN_ARM = f"{UNCHANGED} {AGAIN}"


def cpu_costs(runs: Iterable[Run]) -> Costs:
    """CPU per request in microseconds, a group for each block."""
    return Costs(UNCHANGED, _by_block(runs, lambda run: run.column("round.cpu_ns")[0]))


def wall_costs(runs: Iterable[Run]) -> Costs:
    """Time from the first request to the end of the last, per request, in microseconds."""
    return Costs(
        UNCHANGED, _by_block(runs, lambda run: run.column("round.ended_ns")[0] - run.column("round.started_ns")[0])
    )


def counts_of(runs: Iterable[Run], column: str = "round.count") -> dict[str, list[int]]:
    """What each run of an arm counted."""
    found: dict[str, list[int]] = {}
    for run in runs:
        found.setdefault(run.facts.arm, []).append(run.column(column)[0])
    return found


def half_width(runs: Sequence[Run]) -> float | None:
    """Half the widest interval of all arms' log ratios to the unchanged program; None with fewer than two blocks."""
    groups = cpu_costs(runs).groups
    arms = {arm for group in groups for arm in group} - {UNCHANGED, AGAIN_ARM}
    widths = []
    for arm in arms:
        logs = [
            math.log(group[arm]) - (math.log(group[UNCHANGED]) + math.log(group[AGAIN_ARM])) / 2
            for group in groups
            if {arm, UNCHANGED, AGAIN_ARM} <= group.keys()
        ]
        if len(logs) < 2:
            return None
        widths.append(mean_half_width(logs))
    return max(widths, default=None)


def _by_block(runs: Iterable[Run], total_ns: Callable[[Run], int]) -> tuple[Mapping[str, float], ...]:
    blocks: dict[int, dict[str, float]] = {}
    for run in runs:
        count = run.column("round.count")[0]
        if count:
            blocks.setdefault(run.facts.block, {})[run.facts.arm] = total_ns(run) / 1000 / count
    return tuple(arms for _, arms in sorted(blocks.items()))
