"""Running a sweep: for each number of requests at once, every client twice in mirror order and once under the sampler."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.failed_requests import failed_requests
from clientprof.experiments.trace_plan import TracePlan
from clientprof.experiments.trace_run import run_trace
from clientprof.model.recording import Manifest, Recording, RecordingKind, Run
from clientprof.workload.scenario import Scenario

# Seconds of client CPU per process: a slope needs less than a trace.
_CPU_S: Mapping[str, float] = {"control": 0.3, "sample": 0.8}


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What to sweep: the clients by label, the load but for its n, and every n."""

    subjects: tuple[Subject, ...]
    scenario: Scenario
    n: tuple[int, ...]
    blocks: int = 1
    seed: int = 1
    command: tuple[str, ...] = field(default=())

    def at(self, n: int) -> TracePlan:
        """The runs at one n."""
        names = [subject.label for subject in self.subjects]
        return TracePlan(
            client=names[0],
            beside=tuple(names[1:]),
            baseline=None,
            scenario=replace(self.scenario, concurrency=n),
            lenses=("control", "sample"),
            blocks=self.blocks,
            seed=self.seed,
            command=self.command,
            subjects=self.subjects,
            cold_rounds=False,
            floor=False,
            cpu_s=_CPU_S,
        )


@dataclass(slots=True)
class SweepOutcome:
    """What a sweep left behind; ``failure`` is the one line for the user where an error cut it short."""

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None


def run_sweep(plan: SweepPlan, watch: Callable[[str, int, int], None]) -> SweepOutcome:
    """Measure the plan, the smallest n first. ``watch(doing, done, of)`` is told of every process."""
    outcome = SweepOutcome(None)
    runs: list[Run] = []
    notices: list[tuple[str, str, str]] = []
    manifest: Manifest | None = None
    for place, n in enumerate(plan.n):
        found = run_trace(
            plan.at(n),
            lambda step, done, of, event, n=n, place=place: (  # type: ignore[misc]
                watch(f"n={n}, {step.lens}: {step.client}", place * of + done, len(plan.n) * of)
                if event is None
                else None
            ),
        )
        if found.recording is not None:
            manifest = manifest or found.recording.manifest
            notices += found.recording.manifest.notices
            runs += found.recording.runs
        outcome.interrupted, outcome.failure = found.interrupted, found.failure or failed_requests(runs)
        if outcome.interrupted or outcome.failure is not None:
            break
    if manifest is not None:
        complete = not outcome.interrupted and outcome.failure is None
        manifest = replace(manifest, kind=RecordingKind.SWEEP, complete=complete, notices=tuple(dict.fromkeys(notices)))
        outcome.recording = Recording(manifest, tuple(runs))
    return outcome


def by_n(recording: Recording) -> dict[int, Recording]:
    """The recording of a sweep, taken apart by the number of requests at once."""
    found: dict[int, list[Run]] = {}
    for run in recording.runs:
        found.setdefault(run.facts.concurrency or run.facts.requests_per_round, []).append(run)
    return {n: Recording(recording.manifest, tuple(runs)) for n, runs in sorted(found.items())}
