"""A recording of experiments, answered: what each suspect costs, alone and on the way from the client to the baseline."""

from collections.abc import Mapping
from dataclasses import replace

from clientprof.attribution.experiment_costs import Costs, costs_of
from clientprof.attribution.interactions import interactions_of
from clientprof.attribution.slow_down import Agreement, slowed_down
from clientprof.attribution.trace_result import trace_result
from clientprof.model.estimate import Estimate
from clientprof.model.explanation import Experiment, Explanation, Outcome, Regime, Staircase, Step
from clientprof.model.findings import Notice
from clientprof.model.recording import FLOOR, Recording
from clientprof.model.suspicions import Experiments, Kind, OtherLoad, Suspicion
from clientprof.stats.effects import NEGLIGIBLE
from clientprof.stats.intervals import mean_estimate


def explanation_of(recording: Recording, files: Mapping[str, str] | None = None) -> Explanation:
    """Analyse a recording of experiments.

    Raises:
        ValueError: the recording holds no experiments.
    """
    held = recording.manifest.experiments
    if held is None:
        raise ValueError("the recording holds no experiments")
    elsewhere = [block for load in held.other_loads for block in load.blocks]
    costs = costs_of(recording, held.client, elsewhere, leave_out=True)
    here = tuple(run for run in recording.runs if run.facts.lens != "control" or run.facts.block not in elsewhere)
    measured = trace_result(Recording(recording.manifest, here), files)
    again = costs.again()
    if again is not None and again.low is not None and not again.contains(1.0):
        text = (
            f"The unchanged client differs from itself: {again.value:.3f} times, [{again.low:.3f}, {again.high:.3f}]."
        )
        notice = Notice("again-differs", text, "The machine drifted or another program ran: measure again.")
        measured = replace(measured, notices=(*measured.notices, notice))
    experiments = tuple(_experiment(suspicion, held, costs) for suspicion in held.suspicions)
    return Explanation(
        measured=measured,
        staircase=_staircase(held, costs, recording.manifest.baseline),
        experiments=experiments,
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


def _experiment(suspicion: Suspicion, held: Experiments, costs: Costs) -> Experiment:
    behaviour = held.behaviour.get(suspicion.id)
    differs = behaviour is not None and bool(behaviour.differences)
    slope, gain, ratio = None, None, None
    arm = arm_of(held, (suspicion.id,))
    if arm is not None:
        gain, ratio = costs.gain(arm, held.client), costs.ratio(arm, held.client)
    unchanged = costs.of(held.client)
    share = None if gain is None or unchanged is None else gain.value / unchanged.value
    failure = held.failures.get(suspicion.id)
    if suspicion.kind is Kind.SLOW_DOWN and failure is None:
        return _slow_down(suspicion, held, costs)
    if failure is not None:
        outcome, reason, gain, share = Outcome.NOT_APPLIED, failure, None, None
    elif ratio is None:
        outcome, reason = Outcome.NOT_MEASURED, _why_not(held, suspicion.id)
    else:
        outcome, reason = _outcome(ratio)
    return Experiment(suspicion, outcome, gain, share, slope, differs, reason, behaviour)


def _slow_down(suspicion: Suspicion, held: Experiments, costs: Costs) -> Experiment:
    """A function made dearer: how often it is paid for, and so what a request pays for it."""
    doses = {trial.arm: trial.dose_us for trial in held.trials if trial.suspects == (suspicion.id,) and trial.dose_us}
    groups = [{doses[arm]: cost for arm, cost in group.items() if arm in doses} for group in costs.groups]
    own = suspicion.predicted_us
    own_us = None if own is None else Estimate(own, None, None, "us", 1)
    found = slowed_down([group for group in groups if len(group) == len(doses)], own_us, suspicion.calls_per_request)
    if found is None or found.slope.low is None:
        reason = _why_not(held, suspicion.id)
        return Experiment(suspicion, Outcome.NOT_MEASURED, None, None, None, False, reason)
    unchanged = costs.of(held.client)
    gain = found.inferred_us
    share = None if gain is None or unchanged is None else gain.value / unchanged.value
    confirmed = found.agreement in (Agreement.AGREES, Agreement.AMPLIFIED)
    counted = "nobody counted its calls"
    if suspicion.calls_per_request is not None:
        counted = f"it is called {suspicion.calls_per_request:,.2f} times"
    reason = f"a request pays for {found.slope.value:,.2f} calls of it, {counted}: {found.agreement}"
    outcome = Outcome.CONFIRMED if confirmed else Outcome.NO_GAIN
    return Experiment(suspicion, outcome, gain, share, found.slope, False, reason)


def _outcome(ratio: Estimate) -> tuple[Outcome, str]:
    """By the rule of every comparison: an interval that excludes 0.98 to 1.02."""
    if ratio.low is None or ratio.high is None:
        return Outcome.NOT_MEASURED, "one block allows no interval"
    interval = f"{ratio.value:.3f} times its cost, [{ratio.low:.3f}, {ratio.high:.3f}], over {ratio.n} blocks"
    if not ratio.excludes(*NEGLIGIBLE):
        return Outcome.NO_GAIN, f"{interval}: the interval reaches into 0.98 to 1.02"
    return (Outcome.CONFIRMED if ratio.value < 1 else Outcome.LOSS), interval


def _why_not(held: Experiments, suspect: str) -> str:
    return next((row.reason for row in held.undone if row.suspect == suspect), "the run ended before it")


def arm_of(held: Experiments, suspects: tuple[str, ...]) -> str | None:
    """The arm without these suspects, whatever their order; None where there was none."""
    wanted = set(suspects)
    found = (trial.arm for trial in held.trials if set(trial.suspects) == wanted and not trial.dose_us)
    return next(found, None)


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
