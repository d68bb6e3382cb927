"""How many short blocks a trace takes: until the interval of each ratio is narrow, four at least.

The rule looks at the width alone. Of four blocks Student's t is 3.2, of six 2.6. Whoever wants the ratio
more exactly asks for blocks by number, or for ``compare``.
"""

import math
from collections.abc import Sequence

from clientprof.attribution.costs.against_baseline import blocks_of
from clientprof.experiments.traces.trace_plan import FEWEST_SHORT_BLOCKS, TracePlan, WorkerStep
from clientprof.model.run import Run
from clientprof.stats.verdicts import ratio_of

# Of the logarithm: 23x is known to be 20x to 27x. Three mirrored blocks, as version 0.1.0 has them, gave 0.18 and 0.26 here.
HALF_WIDTH = 0.15


def is_narrow(plan: TracePlan, step: WorkerStep, runs: Sequence[Run]) -> bool:
    """Whether the step is of a block that need not be measured. One that has begun is measured whole."""
    if not plan.in_time or plan.baseline is None or step.lens != "control" or step.block < FEWEST_SHORT_BLOCKS:
        return False
    control = [run for run in runs if run.facts.lens == "control"]
    if any(run.facts.block >= step.block for run in control):
        return False
    candidates = [name for name in plan.clients if name != plan.baseline]
    return all(_half_width(control, name, plan.baseline) <= HALF_WIDTH for name in candidates)


def _half_width(control: Sequence[Run], candidate: str, baseline: str) -> float:
    """Of the log ratio of CPU per request, infinite where there is none."""
    blocks = [
        block
        for block in blocks_of(control, candidate, baseline, "cpu_us_per_request")
        if block.baseline and block.candidate
    ]
    if len(blocks) < FEWEST_SHORT_BLOCKS:
        return math.inf
    half_width = ratio_of(blocks).log_half_width
    return math.inf if half_width is None else half_width
