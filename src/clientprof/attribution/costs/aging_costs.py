"""Whether a client costs the more the more it has done: CPU per request over the rounds of one process, and by function.

Growth is over the requests made before, not over the clock: a soak does in a minute what a service does in a day, and what
grows as a rule grows with each request. All CPU is told by a control run; functions by the sampler's, each by the weight of
the samples in a round. A cost matters where what it has grown by, from the first third to the last, is 2 % of all CPU.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.headline import rounds_of
from clientprof.attribution.costs.sampled_time import sample_weights, with_collections
from clientprof.attribution.costs.stacks import StackTable
from clientprof.model.growth.aging import AgingCost
from clientprof.model.layers import Layer
from clientprof.model.run import RoundKind, Run
from clientprof.model.samples import CodeLocation
from clientprof.stats.growth_over_age import keeps_growing, slope_over_age, thirds

Floats = npt.NDArray[np.float64]
FEWEST_ROUNDS = 12
"""Fewer show nothing of age."""
_MATTERS = 0.02
_FUNCTIONS = 20
_PARTS = 20
# With fewer samples a function's cost is not seen to change.
_FEWEST_SAMPLES = 60


def aging_costs(control: Sequence[Run], sample: Run | None) -> tuple[AgingCost, ...]:
    """All CPU of the longest control run, then its functions, the one that grew most first; empty where rounds are few."""
    longest = max(control, key=lambda run: int(rounds_of(run, RoundKind.MEASURED).sum()), default=None)
    found: list[AgingCost] = []
    if longest is not None and (rounds := _Rounds(longest)).enough:
        each = rounds.cpu_us / rounds.count
        early, _, late = thirds(each)
        slope = slope_over_age(rounds.age, each, rounds.count)
        grows = keeps_growing(slope, each) and late - early >= _MATTERS * early
        found.append(AgingCost(tuple(rounds.age.tolist()), tuple(each.tolist()), slope, grows))
    if sample is not None and (rounds := _Rounds(sample)).enough:
        found += _functions(sample, rounds)
    return tuple(found)


class _Rounds:
    """The warm rounds of a run, and how many requests its process had made by the middle of each."""

    def __init__(self, run: Run) -> None:
        mask = rounds_of(run, RoundKind.MEASURED)
        count = np.asarray(run.column("round.count"), dtype=np.float64)
        self.count = count[mask]
        self.age = (np.cumsum(count) - count / 2)[mask]
        self.cpu_us = np.asarray(run.column("round.cpu_ns"), dtype=np.float64)[mask] / 1e3
        self.started, self.ended = (
            np.asarray(run.column(f"round.{end}_ns"), dtype=np.int64)[mask] for end in ("started", "ended")
        )
        self.enough = int(mask.sum()) >= FEWEST_ROUNDS


def _functions(run: Run, rounds: _Rounds) -> list[AgingCost]:
    """Functions by their own time, with the standard library that they call."""
    at, stack = (np.asarray(run.column(f"sample.{name}"), dtype=np.int64) for name in ("at_ns", "stack"))
    weight = with_collections(*sample_weights(run, stack), stack)
    place = np.searchsorted(rounds.ended, at)
    inside = (stack >= 0) & (place < len(rounds.ended))
    inside &= at >= rounds.started[np.minimum(place, len(rounds.started) - 1)]
    table = StackTable(run)
    by_function: dict[CodeLocation, Floats] = {}
    layers: dict[CodeLocation, Layer] = {}
    samples: Counter[CodeLocation] = Counter()
    kept_us = weight[inside] / 1e3
    for number, part, us in zip(stack[inside].tolist(), place[inside].tolist(), kept_us.tolist(), strict=True):
        classified = table.stacks[number]
        if classified.named < 0 or classified.owner in (Layer.GC, Layer.PROFILER):
            continue
        code = table.codes[classified.named]
        by_function.setdefault(code, np.zeros(len(rounds.ended)))[part] += us
        layers.setdefault(code, classified.owner)
        samples[code] += 1
    total_us = float(kept_us.sum() / rounds.count.sum())
    # Rounds are put together, so that most parts have samples.
    parts = np.array_split(np.arange(len(rounds.ended)), min(_PARTS, len(rounds.ended)))
    count = np.array([rounds.count[part].sum() for part in parts])
    age = np.array([rounds.age[part].mean() for part in parts])
    found = []
    for code, spent in by_function.items():
        if samples[code] < _FEWEST_SAMPLES:
            continue
        each = np.array([spent[part].sum() for part in parts]) / count
        early, _, late = thirds(each)
        slope = slope_over_age(age, each, count, samples[code])
        grows = keeps_growing(slope, each) and late - early >= _MATTERS * total_us
        row = AgingCost(tuple(age.tolist()), tuple(each.tolist()), slope, grows, layers[code], code)
        found.append((late - early, row))
    return [row for _, row in sorted(found, key=lambda pair: -pair[0])[:_FUNCTIONS]]
