"""Running a sweep: for each number of requests at once, every client twice in mirror order and once under the sampler.

A sweep that was cut short can be gone on with: every n that was measured whole is kept, the others are measured anew. A
client that cannot finish at one n is measured as far as it comes there, and not at a larger one.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.failed_requests import failed_under_control
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.experiments.traces.trace_run import run_trace
from clientprof.model.recording import Manifest, Recording, RecordingKind
from clientprof.model.run import Run
from clientprof.workload.load.scenario import Scenario

# Seconds of client CPU per process: a slope needs less than a trace.
_CPU_S: Mapping[str, float] = {"control": 0.3, "sample": 0.8}
# Notices of why a sweep ended.
_ENDS = ("worker-failed", "time-up")


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What to sweep: the clients by label, the load but for its n, and every n.

    After ``max_seconds`` no further n is begun, on a cluster no further block waited for; the first is measured in any case.
    """

    subjects: tuple[Subject, ...]
    scenario: Scenario
    n: tuple[int, ...]
    blocks: int = 1
    seed: int = 1
    command: tuple[str, ...] = field(default=())
    worker_timeout_s: float = 180.0
    max_seconds: float = math.inf

    def time_up(self, when: str) -> str:
        """Why a sweep ends that has used up its time."""
        return f"the {self.max_seconds:g} s of --max-time were up {when}"

    def block(self, number: int) -> "SweepPlan":
        """One of its blocks by itself, with an order of its own."""
        return replace(self, blocks=1, seed=self.seed + number)

    def at(self, n: int, without: Collection[str] = ()) -> TracePlan:
        """The runs at one n, without these clients.

        Raises:
            ValueError: no client is left.
        """
        subjects = tuple(subject for subject in self.subjects if subject.label not in without)
        if not subjects:
            raise ValueError("no client is left to measure")
        names = [subject.label for subject in subjects]
        return TracePlan(
            client=names[0],
            beside=tuple(names[1:]),
            baseline=None,
            scenario=replace(self.scenario, concurrency=n),
            lenses=("control", "sample"),
            blocks=self.blocks,
            seed=self.seed,
            command=self.command,
            subjects=subjects,
            as_far=True,
            worker_timeout_s=self.worker_timeout_s,
            cold_rounds=False,
            floor=False,
            cpu_s=_CPU_S,
        )


@dataclass(slots=True)
class SweepOutcome:
    """What a sweep left behind; ``failure`` is the one line for the user where an error cut it short, ``time_up`` that where
    its time was up before all was measured."""

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None
    time_up: str | None = None


def run_sweep(
    plan: SweepPlan,
    watch: Callable[[str, int, int], None],
    save: Callable[[Recording], None] = lambda recording: None,
    earlier: Recording | None = None,
) -> SweepOutcome:
    """Measure the plan, the smallest n first. ``watch(doing, done, of)`` is told of every process.

    ``save`` is given the recording so far after every n; ``earlier`` is what a sweep cut short has left.
    """
    outcome = SweepOutcome(None)
    runs: list[Run] = [] if earlier is None else list(earlier.runs)
    notices = [] if earlier is None else list(earlier.manifest.notices)
    manifest = None if earlier is None else replace(earlier.manifest, command=plan.command)
    done = set() if earlier is None else set(by_n(earlier))
    began = monotonic()
    for place, n in enumerate(plan.n):
        slow = could_not_finish(runs)
        left_out = {client for client, least in slow.items() if least < n}
        notices += [_not_at(n, client, slow[client]) for client in sorted(left_out)]
        if n in done or len(left_out) == len(plan.subjects):
            continue
        if runs and monotonic() - began >= plan.max_seconds:
            left = ", ".join(str(each) for each in plan.n[place:] if each not in done)
            outcome.time_up = plan.time_up(f"before n = {left}")
            notices.append(time_up_notice(outcome.time_up))
            break
        found = run_trace(
            plan.at(n, left_out),
            lambda step, done, of, event, n=n, place=place: (  # type: ignore[misc]
                watch(f"n={n}, {step.lens}: {step.client}", place * of + done, len(plan.n) * of)
                if event is None
                else None
            ),
        )
        if found.recording is not None:
            # Of the first n, at which all clients are measured.
            manifest = manifest or found.recording.manifest
            notices += found.recording.manifest.notices
            runs += found.recording.runs
        outcome.interrupted = found.interrupted
        outcome.failure = found.failure or failed_under_control(runs) or other_versions(runs)
        if outcome.interrupted or outcome.failure is not None:
            break
        if manifest is not None:
            save(_recording(manifest, runs, notices, complete=False))
    if manifest is not None and runs:
        complete = not (outcome.interrupted or outcome.failure or outcome.time_up)
        outcome.recording = _recording(manifest, runs, notices, complete)
    return outcome


