"""A client against the baseline: the verdict over blocks, and the difference by layer."""

from collections.abc import Iterator, Sequence

from clientprof.attribution.costs.headline import cpu_us_per_request, wall_s
from clientprof.attribution.costs.layer_costs import layer_chunks
from clientprof.attribution.costs.sampled_time import SampledTime, estimate_sum, sampled_time
from clientprof.attribution.costs.turn_costs import level_out, turn_cpu_us, turn_wall_s
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.recording import Recording
from clientprof.model.results import Comparison, GapRow
from clientprof.model.run import AGAIN, Run
from clientprof.stats.intervals import difference_of
from clientprof.stats.verdicts import Block, judge

# The baseline's second arm in every block.
METRICS = {"cpu_us_per_request": cpu_us_per_request, "wall_s": wall_s}
TURN_METRICS = {"cpu_us_per_request": turn_cpu_us, "wall_s": turn_wall_s}


def compare(recording: Recording, candidate: str, baseline: str, obstacles: tuple[str, ...]) -> Comparison | None:
    """The comparison, None where no block has both arms."""
    runs = [run for run in recording.runs if run.facts.lens == "control"]
    try:
        cpu, wall = (
            judge(baseline, candidate, metric, blocks_of(runs, candidate, baseline, metric), obstacles)
            for metric in METRICS
        )
    except ValueError:
        return None
    ours, theirs = _sampled(recording, candidate), _sampled(recording, baseline)
    gap = _gap(ours, theirs) if ours is not None and theirs is not None else ()
    total = sum(row.us_per_request.value for row in gap)
    low = [row.us_per_request.low for row in gap]
    return Comparison(
        effect=cpu,
        wall_effect=wall,
        gap_us_per_request=_total_gap(ours, theirs, total)
        if gap and None not in low
        else Estimate(total, None, None, "us", 1),
        gap=gap,
    )


def blocks_of(runs: Sequence[Run], candidate: str, baseline: str, metric: str) -> list[Block]:
    """The observations of a metric in control runs, by block, in order; arms in lock-step on their mean machine."""
    values: dict[int, dict[str, list[float]]] = {}
    hosts = {run.facts.block: run.facts.host for run in runs}
    for block, arms in observations(runs, metric):
        for arm, value in arms.items():
            values.setdefault(block, {}).setdefault(arm, []).append(value)
    return [
        Block(
            baseline=tuple(arms.get(baseline, ())),
            candidate=tuple(arms.get(candidate, ())),
            again=tuple(arms.get(f"{baseline} {AGAIN}", ())),
            host=hosts.get(block, ""),
        )
        for block, arms in sorted(values.items())
    ]


def observations(runs: Sequence[Run], metric: str) -> Iterator[tuple[int, dict[str, float]]]:
    """Block and each arm's value: of one run, or of a group in lock-step on the group's mean machine."""
    measure, measure_turns = METRICS[metric], TURN_METRICS[metric]
    groups: dict[tuple[int, int], list[Run]] = {}
    for run in runs:
        if len(run.column("turn.rounds")):
            groups.setdefault((run.facts.block, run.facts.group), []).append(run)
        elif (value := measure(run)) is not None and value > 0:
            yield run.facts.block, {run.facts.arm: value}
    for (block, _), group in groups.items():
        yield block, level_out({run.facts.arm: measure_turns(run) for run in group})


def _sampled(recording: Recording, client: str) -> SampledTime | None:
    runs = recording.of(client, "sample")
    # Layers of an opaque client are those of Python's part alone: no gap can be split by them.
    return sampled_time(runs[-1]) if runs and not runs[-1].facts.opaque else None


def _gap(ours: SampledTime, theirs: SampledTime) -> tuple[GapRow, ...]:
    mine, base = layer_chunks(ours), layer_chunks(theirs)
    total = ours.total_us - theirs.total_us
    rows: list[GapRow] = []
    for layer in Layer:
        if layer not in mine and layer not in base:
            continue
        left = ours.estimate(mine[layer]) if layer in mine else None
        right = theirs.estimate(base[layer]) if layer in base else None
        difference = difference_of(left, right)
        rows.append(GapRow(layer, difference, difference.value / total if total else 0.0))
    return tuple(rows)


def _total_gap(ours: SampledTime | None, theirs: SampledTime | None, total: float) -> Estimate:
    assert ours is not None
    assert theirs is not None
    both = (
        estimate_sum(ours.by_stack.sum(axis=0) + ours.garbage, ours.samples),
        estimate_sum(theirs.by_stack.sum(axis=0) + theirs.garbage, theirs.samples),
    )
    difference = difference_of(*both)
    return Estimate(total, difference.low, difference.high, "us", difference.n)
