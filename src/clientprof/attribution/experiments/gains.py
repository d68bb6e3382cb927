"""What each experiment showed: the gain of a suspect taken away alone, or what a request pays for a function made dearer."""

from collections.abc import Sequence
from dataclasses import replace

from clientprof.attribution.experiments.experiment_costs import Costs, costs_here
from clientprof.attribution.experiments.slow_down import Agreement, slowed_down
from clientprof.attribution.findings.reconciling import Taken
from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Experiment, Outcome
from clientprof.model.experiments.suspicions import Experiments, Kind, Suspicion
from clientprof.model.findings import Finding
from clientprof.model.recording import Recording
from clientprof.stats.verdicts import NEGLIGIBLE


def experiments_of(held: Experiments, costs: Costs) -> tuple[Experiment, ...]:
    """One for every suspicion, in their order."""
    found = [_experiment(suspicion, held, costs) for suspicion in held.suspicions]
    standing: list[Experiment] = []
    for row in sorted(found, key=_worth, reverse=True):
        rival = _rival(row.suspicion, standing)
        if rival:
            found[found.index(row)] = replace(row, instead_of=rival)
        elif _worth(row) > (0, 0.0) and row.suspicion.remedy:
            standing.append(row)
    return tuple(found)


def _worth(row: Experiment) -> tuple[int, float]:
    """What was measured to help before what is only predicted to; at most (0, 0) for what helps nobody."""
    if row.outcome is Outcome.CONFIRMED and row.gain_us is not None:
        return 2, row.gain_us.value
    promised = row.suspicion.predicted_us or 0.0
    return (1, promised) if row.outcome is Outcome.NOT_MEASURED and promised > 0 else (0, 0.0)


def _rival(suspicion: Suspicion, standing: Sequence[Experiment]) -> str | None:
    """Which of these turns a setting to another value than this one's remedy."""
    rivals = (
        each.suspicion.id
        for each in standing
        if any(turn.contradicts(mine) for mine in each.suspicion.turns for turn in suspicion.turns)
    )
    return next(rivals, None)


def measured_advice(recording: Recording) -> tuple[Taken, ...]:
    """What experiments have confirmed that a user can do, the largest gain first; nothing of it contradicts another."""
    held = recording.manifest.experiments
    if held is None:
        return ()
    rows = [row for row in experiments_of(held, costs_here(recording, held)) if row.outcome is Outcome.CONFIRMED]
    return tuple(
        Taken(row.suspicion.turns, row.suspicion.remedy, row.suspicion.code)
        for row in sorted(rows, key=_worth, reverse=True)
        if row.suspicion.remedy and not row.instead_of
    )


def with_experiments(findings: Sequence[Finding], recording: Recording) -> tuple[Finding, ...]:
    """The findings, each with what the experiment on its suspect showed; a suspect goes by the finding's id."""
    held = recording.manifest.experiments
    if held is None:
        return tuple(findings)
    shown = {row.suspicion.id: row for row in experiments_of(held, costs_here(recording, held))}
    return tuple(
        finding if finding.id not in shown else _with_experiment(finding, shown[finding.id]) for finding in findings
    )


def _with_experiment(finding: Finding, row: Experiment) -> Finding:
    """What the experiment showed outranks what the rule concluded: where it gained nothing, the claim begins with that."""
    gain = None if row.gain_us is None else row.gain_us.value
    first = ""
    if row.outcome is Outcome.LOSS and gain is not None:
        first = f"Mended alone, it makes the client slower, by {-gain:,.0f} µs of CPU per request. "
    elif row.outcome is Outcome.NO_GAIN:
        first = "Mended alone, it saves nothing that could be shown. "
    return replace(finding, experiment=_sentence(row), measured_gain_us=gain, claim=first + finding.claim)


def _sentence(row: Experiment) -> str:
    if row.gain_us is None:
        return f"{row.outcome.capitalize()}: {row.reason}."
    gain = row.gain_us
    reach = "" if gain.low is None or gain.high is None else f" [{gain.low:,.0f}, {gain.high:,.0f}]"
    predicted = row.suspicion.predicted_us
    beside = "" if predicted is None else f"; the profile predicted {predicted:,.0f} µs"
    most = "at most " if row.upper_bound else ""
    text = (
        f"Taken away alone it saves {most}{gain.value:,.0f} µs{reach} per request{beside}. {row.outcome.capitalize()}: "
    )
    text += f"{row.reason}."
    if row.behaviour is not None and row.behaviour.checks:
        found = "; ".join(row.behaviour.differences) or "as before"
        text += f" Behaviour, by {len(row.behaviour.checks)} kinds of checks: {found}."
    return text


def _experiment(suspicion: Suspicion, held: Experiments, costs: Costs) -> Experiment:
    behaviour = held.behaviour.get(suspicion.id)
    differs = behaviour is not None and bool(behaviour.differences)
    failure = held.failures.get(suspicion.id)
    if failure is not None:
        return Experiment(suspicion, Outcome.NOT_APPLIED, None, None, None, differs, failure, behaviour)
    if suspicion.kind is Kind.SLOW_DOWN:
        return _slow_down(suspicion, held, costs)
    arm = arm_of(held, (suspicion.id,))
    gain, ratio = (None, None) if arm is None else (costs.gain(arm, held.client), costs.ratio(arm, held.client))
    outcome, reason = (Outcome.NOT_MEASURED, _why_not(held, suspicion.id)) if ratio is None else _outcome(ratio)
    return Experiment(suspicion, outcome, gain, _share(gain, held, costs), None, differs, reason, behaviour)


def _share(gain: Estimate | None, held: Experiments, costs: Costs) -> float | None:
    unchanged = costs.of(held.client)
    return None if gain is None or unchanged is None else gain.value / unchanged.value


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
    gain = found.inferred_us
    confirmed = found.agreement in (Agreement.AGREES, Agreement.AMPLIFIED)
    counted = "nobody counted its calls"
    if suspicion.calls_per_request is not None:
        counted = f"it is called {suspicion.calls_per_request:,.2f} times"
    reason = f"a request pays for {found.slope.value:,.2f} calls of it, {counted}: {found.agreement}"
    outcome = Outcome.CONFIRMED if confirmed else Outcome.NO_GAIN
    return Experiment(suspicion, outcome, gain, _share(gain, held, costs), found.slope, False, reason)


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
