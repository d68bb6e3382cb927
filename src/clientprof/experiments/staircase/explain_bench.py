"""The experiments of an explanation: suspects alone, the best combination, and the staircase.

Interventions interact, so the combination is found by forward selection over real runs, and at the end each one is put back
into the full set. All arms of a group run in lock-step, the client as it is among them, twice.
"""

import itertools
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clientprof.experiments.differences.blocks import Group, Shape, measure_block
from clientprof.experiments.differences.compare_plan import shape_for
from clientprof.experiments.failed_requests import failed_requests
from clientprof.experiments.staircase.explain_arms import Arms
from clientprof.experiments.staircase.explain_plan import (
    ALONE_UNTIL,
    FAR_SLOWER,
    FEWEST_ALONE,
    FEWEST_OF_STAIRCASE,
    MOST_ALONE,
    MOST_OF_STAIRCASE,
    MOST_STEPS,
    SELECTED_UNTIL,
    SMALLEST_STEP,
    START_S,
    SURELY_TOO_SLOW_S,
    TIMES_TOO_SLOW,
)
from clientprof.experiments.staircase.explain_session import Session
from clientprof.experiments.suspects.evidence.generic_functions import SlowDown
from clientprof.model.experiments.suspicions import Kind, OtherLoad, Trial, Undone
from clientprof.model.run import Run
from clientprof.origin.process import OriginProcess
from clientprof.origin.routing.expected import expected
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.scenario_labels import label_of
from clientprof.workload.load.targets import path_of
from clientprof.workload.process import WorkerError, WorkerTimeout

# Regimes are shown for so many single suspects, and for all of them together.
_LEADING = 3
# Connections a client opens where no limit is asked for, in httpx, httpx2 and aiohttp.
_COMMON_LIMIT = 100
_SLOW_MS = 50.0


