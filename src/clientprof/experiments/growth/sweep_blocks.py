"""A sweep measured elsewhere, block by block. A block is every n once, with all clients, on one machine.

So a cost grows from the smallest n to the largest on one machine, whichever measured the block: how fast the machines are
falls on every n alike. Only whole blocks are kept, or a slow machine would have measured more of one n than of another.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from time import monotonic
from typing import Protocol

from clientprof.experiments.differences.host_rows import about_host, with_hosts
from clientprof.experiments.differences.places import PlaceFailed
from clientprof.experiments.growth.sweep_run import (
    SweepOutcome,
    SweepPlan,
    by_n,
    measured_whole,
    other_versions,
    time_up_notice,
    without_the_end,
)
from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import Run
from clientprof.workload.process import WorkerError


@dataclass(frozen=True, slots=True)
class SweptBlock:
    """A block as it came back: its number, its recording (None: nothing was measured), and why it is not whole."""

    number: int
    recording: Recording | None
    failure: str | None = None


class SweepPlace(Protocol):
    """Where blocks of a sweep are measured."""

    def sweeps(self, plan: SweepPlan, numbers: Sequence[int]) -> Generator[SweptBlock, None, None]:
        """The blocks with these numbers, in whatever order they come, until the iterator is closed.

        Raises:
            WorkerError: an environment cannot be had.
            PlaceFailed: the place is gone.
        """
        ...


def run_sweep_blocks(
    plan: SweepPlan,
    place: SweepPlace,
    watch: Callable[[str, int, int], None],
    save: Callable[[Recording], None] = lambda recording: None,
    earlier: Recording | None = None,
) -> SweepOutcome:
    """Measure the plan's blocks there. ``watch(doing, done, of)`` is told before every block that comes back, and ``save``
    is given the recording so far; ``earlier`` has the blocks that are there already."""
    outcome = SweepOutcome(earlier)
    there = set() if earlier is None else {run.facts.block for run in earlier.runs}
    numbers = [number for number in range(plan.blocks) if number not in there]
    try:
        with closing(place.sweeps(plan, numbers)) as blocks:
            began = monotonic()
            for done in range(len(there), plan.blocks):
                if outcome.recording is not None and monotonic() - began >= plan.max_seconds:
                    outcome.time_up = plan.time_up(f"after {done} of {plan.blocks} blocks")
                    break
                watch("every n on one host", done, plan.blocks)
                block = next(blocks)
                found = outcome.recording
                if block.recording is not None and (block.failure is None or found is None):
                    outcome.recording = _with(plan, found, block.recording)
                runs = () if outcome.recording is None else outcome.recording.runs
                outcome.failure = block.failure or other_versions(runs)
                if outcome.failure is not None:
                    break
                if outcome.recording is not None:
                    save(outcome.recording)
    except KeyboardInterrupt:
        outcome.interrupted = True
    except (WorkerError, PlaceFailed) as error:
        outcome.failure = str(error)
    if outcome.recording is not None:
        manifest, complete = outcome.recording.manifest, not (outcome.interrupted or outcome.failure or outcome.time_up)
        notices = manifest.notices if outcome.time_up is None else (*manifest.notices, time_up_notice(outcome.time_up))
        told = replace(manifest, complete=complete, command=plan.command, notices=notices)
        outcome.recording = replace(outcome.recording, manifest=told)
    return outcome


def whole_blocks(recording: Recording, plan: SweepPlan) -> Recording:
    """What is kept of a sweep that is gone on with: its blocks that have every n whole."""
    kept: list[Run] = []
    for number in sorted({run.facts.block for run in recording.runs}):
        runs = [run for run in recording.runs if run.facts.block == number]
        # Alone, a block is its first one.
        alone = tuple(Run(replace(run.facts, block=0), run.columns) for run in runs)
        whole = measured_whole(Recording(recording.manifest, alone), plan.block(number))
        if number < plan.blocks and tuple(by_n(whole)) == plan.n and len(whole.runs) == len(runs):
            kept += runs
    return _told(without_the_end(recording.manifest), kept, {})


def _with(plan: SweepPlan, so_far: Recording | None, block: Recording) -> Recording:
    """The recording with one block more."""
    manifest = replace(block.manifest if so_far is None else so_far.manifest, seed=plan.seed, complete=False)
    notices = dict.fromkeys((*manifest.notices, *block.manifest.notices))
    host = block.runs[0].facts.host
    runs = [*(() if so_far is None else so_far.runs), *block.runs]
    return _told(replace(manifest, notices=tuple(notices)), runs, {host: about_host(block.manifest.environment)})


def _told(manifest: Manifest, runs: Sequence[Run], hosts: dict[str, str]) -> Recording:
    """The recording of these runs, with its blocks counted and its hosts named; ``hosts`` are those not named before."""
    measured = {run.facts.host for run in runs}
    known = manifest.hosts | hosts
    made = len({run.facts.block for run in runs})
    told = replace(
        manifest,
        workload=(
            *(row for row in manifest.workload if row[1] != "blocks"),
            ("workload", "blocks", f"{made}, each on one machine: every n, each client twice in mirror order"),
        ),
        environment=with_hosts(
            manifest.environment, {name: about for name, about in known.items() if name in measured}
        ),
    )
    return Recording(told, tuple(runs))