def time_up_notice(why: str) -> tuple[str, str, str]:
    """What the report says of a sweep whose time was up."""
    return (
        "time-up",
        f"{why[:1].upper()}{why[1:]}.",
        "What was measured is whole. Go on with --resume, or allow more time.",
    )


def could_not_finish(runs: Sequence[Run]) -> dict[str, int]:
    """The clients that could not finish a round, and the least n at which they could not."""
    found: dict[str, int] = {}
    for run in runs:
        if run.facts.unfinished is not None:
            n = _n_of(run)
            found[run.facts.client] = min(n, found.get(run.facts.client, n))
    return found


def _not_at(n: int, client: str, least: int) -> tuple[str, str, str]:
    text = f"{client} was not measured at n = {n}: at n = {least} it could not finish a round."
    return ("not-at-larger-n", text, "Its slope is of the n that it finished.")


def _recording(manifest: Manifest, runs: list[Run], notices: list[tuple[str, str, str]], complete: bool) -> Recording:
    found = replace(manifest, kind=RecordingKind.SWEEP, complete=complete, notices=tuple(dict.fromkeys(notices)))
    return Recording(found, tuple(runs))


def other_versions(runs: Sequence[Run]) -> str | None:
    """That a client is not the same throughout, as after an update between two parts of a sweep."""
    versions: dict[str, set[str]] = {}
    for run in runs:
        versions.setdefault(run.facts.client, set()).add(f"{run.facts.client_version} on Python {run.facts.python}")
    changed = [f"{client}: {', '.join(sorted(found))}" for client, found in versions.items() if len(found) > 1]
    return f"a client's version changed between the runs ({'; '.join(changed)})" if changed else None


def measured_whole(recording: Recording, plan: SweepPlan) -> Recording:
    """What a sweep gone on with keeps: the runs of each n that has all of them, none failed under control."""
    kept: list[Run] = []
    slow = could_not_finish(recording.runs)
    for n, at in by_n(recording).items():
        if n not in plan.n or failed_under_control(at.runs) is not None:
            continue
        # Of one that cannot finish there are fewer runs, and none at a larger n.
        late = {client for client, least in slow.items() if least <= n}
        steps = [(step.arm, step.lens, step.block) for step in plan.at(n).steps if step.client not in late]
        runs = [run.facts for run in at.runs if run.facts.client not in late]
        if sorted(steps) == sorted((facts.arm, facts.lens, facts.block) for facts in runs):
            kept += at.runs
    return Recording(without_the_end(recording.manifest), tuple(kept))


def without_the_end(manifest: Manifest) -> Manifest:
    """The manifest of a sweep that is gone on with: why it ended says nothing of what comes."""
    return replace(manifest, notices=tuple(row for row in manifest.notices if row[0] not in _ENDS))


def by_n(recording: Recording) -> dict[int, Recording]:
    """The recording of a sweep, taken apart by the number of requests at once."""
    found: dict[int, list[Run]] = {}
    for run in recording.runs:
        found.setdefault(_n_of(run), []).append(run)
    return {n: Recording(recording.manifest, tuple(runs)) for n, runs in sorted(found.items())}


def _n_of(run: Run) -> int:
    return run.facts.concurrency or run.facts.requests_per_round
