"""What an explanation has measured so far: runs, each arm's CPU per request by group, and what became of the suspects."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from clientprof.attribution.experiments.experiment_costs import Costs
from clientprof.experiments.differences.compare_run import Progress
from clientprof.experiments.staircase.explain_plan import ExplainPlan
from clientprof.experiments.staircase.suspicion import Raised
from clientprof.model.experiments.suspicions import Behaviour, Experiments, OtherLoad, Trial, Undone
from clientprof.model.recording import Manifest, Recording, RecordingKind
from clientprof.model.run import Run


@dataclass(slots=True)
class Session:
    """One explanation under way: what was measured, and each arm's CPU per request by group.

    ``failures`` are of suspects that are tried no more, ``failed_alone`` of those that may hold beside others.
    """

    plan: ExplainPlan
    watch: Callable[[Progress], None]
    say: Callable[[str], None]
    started: float = field(default_factory=time.monotonic)
    manifest: Manifest | None = None
    runs: list[Run] = field(default_factory=list)
    groups: list[dict[str, float]] = field(default_factory=list)
    trials: dict[str, Trial] = field(default_factory=dict)
    raised: list[Raised] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    behaviour: dict[str, Behaviour] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    failed_alone: dict[str, str] = field(default_factory=dict)
    other_loads: list[OtherLoad] = field(default_factory=list)
    notices: list[tuple[str, str, str]] = field(default_factory=list)
    preparing_s: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it has measured; what was ``preparing`` is not counted."""
        return time.monotonic() - self.started - self.preparing_s

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """What is done within measures nothing: environments are made, or changes put to their checks.

        Checks wait for timeouts, 10 to 20 s for httpx's 14 changes, however little time there is to measure.
        """
        began = time.monotonic()
        try:
            yield
        finally:
            self.preparing_s += time.monotonic() - began

    def tell(self, doing: str) -> None:
        client = self.plan.client.label
        last = self.groups[-1] if self.groups else {}
        shown = [name for name, trial in self.trials.items() if name in last and trial.suspects]
        costs = self.costs
        ratios = {
            name.removeprefix(f"{client} "): ratio for name in shown if (ratio := costs.ratio(name, client)) is not None
        }
        self.watch(Progress(doing, len(self.groups), 0, ratios, self.seconds))

    @property
    def costs(self) -> Costs:
        """What the arms cost in all groups so far."""
        return Costs(self.plan.client.label, tuple(self.groups))

    def stop(self, why: str) -> None:
        """The experiments end here: of each suspect that was not measured, this is the reason."""
        self.notices.append(
            ("experiments-stopped", f"{why}.", "Gains that are not measured are predicted; what was measured is whole.")
        )
        told = {row.suspect for row in self.undone} | self.failures.keys() | self.failed_alone.keys()
        measured = {trial.suspects for trial in self.trials.values()}
        for each in self.raised:
            if each.suspect.id not in told and (each.suspect.id,) not in measured:
                self.undone.append(Undone(each.suspect.id, why))

    def _told_failures(self) -> dict[str, str]:
        """One line for each suspect that could not be tried alone; of a step, that it holds beside the steps before it."""
        alone = {
            name: f"alone: {why}" + ("; beside the steps before it, it holds" if name in self.chosen else "")
            for name, why in self.failed_alone.items()
        }
        return alone | self.failures

    def recording(self, complete: bool, failure: str | None = None) -> Recording | None:
        """What was measured so far, None before the first run."""
        if self.manifest is None:
            return None
        notices = (*self.manifest.notices, *dict.fromkeys(self.notices))
        if failure is not None:
            notices = (*notices, ("explain-failed", f"{failure}.", "What was measured before it is shown."))
        experiments = Experiments(
            client=self.plan.client.label,
            suspicions=tuple(each.suspicion for each in self.raised),
            trials=tuple(self.trials.values()),
            chosen=tuple(self.chosen),
            undone=tuple(self.undone),
            behaviour=self.behaviour,
            failures=self._told_failures(),
            other_loads=tuple(self.other_loads),
        )
        manifest = replace(
            self.manifest, kind=RecordingKind.EXPLANATION, complete=complete, notices=notices, experiments=experiments
        )
        return Recording(manifest, tuple(self.runs))
