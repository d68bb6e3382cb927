"""Searching the history of a client, its releases or its commits, for the step that changed its cost.

The ends are compared first; without a difference between them there is nothing to search. Then the steps between them are
halved: each is compared with the good end, in lock-step and with an A/A arm, until its interval lies wholly on one side of
the geometric middle of the two ends, or the most blocks are made (then the nearer end counts, and the step is marked
uncertain). A step that does not build, or whose requests fail, is left out.
A rule that looks at the side errs more often than its 95 %, which a search can bear: the pair that it ends with is compared
in full, with verdict, layers and functions. A history that goes up and down has several steps; one of them is found.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import CompareOutcome, Progress, run_compare
from clientprof.experiments.differences.history import History
from clientprof.experiments.differences.places import Place
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.subjects import Subject, prepare
from clientprof.experiments.sources.errors import SourceProblem
from clientprof.model.estimate import Estimate
from clientprof.model.recording import Recording
from clientprof.stats.verdicts import NEGLIGIBLE
from clientprof.workload.load.scenario import Scenario

_ENDS_HALF_WIDTH = 0.03


class Steps(Protocol):
    """What is searched: the history, the client to measure at each step, why it shall not be, and how the step is called."""

    def history(self) -> History: ...
    def spec(self, step: str) -> ClientSpec: ...
    def obstacle(self, step: str) -> str | None: ...
    def title(self, step: str) -> str: ...


class Elsewhere(Protocol):
    """Where the steps are measured if not on this machine: environments are made there, when a block needs them."""

    def measuring(self, specs: Sequence[ClientSpec]) -> Place: ...


@dataclass(frozen=True, slots=True)
class BisectPlan:
    """What to search, under what load and for how long; ``elsewhere`` None: on this machine."""

    steps: Steps
    scenario: Scenario
    blocks: int = 16
    max_seconds: float = 1500.0
    seed: int = 1
    python: str | None = None
    command: tuple[str, ...] = field(default=())
    elsewhere: "Elsewhere | None" = None


@dataclass(frozen=True, slots=True)
class BisectStep:
    """One step against the good end. ``like_bad``: it counts to the bad end, ``certain`` if its interval says so.

    ``same_as`` names the step whose code it has, to the letter: that one was measured for it.
    """

    step: str
    title: str
    ratio: Estimate
    like_bad: bool
    certain: bool
    blocks: int
    same_as: str | None = None

    @property
    def text(self) -> str:
        """``1.42x [1.38, 1.46] of the good end's CPU per request, like the bad end``."""
        if self.same_as is not None:
            return f"the same code as {self.same_as}: like the {'bad' if self.like_bad else 'good'} end"
        ratio = self.ratio
        bracket = "" if ratio.low is None or ratio.high is None else f" [{ratio.low:.3f}, {ratio.high:.3f}]"
        side = f"like the {'bad' if self.like_bad else 'good'} end{'' if self.certain else ', uncertain'}"
        return f"{ratio.value:.3f}x{bracket} of the good end's CPU per request: {side} ({self.blocks} blocks)"


@dataclass(slots=True)
class BisectOutcome:
    """What a search found. ``pair`` are the last step like the good end and the first like the bad one, ``titles`` how they
    are called. ``left_out`` has by title what could not be measured, ``suspects`` those that may have brought the change.
    """

    steps: list[BisectStep] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    suspects: tuple[str, ...] = ()
    pair: tuple[str, str] | None = None
    titles: tuple[str, str] = ("", "")
    recording: Recording | None = None
    interrupted: bool = False
    failure: str | None = None

    def sentence(self, client: str) -> str:
        """What was found, in one sentence."""
        if self.pair is None:
            return f"No step of {client} was found."
        way = "more expensive" if self.steps[0].ratio.value > 1 else "cheaper"
        unknown = f", or by {' or '.join(self.suspects)}, which could not be measured" if self.suspects else ""
        return f"{client} became {way} from {self.titles[0]} to {self.titles[1]}{unknown}."


class _Ended(Exception):
    """The search ends here; the outcome says why."""


class _StepFailed(Exception):
    """A step that is there and cannot be measured: its requests fail, say."""


def run_bisect(plan: BisectPlan, watch: Callable[[str, Progress], None], say: Callable[[str], None]) -> BisectOutcome:
    """Search the plan's steps. ``watch(what, progress)`` follows each comparison, ``say`` the making of environments.

    Raises:
        SourceProblem: the history cannot be searched, or an end of it does not build.
    """
    search = _Search(plan, plan.steps.history(), watch, say, BisectOutcome(), time.monotonic() + plan.max_seconds)
    try:
        search.run()
    except KeyboardInterrupt:
        search.outcome.interrupted = True
    except SourceProblem:
        raise
    except (_Ended, EnvironmentProblem) as ended:
        search.outcome.failure = str(ended) or search.outcome.failure
    return search.outcome


