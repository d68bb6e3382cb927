"""Searching the released versions of a client for the one that changed its cost.

The ends are compared first; without a difference between them there is nothing to search. Then the versions between them are
halved: each is compared with the good end, in lock-step and with an A/A arm, until its interval lies wholly on one side of
the geometric middle of the two ends, or the most blocks are made (then the nearer end counts, and the step is marked
uncertain).
A rule that looks at the side errs more often than its 95 %, which a search can bear: the pair that it ends with is compared
in full, with verdict, layers and functions. A history that goes up and down has several steps; one of them is found.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from clientprof.clients import CLIENTS
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import CompareOutcome, Progress, run_compare
from clientprof.experiments.environments.build import is_yanked
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.subjects import Subject, prepare
from clientprof.model.estimate import Estimate
from clientprof.model.recording import Recording
from clientprof.stats.verdicts import NEGLIGIBLE
from clientprof.workload.load.scenario import Scenario

_ENDS_HALF_WIDTH = 0.03


@dataclass(frozen=True, slots=True)
class BisectPlan:
    """What to search: ``versions`` in order from the good end to the bad one, both included."""

    client: ClientSpec
    versions: tuple[str, ...]
    scenario: Scenario
    blocks: int = 8
    max_seconds: float = 1500.0
    seed: int = 1
    python: str | None = None
    command: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class BisectStep:
    """One version against the good end. ``like_bad``: it counts to the bad end, ``certain`` if its interval says so."""

    version: str
    ratio: Estimate
    like_bad: bool
    certain: bool
    blocks: int

    @property
    def text(self) -> str:
        """``1.42x [1.38, 1.46] of the good end's CPU per request, like the bad end``."""
        ratio = self.ratio
        bracket = "" if ratio.low is None or ratio.high is None else f" [{ratio.low:.3f}, {ratio.high:.3f}]"
        side = f"like the {'bad' if self.like_bad else 'good'} end{'' if self.certain else ', uncertain'}"
        return f"{ratio.value:.3f}x{bracket} of the good end's CPU per request: {side} ({self.blocks} blocks)"


@dataclass(slots=True)
class BisectOutcome:
    """What a search found. ``pair`` are the last version like the good end and the first like the bad one."""

    steps: list[BisectStep] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    pair: tuple[str, str] | None = None
    recording: Recording | None = None
    interrupted: bool = False
    failure: str | None = None

    def sentence(self, client: str) -> str:
        """What was found, in one sentence."""
        if self.pair is None:
            return f"No pair of versions of {client} was found."
        way = "dearer" if self.steps[0].ratio.value > 1 else "cheaper"
        return f"{client} became {way} from {self.pair[0]} to {self.pair[1]}."


class _Ended(Exception):
    """The search ends here; the outcome says why."""


def run_bisect(plan: BisectPlan, watch: Callable[[str, Progress], None], say: Callable[[str], None]) -> BisectOutcome:
    """Search the plan's versions. ``watch(what, progress)`` follows each comparison, ``say`` the making of environments."""
    search = _Search(plan, watch, say, BisectOutcome(), time.monotonic() + plan.max_seconds)
    try:
        search.run()
    except KeyboardInterrupt:
        search.outcome.interrupted = True
    except (_Ended, EnvironmentProblem) as ended:
        search.outcome.failure = str(ended) or search.outcome.failure
    return search.outcome


@dataclass(slots=True)
class _Search:
    plan: BisectPlan
    watch: Callable[[str, Progress], None]
    say: Callable[[str], None]
    outcome: BisectOutcome
    deadline: float
    subjects: dict[str, Subject] = field(default_factory=dict)

    def run(self) -> None:
        versions = list(self.plan.versions)
        good, bad = versions[0], versions[-1]
        ends = self._step(good, bad, None)
        if not ends.ratio.excludes(*NEGLIGIBLE):
            self.outcome.failure = f"no difference shown between {good} and {bad}: {ends.text}"
            return
        middle = math.sqrt(ends.ratio.value)
        low, high = 0, len(versions) - 1
        while high - low > 1:
            number = (low + high) // 2
            reason = self._obstacle(versions[number])
            if reason is not None:
                self.outcome.left_out[versions.pop(number)] = reason
                high -= 1
                continue
            if self._step(good, versions[number], middle).like_bad:
                high = number
            else:
                low = number
        self.outcome.pair = (versions[low], versions[high])
        found = self._compare(*self.outcome.pair, lenses=True)
        self.outcome.recording = found.recording
        self._stop_if_cut_short(found)

    def _obstacle(self, version: str) -> str | None:
        """Why a version cannot be measured: withdrawn by its makers, or not to be installed here."""
        try:
            if is_yanked(CLIENTS[self.plan.client.adapter].package, version):
                return "yanked"
            self._subject(version)
        except EnvironmentProblem as problem:
            return str(problem)
        return None

    def _subject(self, version: str) -> Subject:
        if version not in self.subjects:
            spec = replace(self.plan.client, version=version)
            (self.subjects[version],) = prepare([spec], self.plan.python, self.say)
        return self.subjects[version]

    def _step(self, good: str, version: str, middle: float | None) -> BisectStep:
        known = next((step for step in self.outcome.steps if step.version == version), None)
        if known is not None:
            return known
        last: dict[str, Estimate] = {}
        blocks = 0

        def follow(progress: Progress) -> None:
            nonlocal blocks
            last.update(progress.ratios)
            blocks = progress.blocks

        found = self._compare(good, version, middle=middle, lenses=False, follow=follow)
        label = self._subject(version).label
        self.outcome.recording = found.recording or self.outcome.recording
        self._stop_if_cut_short(found)
        if label not in last:
            raise _Ended("the most time allowed was used up before a block was measured")
        ratio = last[label]
        if middle is None:
            step = BisectStep(version, ratio, True, ratio.excludes(*NEGLIGIBLE), blocks)
        else:
            like_bad = (ratio.value > middle) == (middle > 1)
            step = BisectStep(version, ratio, like_bad, ratio.excludes(middle, middle), blocks)
        self.outcome.steps.append(step)
        self.say(f"{version}: {step.text}")
        return step

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
            self.watch(f"{baseline} against {candidate}", progress)

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
        return run_compare(plan, watch)
