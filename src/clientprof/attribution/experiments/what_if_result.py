"""A recording of a program that was tried with suspects' changes, answered: what each is worth, alone and together."""

from collections.abc import Sequence
from dataclasses import replace

from clientprof.attribution.experiments.experiment_costs import Costs
from clientprof.attribution.experiments.gains import arm_of
from clientprof.attribution.experiments.tried_costs import AGAIN_ARM, UNCHANGED, counts_of, cpu_costs, wall_costs
from clientprof.model.estimate import Effect
from clientprof.model.experiments.suspicions import Experiments
from clientprof.model.experiments.what_if import Tried, WhatIf, together_name
from clientprof.model.figures import percent
from clientprof.model.findings import Notice
from clientprof.model.recording import Recording
from clientprof.model.results import Setting
from clientprof.stats.verdicts import FEWEST_BLOCKS, verdict_of

# Counts of requests that differ by less say nothing: one that came at the very end of a load.
_SAME = 0.01


def what_if_of(recording: Recording) -> WhatIf:
    """Analyse a recording of ``run --try``.

    Raises:
        ValueError: it holds no experiments.
    """
    manifest, held = recording.manifest, recording.manifest.experiments
    if held is None:
        raise ValueError("the recording holds no experiments")
    arms = _Arms(recording)
    alone = tuple(_tried(held, arms, (each.id,)) for each in held.suspicions)
    return WhatIf(
        program=manifest.clients[0],
        command=manifest.command,
        created=manifest.created,
        seed=manifest.seed,
        complete=manifest.complete,
        blocks=len(arms.cpu.groups),
        unchanged_us=arms.cpu.of(UNCHANGED),
        requests=_mean(arms.requests.get(UNCHANGED, ())),
        again=arms.cpu.again(),
        suspicions=held.suspicions,
        alone=alone,
        together=tuple(
            _together(held, arms, trial.suspects, alone) for trial in held.trials if len(trial.suspects) > 1
        ),
        undone=held.undone,
        notices=_notices(recording, arms),
        workload=tuple(Setting(*row) for row in manifest.workload),
        environment=tuple(Setting(*row) for row in manifest.environment),
    )


class _Arms:
    def __init__(self, recording: Recording) -> None:
        self.cpu, self.wall = cpu_costs(recording.runs), wall_costs(recording.runs)
        self.requests, self.failed = counts_of(recording.runs), counts_of(recording.runs, "failed.count")

    @property
    def by_time(self) -> bool:
        """Whether the program itself makes another number of requests in each run, as under a load that lasts a time."""
        own = [*self.requests.get(UNCHANGED, ()), *self.requests.get(AGAIN_ARM, ())]
        return bool(own) and max(own) - min(own) > _SAME * max(own)

    def obstacles(self, arm: str) -> list[str]:
        """What forbids a verdict on the arm."""
        found = []
        here, own = _mean(self.requests[arm]), _mean(self.requests[UNCHANGED])
        if not self.by_time and abs(here - own) > _SAME * own:
            found.append(f"it made {here:,.0f} requests a run, as it is {own:,.0f}: not the same work")
        broken, usual = _mean(self.failed[arm]) / here, _mean(self.failed[UNCHANGED]) / own
        if broken > usual + _SAME:
            found.append(f"{percent(broken)} of its requests failed, as it is {percent(usual)}")
        blocks = len(self.requests[arm])
        if blocks < FEWEST_BLOCKS:
            found.append(f"{blocks} of the {FEWEST_BLOCKS} blocks that a verdict needs")
        return found

    def tried(self, arm: str, suspects: tuple[str, ...]) -> Tried:
        obstacles = self.obstacles(arm)
        return Tried(
            suspects,
            cpu=_effect(self.cpu, arm, "cpu_us_per_request", obstacles),
            wall=_effect(self.wall, arm, "wall_us_per_request", obstacles),
            cost_us=self.cpu.of(arm),
            gain_us=self.cpu.gain(arm, UNCHANGED),
            requests=_mean(self.requests[arm]),
            failed=_mean(self.failed[arm]),
        )


def _effect(costs: Costs, arm: str, metric: str, obstacles: Sequence[str]) -> Effect | None:
    ratio, again = costs.ratio(arm, UNCHANGED), costs.again()
    if ratio is None:
        return None
    verdict, reason = verdict_of(ratio, again, obstacles)
    return Effect(UNCHANGED, arm, metric, ratio, again, verdict, reason)


def _tried(held: Experiments, arms: _Arms, suspects: tuple[str, ...]) -> Tried:
    arm = arm_of(held, suspects)
    failure = held.failures.get(together_name(suspects), "")
    if failure or arm is None or arm not in arms.requests:
        return Tried(suspects, reason=failure or "no block was measured")
    return arms.tried(arm, suspects)


def _together(held: Experiments, arms: _Arms, suspects: tuple[str, ...], alone: Sequence[Tried]) -> Tried:
    measured = [row.suspects for row in alone if row.name in suspects and row.gain_us is not None]
    single = [arm for each in measured if (arm := arm_of(held, each)) is not None]
    alone_us = arms.cpu.gains_added(single) if len(single) == len(suspects) else None
    return replace(_tried(held, arms, suspects), alone_us=alone_us)


def _notices(recording: Recording, arms: _Arms) -> tuple[Notice, ...]:
    found = [Notice(*row) for row in recording.manifest.notices]
    again = arms.cpu.again()
    if again is not None and again.low is not None and not again.contains(1.0):
        text = (
            f"The unchanged program differs from itself: {again.value:.3f} times, [{again.low:.3f}, {again.high:.3f}]."
        )
        found.append(Notice("again-differs", text, "The machine drifted or another program ran: measure again."))
    if arms.by_time:
        found.append(
            Notice(
                "requests-vary",
                "Runs of the program as it is make different numbers of requests, as under a load that lasts a time.",
                "CPU per request is compared; whether an arm did the same work was not checked by the counts.",
            )
        )
    if arms.requests and len(arms.cpu.groups) < FEWEST_BLOCKS:
        text = f"A verdict needs {FEWEST_BLOCKS} blocks; measured: {len(arms.cpu.groups)}."
        found.append(Notice("few-blocks", text, "Allow more time by --max-time, or make a run shorter."))
    return tuple(found)


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0.0