@dataclass(slots=True)
class _Search:
    plan: BisectPlan
    history: History
    watch: Callable[[str, Progress], None]
    say: Callable[[str], None]
    outcome: BisectOutcome
    deadline: float
    subjects: dict[str, Subject] = field(default_factory=dict)

    def run(self) -> None:
        good, bad, title = self.history.good, self.history.bad, self.plan.steps.title
        for end in (good, bad):
            self._subject(end)  # an end that cannot be had ends the search before anything is measured
        if self._known(bad) is not None:
            self.outcome.failure = f"{title(bad)} has the same code as {title(good)}; there is no difference to search"
            return
        ends = self._step(good, bad, None)
        if not ends.ratio.excludes(*NEGLIGIBLE):
            self.outcome.failure = f"no difference shown between {title(good)} and {title(bad)}: {ends.text}"
            return
        middle = math.sqrt(ends.ratio.value)
        while (step := self.history.next()) is not None:
            reason = self._obstacle(step)
            if reason is None:
                try:
                    self.history.take(step, like_bad=self._step(good, step, middle).like_bad)
                except _StepFailed as failed:
                    reason = str(failed)
            if reason is not None:
                self._leave_out(step, reason)
        before = next(step for step in self.history.before() if step == good or self._can_be_had(step))
        self.outcome.suspects = tuple(map(title, self.history.suspects))
        self.outcome.pair = (before, self.history.bad)
        self.outcome.titles = (title(before), title(self.history.bad))
        found = self._compare(*self.outcome.pair, lenses=True)
        self.outcome.recording = found.recording
        self._stop_if_cut_short(found)

    def _can_be_had(self, step: str) -> bool:
        reason = self._obstacle(step)
        if reason is not None:
            self._leave_out(step, reason)
        return reason is None

    def _leave_out(self, step: str, reason: str) -> None:
        self.history.skip(step, reason)
        self.outcome.left_out[self.plan.steps.title(step)] = reason
        self.say(f"{self.plan.steps.title(step)} is left out: {reason}")

    def _obstacle(self, step: str) -> str | None:
        """Why a step cannot be measured, in one line without folders: withdrawn by its makers, or not to be had here."""
        try:
            reason = self.plan.steps.obstacle(step)
            if reason is None:
                self._subject(step)
        except SourceProblem as problem:
            return problem.sentence.removesuffix("; its last lines:")
        except EnvironmentProblem as problem:
            return str(problem)
        return reason

    def _subject(self, step: str) -> Subject:
        if step not in self.subjects:
            # Everything but the code under study as in the good end's environment.
            like = self.subjects.get(self.history.good)
            spec = self.plan.steps.spec(step)
            if self.plan.elsewhere is not None:
                self.subjects[step] = Subject(spec.label, spec.adapter)
            else:
                (self.subjects[step],) = prepare([spec], self.plan.python, self.say, like=like)
        return self.subjects[step]

    def _known(self, step: str) -> BisectStep | None:
        """The step's result where its environment was measured already: it changed nothing that is installed."""
        place, title = self._subject(step).python, self.plan.steps.title(step)
        good = self.history.good
        if place is not None and place == self._subject(good).python:
            same = Estimate(1.0, 1.0, 1.0, "ratio", 0)
            return BisectStep(step, title, same, False, True, 0, self.plan.steps.title(good))
        for made in self.outcome.steps:
            if place is not None and place == self._subject(made.step).python:
                return replace(made, step=step, title=title, blocks=0, same_as=made.title)
        return None

    def _step(self, good: str, step: str, middle: float | None) -> BisectStep:
        known = self._known(step)
        if known is not None and middle is not None:
            self.outcome.steps.append(known)
            self.say(f"{known.title}: {known.text}")
            return known
        last: dict[str, Estimate] = {}
        blocks = 0

        def follow(progress: Progress) -> None:
            nonlocal blocks
            last.update(progress.ratios)
            blocks = progress.blocks

        found = self._compare(good, step, middle=middle, lenses=False, follow=follow)
        label = self._subject(step).label
        if middle is not None and found.failure is not None and not (found.interrupted or found.place_gone):
            raise _StepFailed(found.failure)
        self.outcome.recording = found.recording or self.outcome.recording
        self._stop_if_cut_short(found)
        if label not in last:
            raise _Ended("the most time allowed was used up before a block was measured")
        ratio, title = last[label], self.plan.steps.title(step)
        if middle is None:
            made = BisectStep(step, title, ratio, True, ratio.excludes(*NEGLIGIBLE), blocks)
        else:
            like_bad = (ratio.value > middle) == (middle > 1)
            made = BisectStep(step, title, ratio, like_bad, ratio.excludes(middle, middle), blocks)
        self.outcome.steps.append(made)
        self.say(f"{title}: {made.text}")
        return made

    def _stop_if_cut_short(self, found: CompareOutcome) -> None:
        if found.interrupted:
            raise KeyboardInterrupt
        if found.failure is not None or found.refused:
            raise _Ended(found.failure or "; ".join(found.refused))

    def _compare(
        self,
        baseline: str,
        candidate: str,
        *,
        lenses: bool,
        middle: float | None = None,
        follow: Callable[[Progress], None] = lambda progress: None,
    ) -> CompareOutcome:
        subjects = (self._subject(baseline), self._subject(candidate))
        left_s = self.deadline - time.monotonic()
        if left_s < 1:
            raise _Ended("the most time allowed was used up")

        def watch(progress: Progress) -> None:
            follow(progress)
            self.watch(f"{subjects[0].label} against {subjects[1].label}", progress)

        plan = ComparePlan(
            subjects=subjects,
            baseline=subjects[0].label,
            scenario=self.plan.scenario,
            blocks=self.plan.blocks,
            max_seconds=left_s,
            half_width=_ENDS_HALF_WIDTH,
            middle=middle,
            seed=self.plan.seed,
            lenses=lenses,
            command=self.plan.command,
        )
        elsewhere, steps = self.plan.elsewhere, self.plan.steps
        place = None if elsewhere is None else elsewhere.measuring([steps.spec(baseline), steps.spec(candidate)])
        return run_compare(plan, watch, place=place)
