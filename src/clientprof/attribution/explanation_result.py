"""A recording of experiments, answered: what each suspect costs, alone and on the way from the client to the baseline."""

from collections.abc import Mapping
from dataclasses import replace

from clientprof.attribution.experiments.experiment_costs import Costs, costs_here, costs_of
from clientprof.attribution.experiments.gains import arm_of, experiments_of
from clientprof.attribution.experiments.interactions import interactions_of
from clientprof.attribution.trace_result import trace_result
from clientprof.model.experiments.staircase import Explanation, Regime, Staircase, Step
from clientprof.model.experiments.suspicions import Experiments, OtherLoad
from clientprof.model.findings import Notice
from clientprof.model.recording import Recording
from clientprof.model.run import FLOOR
from clientprof.stats.intervals import mean_estimate


def explanation_of(recording: Recording, files: Mapping[str, str] | None = None) -> Explanation:
    """Analyse a recording of experiments.

    Raises:
        ValueError: the recording holds no experiments.
    """
    held = recording.manifest.experiments
    if held is None:
        raise ValueError("the recording holds no experiments")
    elsewhere = held.blocks_elsewhere
    costs = costs_here(recording, held)
    here = tuple(run for run in recording.runs if run.facts.lens != "control" or run.facts.block not in elsewhere)
    measured = trace_result(Recording(recording.manifest, here), files)
    again = costs.again()
    if again is not None and again.low is not None and not again.contains(1.0):
        text = (
            f"The unchanged client differs from itself: {again.value:.3f} times, [{again.low:.3f}, {again.high:.3f}]."
        )
        notice = Notice("again-differs", text, "The machine drifted or another program ran: measure again.")
        measured = replace(measured, notices=(*measured.notices, notice))
    return Explanation(
        measured=measured,
        staircase=_staircase(held, costs, recording.manifest.baseline),
        experiments=experiments_of(held, costs),
        interactions=interactions_of(held, costs),
        undone=held.undone,
        regimes=tuple(regime for load in held.other_loads if (regime := _regime(recording, held, load)) is not None),
    )


def _regime(recording: Recording, held: Experiments, load: OtherLoad) -> Regime | None:
    """The same trials under another load."""
    costs = costs_of(recording, held.client, load.blocks)
    unchanged = costs.of(held.client)
    if unchanged is None:
        return None
    gains = {
        ", ".join(trial.suspects): gain
        for trial in held.trials
        if trial.suspects and not trial.dose_us and (gain := costs.gain(trial.arm, held.client)) is not None
    }
    return Regime(load.label, unchanged, gains)


def _staircase(held: Experiments, costs: Costs, baseline: str | None) -> Staircase | None:
    arms = [arm_of(held, held.chosen[:count]) for count in range(1, len(held.chosen) + 1)]
    # From the same groups, so that the steps add up.
    alone, costs = costs, costs.having([held.client, *(arm for arm in arms if arm), *([baseline] if baseline else [])])
    start = costs.of(held.client)
    if start is None:
        return None
    upper = {name for name, behaviour in held.behaviour.items() if behaviour.differences}
    steps: list[Step] = []
    before = held.client
    whole = arm_of(held, held.chosen)
    for count, suspect in enumerate(held.chosen):
        arm = arm_of(held, held.chosen[: count + 1])
        cost, gain = (None, None) if arm is None else (costs.of(arm), costs.gain(arm, before))
        if arm is None or cost is None or gain is None:
            break
        single = arm_of(held, (suspect,))
        without = arm_of(held, tuple(name for name in held.chosen if name != suspect))
        steps.append(
            Step(
                suspect=suspect,
                cpu_us_per_request=cost,
                gain_us=gain,
                alone_us=None if single is None else alone.gain(single, held.client),
                left_out_us=None if without is None or whole is None else costs.gain(whole, without),
                upper_bound=suspect in upper,
            )
        )
        before = arm
    explained = unexplained = None
    base = None if baseline is None else costs.of(baseline)
    if baseline is not None and base is not None:
        rows = costs.shares((held.client, before, baseline))
        if rows:
            explained = mean_estimate([(start - end) / (start - base) for start, end, base in rows], "share")
            unexplained = mean_estimate([end - base for _, end, base in rows], "us")
    return Staircase(
        start=start,
        steps=tuple(steps),
        baseline=baseline if base is not None else None,
        baseline_us=base,
        floor_us=costs.of(FLOOR),
        explained_share=explained,
        unexplained_us=unexplained,
    )
