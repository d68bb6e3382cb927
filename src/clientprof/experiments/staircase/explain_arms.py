"""The arms of an explanation: the client as it is, and with suspects taken away, each in the environment that it needs."""

import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clientprof.clients import CLIENTS
from clientprof.experiments.differences.control_arms import control_arm
from clientprof.experiments.environments.client_specs import ClientSpec, Part, PythonAsked
from clientprof.experiments.environments.subjects import Subject, prepare
from clientprof.experiments.feasible import obstacle
from clientprof.experiments.staircase.explain_plan import ExplainPlan, pinned
from clientprof.experiments.staircase.suspicion import Raised
from clientprof.experiments.suspects.evidence.generic_functions import SlowDown
from clientprof.experiments.suspects.suspect import Conflict, Intervention, combined
from clientprof.model.experiments.suspicions import Trial, Undone
from clientprof.model.run import AGAIN, FLOOR
from clientprof.origin.process import OriginReady
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.lockstep import Arm


@dataclass(slots=True)
class Arms:
    """Builds arms by trial. ``version`` and ``packages`` are the client's as measured; environments are made once.
    ``load`` is another load than the plan's.

    ``own_environment``: also the client as it is runs in an environment of its own, because a suspect needs another one.
    """

    plan: ExplainPlan
    raised: dict[str, Raised]
    version: str
    packages: Mapping[str, str]
    own_environment: bool
    say: Callable[[str], None]
    here: Subject
    baseline: Subject | None
    prepared: dict[ClientSpec, Subject] = field(default_factory=dict)
    load: Scenario | None = None

    @property
    def client(self) -> str:
        return self.plan.client.label

    @property
    def again(self) -> str:
        return f"{self.client} {AGAIN}"

    def trial(self, suspects: Sequence[str], dose_us: float = 0.0) -> Trial:
        """The trial without these suspects; of a slow-down with that dose."""
        if not suspects:
            return Trial(self.client, ())
        if dose_us:
            return Trial(f"{self.client} with {dose_us:g} µs more in {suspects[0]}", tuple(suspects), dose_us)
        return Trial(f"{self.client} without {', '.join(suspects)}", tuple(suspects))

    def intervention(self, trial: Trial) -> Intervention:
        """What the trial changes.

        Raises:
            Conflict: its suspects cannot be taken away together.
        """
        raised = [self.raised[suspect] for suspect in trial.suspects]
        if trial.dose_us:
            (slow_down,) = (each.suspect for each in raised)
            assert isinstance(slow_down, SlowDown)
            return slow_down.dosed(trial.dose_us)
        return combined([each.intervention for each in raised])

    def subject(self, intervention: Intervention) -> Subject:
        """Where an arm with these changes runs.

        Raises:
            EnvironmentProblem: its environment cannot be made.
        """
        adapter = intervention.adapter or self.plan.client.adapter
        if not self.own_environment and adapter == self.plan.client.adapter:
            return self.here
        spec = replace(self.plan.client, adapter=adapter)
        for newer in intervention.pythons[:1]:
            spec = replace(spec, python=PythonAsked(newer.version, newer.path))
        if adapter != self.plan.client.adapter:
            # Another transport is another distribution; what it builds on keeps its version.
            own = Part(CLIENTS[self.plan.client.adapter].package, source=spec.source)
            packages = {**self.packages, own.name: self.version}
            if spec.source is not None:
                spec = replace(spec, source=None, added=tuple(sorted((*spec.added, own), key=lambda part: part.name)))
                del packages[own.name]
            spec = replace(spec, extras=(), version=None)
            if not self.own_environment:
                added = tuple(part for part in spec.added if part.source is not None)
                return prepare([replace(spec, added=added)], self.plan.python, self.say)[0]
            spec = pinned(spec, "", packages, intervention.packages)
        else:
            spec = pinned(spec, self.version, dict(self.packages), intervention.packages)
        if spec not in self.prepared:
            self.prepared[spec] = prepare([spec], self.plan.python, self.say)[0]
        return self.prepared[spec]

    def scenario(self, intervention: Intervention) -> Scenario:
        return replace(self.load or self.plan.scenario, **intervention.scenario)

    def obstacle(self, trial: Trial) -> str | None:
        """Why the trial cannot be run, None where it can."""
        try:
            intervention = self.intervention(trial)
            adapter = CLIENTS[intervention.adapter or self.plan.client.adapter]
            return obstacle(adapter, self.scenario(intervention))
        except (Conflict, ValueError) as error:
            return str(error)

    def group(self, trials: Sequence[Trial], ready: OriginReady, core: int | None, block: int) -> dict[str, Arm]:
        """The arms of one group: the trials, and the client as it is, twice."""
        arms = {trial.arm: self._arm(trial, trial.arm, ready, core, block) for trial in trials}
        unchanged = self.trial(())
        arms[unchanged.arm] = self._arm(unchanged, unchanged.arm, ready, core, block)
        arms[self.again] = self._arm(unchanged, self.again, ready, core, block)
        return arms

    def others(self, ready: OriginReady, core: int | None, block: int) -> dict[str, Arm]:
        """What the client is held against: the baseline, if there is one, and the floor."""
        subjects = [] if self.baseline is None else [self.baseline]
        if self.plan.floor and obstacle(CLIENTS[FLOOR], self.plan.scenario) is None:
            subjects.append(Subject(FLOOR, FLOOR, self.here.python))
        return {
            subject.label: control_arm(
                subject, self.plan.scenario, ready,
                name=subject.label, core=core, block=block, seed=self.plan.seed, timeout_s=self.plan.worker_timeout_s,
            )
            for subject in subjects
        }  # fmt: skip

    def _arm(self, trial: Trial, name: str, ready: OriginReady, core: int | None, block: int) -> Arm:
        intervention = self.intervention(trial)
        return control_arm(
            self.subject(intervention),
            self.scenario(intervention),
            ready,
            name=name,
            client=trial.arm,
            core=core,
            block=block,
            seed=self.plan.seed,
            timeout_s=self.plan.worker_timeout_s,
            changes=intervention.changes,
            variables=dict(intervention.variables),
        )


