"""Two runs of the same client: are their flame graphs the same but for chance?

Statistic: the total variation distance between the two runs' distributions of CPU over stacks, half the sum of absolute
differences. Null hypothesis: chunks of consecutive samples are exchangeable between the runs. Dealing the chunks to two runs
at random, 400 times, says how large the distance is by chance: the floor is the mean of those, p the share of deals with a
distance at least as large as the real one (Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses; austin
validates itself in a similar way with Hotelling's T2).
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.sampled_time import sampled_time
from clientprof.model.run import Run
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, Outcome, inconclusive, within
from clientprof.proof.planting.planted_run import for_cpu_s, origin_beside, run_planted, settings_for

Floats = npt.NDArray[np.float64]
DEALS = 400
# Above the floor; five in a hundred of the CPU at another place would be another flame graph.
TOLERANCE = 0.05
_SURE = 0.01


@dataclass(frozen=True, slots=True)
class Likeness:
    """``distance`` and ``floor`` between 0 and 1; ``p`` is of the null hypothesis that the runs are alike."""

    distance: float
    floor: float
    p: float


def likeness(first: Floats, second: Floats, seed: int, deals: int = DEALS) -> Likeness:
    """Two runs as arrays of shape (chunks, stacks), over the same stacks."""
    chunks = np.concatenate([first, second])
    generator = np.random.default_rng(seed)
    order = np.arange(len(chunks))
    real = _distance(chunks, order, len(first))
    dealt = np.array([_distance(chunks, generator.permutation(order), len(first)) for _ in range(deals)])
    return Likeness(real, float(dealt.mean()), float((1 + (dealt >= real).sum()) / (1 + deals)))


def _distance(chunks: Floats, order: npt.NDArray[np.int64], count: int) -> float:
    shares = [part.sum(axis=0) / max(part.sum(), 1e-12) for part in (chunks[order[:count]], chunks[order[count:]])]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def by_function(runs: tuple[Run, Run]) -> tuple[Floats, Floats] | None:
    """CPU by stack of functions, of both runs over the same stacks; shape (chunks, stacks)."""
    index: dict[tuple[tuple[str, str, int], ...], int] = {}
    parts: list[dict[int, Floats]] = []
    widths: list[int] = []
    for run in runs:
        time = sampled_time(run)
        if time is None:
            return None
        rows: dict[int, Floats] = {}
        for number, stack in enumerate(time.table.stacks):
            codes = (time.table.codes[frame] for frame in stack.frames)
            key = tuple((code.file, code.function, code.line) for code in codes)
            place = index.setdefault(key, len(index))
            rows[place] = rows.get(place, np.zeros(time.by_stack.shape[1])) + time.by_stack[number]
        parts.append(rows)
        widths.append(time.by_stack.shape[1])
    first, second = (np.zeros((width, len(index))) for width in widths)
    for array, rows in zip((first, second), parts, strict=True):
        for place, weights in rows.items():
            array[:, place] = weights
    return first, second


def flame_noise(budget: Budget) -> tuple[CheckResult, ...]:
    """Two worker processes of aiohttp under the sample lens."""
    name = "two runs' flame graphs: total variation distance above chance"
    runs: list[Run] = []
    with origin_beside(seed=budget.seed) as origin:
        for number in range(2):
            settings = settings_for(origin, "aiohttp", "sample", 64, "/1k")
            settings = replace(for_cpu_s(settings, 1.0 * budget.scale, 500.0), seed=budget.seed + number)
            runs.append(run_planted(origin, settings).run)
    chunks = by_function((runs[0], runs[1]))
    if chunks is None:
        return (inconclusive(name, TOLERANCE, "of all CPU", "no samples"),)
    found = likeness(*chunks, seed=budget.seed)
    result = within(name, 0.0, max(0.0, found.distance - found.floor), TOLERANCE, "of all CPU")
    reason = f"distance {found.distance:.3f}, by chance {found.floor:.3f}, p = {found.p:.2f} ({DEALS} deals)"
    if found.p < _SURE and result.verdict is Outcome.PASS:
        # The machine's state may differ between two runs: that they differ surely, if little, is worth a second look.
        return (replace(result, verdict=Outcome.INCONCLUSIVE, reason=f"{reason}: the runs differ for certain"),)
    return (replace(result, reason=reason),)