def loads_around(scenario: Scenario) -> tuple[Scenario, ...]:
    """The same load with fewer and with more requests at once than connections, with a fast and with a slow server."""
    limit = scenario.limit or _COMMON_LIMIT
    below, above = max(1, limit // 4), 4 * limit
    return tuple(
        replace(scenario, concurrency=n, requests=None, rate_per_s=None, delay_ms=delay_ms)
        for n in (below, min(above, max(below + 1, scenario.concurrency)))
        for delay_ms in (0.0, _SLOW_MS)
    )


class ExplainFailed(Exception):
    """An explanation that must end here. The message is one line for the user."""


class ExperimentsStopped(Exception):
    """Experiments that can go no further, because the client as it is fails or is too slow: that is a result. One line."""


@dataclass(slots=True)
class Bench:
    """Measures groups of trials against one origin. ``unchanged_us`` is the client's CPU per request, roughly.

    ``began_s`` is what the evidence has taken of the session's time.
    """

    session: Session
    arms: Arms
    origin: OriginProcess
    core: int | None
    unchanged_us: float
    began_s: float

    def alone(self) -> None:
        """Each suspect by itself, as many as the time allows, those that promise most first."""
        session, plan = self.session, self.session.plan
        until = self._until(ALONE_UNTIL)
        trials = self._affordable(until - session.seconds)
        blocks = 0
        longest = 0.0
        while trials and blocks < MOST_ALONE:
            if blocks >= FEWEST_ALONE and session.seconds + longest > until:
                break
            if session.seconds + longest > plan.max_seconds:
                break
            began = time.monotonic()
            self._measure(f"each suspect alone, block {blocks + 1}", trials)
            longest = time.monotonic() - began
            blocks += 1
            trials = [trial for trial in trials if self._worth_another(trial, blocks)]

    def select(self) -> None:
        """The best combination, one suspect at a time: whoever gains most beside those already chosen."""
        session, _plan = self.session, self.session.plan
        candidates = [each.suspect.id for each in session.raised if self._can_be_chosen(each.suspect.id)]
        gains = {name: self._gain_alone(name) for name in candidates}
        while candidates and len(session.chosen) < MOST_STEPS:
            best = max(candidates, key=lambda name: gains[name])
            if gains[best] < SMALLEST_STEP * self.unchanged_us:
                break
            session.chosen.append(best)
            candidates.remove(best)
            if not candidates:
                break
            if session.seconds > self._until(SELECTED_UNTIL):
                self._take_together(candidates, gains)
                break
            present = self.arms.trial(session.chosen)
            tried = [trial for name in candidates if (trial := self._combination(name)) is not None]
            self._measure(f"beside {', '.join(session.chosen)}", [present, *tried])
            gains = {trial.suspects[-1]: self._last_gain(trial.arm, present.arm) for trial in tried}
            candidates = [name for name in candidates if name in gains and name not in session.failures]
        self._take_last()

    def _take_together(self, candidates: Sequence[str], gains: Mapping[str, float]) -> None:
        """Where no time is left to hold all against one another, one group: each beside all that gained more than it did.

        One group is little evidence, so what it alone speaks against stays where other groups speak for it; the staircase
        measures each step again. What failed alone stands beside all of these, and none beside it: it may fail here too.
        """
        session, least_us = self.session, SMALLEST_STEP * self.unchanged_us
        best = {name: max(gains[name], self._gain_alone(name), self._predicted_unmeasured(name)) for name in candidates}
        worth = sorted((name for name in candidates if best[name] >= least_us), key=lambda name: -best[name])
        ladder = [self.arms.trial(session.chosen)]
        beside: list[Trial] = []
        for name in sorted(worth[: MOST_STEPS - len(session.chosen)], key=lambda name: name in session.failed_alone):
            trial = self.arms.trial([*ladder[-1].suspects, name])
            if self.arms.obstacle(trial) is None:
                (beside if name in session.failed_alone else ladder).append(trial)
        if len(ladder) + len(beside) == 1:
            return
        self._measure(f"beside one another: {', '.join(ladder[-1].suspects)}", [*ladder, *beside])
        for before, trial in [*itertools.pairwise(ladder), *((ladder[-1], trial) for trial in beside)]:
            # Nothing else speaks for what was not measured alone.
            needed_us = least_us if self._predicted_unmeasured(trial.suspects[-1]) else -least_us
            if self._last_gain(trial.arm, before.arm) > needed_us:
                session.chosen.append(trial.suspects[-1])

    def _take_last(self) -> None:
        """A patch that replaces much at once is a step too, after all that it replaces: it then gains what they leave."""
        session = self.session
        if not session.chosen:
            return
        present = self.arms.trial(session.chosen)
        tried = [
            trial
            for each in session.raised
            if each.suspect.last and each.suspect.kind is Kind.PATCH and each.suspect.id not in session.failures
            if (trial := self._combination(each.suspect.id)) is not None
        ]
        if not tried:
            return
        self._measure(f"beside {', '.join(session.chosen)}", [present, *tried])
        best = max(tried, key=lambda trial: self._last_gain(trial.arm, present.arm))
        if self._last_gain(best.arm, present.arm) >= SMALLEST_STEP * self.unchanged_us:
            session.chosen.append(best.suspects[-1])

    def climb(self) -> None:
        """The staircase, step by step, to baseline and floor; the full set with each step put back; and what is no step."""
        session, plan = self.session, self.session.plan
        chosen = session.chosen
        steps = [self.arms.trial(chosen[: count + 1]) for count in range(len(chosen))]
        without = [self.arms.trial([each for each in chosen if each != name]) for name in chosen[:-1]]
        # Late, the steps themselves need the time.
        late = session.seconds > self._until(SELECTED_UNTIL)
        stairs = list(dict.fromkeys([*steps, *(without if len(chosen) > 2 and not late else [])]))
        longest = 0.0
        for block in range(MOST_OF_STAIRCASE):
            if block >= FEWEST_OF_STAIRCASE and session.seconds + longest > plan.max_seconds:
                break
            began = time.monotonic()
            self._measure(f"staircase, block {block + 1}", [*stairs, *self._remedies()], others=True)
            longest = time.monotonic() - began

    def _remedies(self) -> list[Trial]:
        """A trial for each suspect that is no step. They stand beside the staircase, and take no time of its steps."""
        found = [each.suspect.id for each in self.session.raised if each.suspect.last]
        return [self.arms.trial((name,)) for name in found if name not in self.session.failures]

    def other_loads(self) -> None:
        """The leading trials below and above the connection limit, with a fast and a slow server: two blocks each."""
        session, plan = self.session, self.session.plan
        singles = [self.arms.trial((name,)) for name in session.chosen[:_LEADING]]
        trials = list(dict.fromkeys([*singles, *([self.arms.trial(session.chosen)] if session.chosen else [])]))
        for load in loads_around(plan.scenario) if trials else ():
            self.arms.load = load
            first = len(session.groups)
            for _ in range(2):
                self._measure(f"under {label_of(load)}", trials)
            session.other_loads.append(OtherLoad(label_of(load), tuple(range(first, len(session.groups)))))
        self.arms.load = None

    def _until(self, share: float) -> float:
        """By when so much of the time left for experiments is used up, seconds of the session."""
        return self.began_s + share * (self.session.plan.max_seconds - self.began_s)

    def _affordable(self, seconds: float) -> list[Trial]:
        """A trial for each suspect that can be tried; those that no time is left for are noted."""
        plan = self.session.plan
        turn_s = self.unchanged_us * plan.scenario.requests_per_round / 1e6
        arm_s = FEWEST_ALONE * (self._shape(3).turns * turn_s + START_S)
        # The client as it is takes part twice.
        room = max(1, int(seconds / arm_s) - 2)
        trials: list[Trial] = []
        for each in self.session.raised:
            name = each.suspect.id
            if name in self.session.failures or each.suspect.last:
                continue
            wanted = self._trials(name)
            if len(trials) + len(wanted) > room and name not in plan.named:
                why = f"no time left within {plan.max_seconds:g} s to try it alone; see --max-time"
                self.session.undone.append(Undone(name, why))
                continue
            trials += wanted
        return trials

    def _trials(self, name: str) -> list[Trial]:
        suspect = self.arms.raised[name].suspect
        if isinstance(suspect, SlowDown):
            return [self.arms.trial((name,), dose_us) for dose_us in suspect.doses_us]
        return [self.arms.trial((name,))]

    def _worth_another(self, trial: Trial, blocks: int) -> bool:
        if any(name in self.session.failures or name in self.session.failed_alone for name in trial.suspects):
            return False
        ratio = self.session.costs.ratio(trial.arm, self.arms.client)
        return blocks < 2 or trial.dose_us > 0 or ratio is None or ratio.value < FAR_SLOWER

    def _can_be_chosen(self, name: str) -> bool:
        """Whether it can be tried beside others, is no slow-down, and leaves a client that they are still part of.

        It need not have been measured alone: a group beside those that gain takes less time than one of slow clients.
        """
        suspect = self.arms.raised[name].suspect
        return name not in self.session.failures and suspect.kind is not Kind.SLOW_DOWN and not suspect.last

    def _gain_alone(self, name: str) -> float:
        gain = self.session.costs.gain(self.arms.trial((name,)).arm, self.arms.client)
        return 0.0 if gain is None else gain.value

    def _predicted_unmeasured(self, name: str) -> float:
        """What the profile promises of a suspect that failed alone or that no time was left for; 0 of all others."""
        measured = self.session.costs.of(self.arms.trial((name,)).arm) is not None
        return 0.0 if measured else self.arms.raised[name].suspicion.predicted_us or 0.0

    def _last_gain(self, arm: str, reference: str) -> float:
        group = self.session.groups[-1]
        return group[reference] - group[arm] if arm in group and reference in group else 0.0

    def _combination(self, name: str) -> Trial | None:
        trial = self.arms.trial([*self.session.chosen, name])
        return None if self.arms.obstacle(trial) is not None else trial

    def _shape(self, arms: int) -> Shape:
        load = self.arms.load or self.session.plan.scenario
        turn_s = self.unchanged_us * load.requests_per_round / 1e6
        shape = shape_for([turn_s] * arms)
        return replace(shape, groups=1, turns=max(2, shape.turns))

    def _measure(self, doing: str, trials: Sequence[Trial], *, others: bool = False) -> None:
        """One group of these trials; one that cannot be measured is taken out, noted, and the others are measured again.

        Raises:
            ExperimentsStopped: it is the client as it is that does not finish, or fails its requests.
        """
        session = self.session
        trials = list(trials)
        while True:
            session.tell(doing)
            try:
                group = self._group(trials, others)
                break
            except WorkerError as error:
                culprit = next((trial for trial in trials if f"{trial.arm} under" in str(error)), None)
                if culprit is None or not culprit.suspects:
                    if isinstance(error, WorkerTimeout):
                        raise ExperimentsStopped(str(error)) from error
                    raise
                self._failed(culprit, str(error))
                trials.remove(culprit)
        for trial in (self.arms.trial(()), *trials):
            session.trials[trial.arm] = trial
        self._keep(group, trials)
        session.tell(doing)

    def _group(self, trials: list[Trial], others: bool) -> Group:
        plan, number = self.session.plan, len(self.session.groups)
        arms = self.arms.group(trials, self.origin.ready, self.core, number)
        if others:
            arms |= self.arms.others(self.origin.ready, self.core, number)
        generator = random.Random(f"{plan.seed}/{number}")
        shape = self._shape(len(arms))
        load = self.arms.load or plan.scenario
        most_turn_s = SURELY_TOO_SLOW_S + TIMES_TOO_SLOW * self.unchanged_us * load.requests_per_round / 1e6
        (group,) = measure_block(
            self.origin, arms, generator, shape, timeout_s=plan.worker_timeout_s * 2, most_turn_s=most_turn_s
        ).groups
        return group

    def _keep(self, group: Group, trials: Sequence[Trial]) -> None:
        """Take in a group. An arm with failed requests or other bodies counts for nothing, and is not tried again."""
        session = self.session
        digest = expected(path_of(self.arms.load or session.plan.scenario)).sha256
        values = group.cpu_us_per_request()
        by_arm = {trial.arm: trial for trial in trials}
        for arm, run in group.runs.items():
            facts = replace(run.facts, expected_sha256=digest)
            wrong = failed_requests([run])
            if wrong is None and set(facts.body_sha256) - {digest}:
                wrong = "the bodies are not those that the origin sent"
            if wrong is not None:
                trial = by_arm.get(arm)
                if arm in (self.arms.client, self.arms.again):
                    self._note_who_answers_all(group, trials, wrong)
                    raise ExperimentsStopped(f"The client as it is cannot be measured: {wrong}")
                if trial is None:
                    session.notices.append(("arm-left-out", f"{wrong}.", f"{arm} is left out of that block."))
                else:
                    self._failed(trial, wrong)
                del values[arm]
                continue
            session.runs.append(Run(facts, run.columns))
        session.groups.append(values)

    def _failed(self, trial: Trial, why: str) -> None:
        """A patch that fails by itself may hold beside others, which change what it meets; failing there too, it is out."""
        (*beside, name) = trial.suspects
        patch = self.arms.raised[name].suspect.kind is Kind.PATCH
        known = self.session.failed_alone if patch and not beside else self.session.failures
        known.setdefault(name, why)

    def _note_who_answers_all(self, group: Group, trials: Sequence[Trial], wrong: str) -> None:
        """Where the client as it is fails requests, no gain can be measured; but which change has them all answered, can."""
        for trial in trials:
            if len(trial.suspects) != 1:
                continue
            run = group.runs[trial.arm]
            made, failed = len(run.column("exchange.error")), sum(map(bool, run.column("exchange.error")))
            with_it = (
                f"with this change {failed:,} of {made:,} failed" if failed else f"with this change all {made:,} were"
            )
            self.session.undone.append(
                Undone(
                    trial.suspects[0],
                    f"{wrong}; {with_it}{'' if failed else ' answered'}, so their costs do not compare",
                )
            )