def without_installed(raised: Raised) -> Raised:
    """The same without the packages that are installed here: nothing need be added for them."""
    installed = {dist.name.lower() for dist in importlib.metadata.distributions()}
    packages = tuple(name for name in raised.intervention.packages if name not in installed)
    return replace(raised, intervention=replace(raised.intervention, packages=packages))


def in_next_python(raised: Raised) -> Raised:
    """The same in the next older Python. What was predicted was of the newest, and is taken back."""
    pythons = raised.intervention.pythons[1:]
    evidence = f"{raised.suspicion.evidence}. The client cannot be installed there; tried is {pythons[0].version}"
    return replace(
        raised,
        intervention=replace(raised.intervention, pythons=pythons),
        suspicion=replace(raised.suspicion, evidence=evidence, predicted_us=None),
    )


def without_lone_pythons(raised: Sequence[Raised], named: Sequence[str]) -> tuple[list[Raised], list[Undone]]:
    """Another Python is tried where it was asked for, or where another suspect needs environments anyway.

    For its sake alone, no arm leaves the environment that the evidence is from: what is there beside the client's packages
    (code that wraps it, a faster loop, the user's own patches) would be missing from all of them.
    """
    if any(each.intervention.packages for each in raised):
        return list(raised), []
    kept = [each for each in raised if not each.intervention.pythons or each.suspect.id in named]
    return kept, [
        Undone(
            each.suspect.id,
            f"every arm would need an environment of its own, without what is installed beside the client; "
            f"--suspect {each.suspect.id} tries it",
        )
        for each in raised
        if each not in kept
    ]


def needs_environments(raised: Sequence[Raised]) -> bool:
    """Whether any suspect is taken away by another package or Python: every arm must have an environment of its own then."""
    return any(each.intervention.needs_environment for each in raised)
