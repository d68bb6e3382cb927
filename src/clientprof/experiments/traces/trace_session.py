"""What a trace under way has: its plan, where it measures, what was measured and noted so far, and what need not be."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

from clientprof.experiments.traces.blocks_needed import is_narrow
from clientprof.experiments.traces.in_time import cold_is_known, left_out
from clientprof.experiments.traces.network_facts import LinkFacts
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.model.lenses import LENS_RUNS
from clientprof.model.run import Run
from clientprof.origin.process import OriginProcess, OriginReady
from clientprof.workload import process
from clientprof.workload.process import WorkerProcess
from clientprof.workload.started_ahead import StartedAhead

Watch = Callable[[WorkerStep, int, int, process.Event | None], None]


@dataclass(slots=True)
class Lane:
    """A server and the core of the clients that ask it: what a step needs for itself.

    ``origin`` and ``ready`` are None where another server is asked, ``core`` is None where nobody is bound to one.
    ``worker`` is the one that is measured now; once ``stopping`` is set there shall be no other.
    """

    origin: OriginProcess | None
    ready: OriginReady | None
    core: int | None
    worker: WorkerProcess | None = None
    stopping: Event = field(default_factory=Event)

    def stop(self) -> None:
        """End the worker that is measured; whoever waits for it sees it die."""
        self.stopping.set()
        if self.worker is not None:
            self.worker.stop()


@dataclass(slots=True)
class Session:
    """A trace under way. The first of the ``lanes`` measures whatever must be alone."""

    plan: TracePlan
    lanes: Sequence[Lane]
    watch: Watch
    runs: list[Run] = field(default_factory=list)
    notices: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    link: LinkFacts | None = None
    ahead: StartedAhead = field(default_factory=StartedAhead)
    started: float = field(default_factory=time.monotonic)

    def is_enough(self, step: WorkerStep) -> bool:
        """Whether the step would show nothing more: an interval is narrow, or a slow client was seen."""
        if is_narrow(self.plan, step, self.runs):
            return True
        if (notice := left_out(self.plan, step, self.runs, time.monotonic() - self.started)) is not None:
            if notice not in self.notices:
                self.notices.append(notice)
            return True
        if step.client not in self.slow or self.wants_cold(step):
            return False
        return LENS_RUNS[step.lens].one_thread or any(
            run.facts.lens == step.lens == "control" and run.facts.client == step.client and not was_cold(run)
            for run in self.runs
        )

    def wants_cold(self, step: WorkerStep) -> bool:
        """Whether the step records a cold round. Of a slow client, what becomes of one is seen once, without instruments."""
        if not step.cold or any(run.facts.client == step.client and was_cold(run) for run in self.runs):
            return False
        if cold_is_known(self.plan, step, self.runs):
            return False
        return step.client not in self.slow or step.lens == "control"


def was_cold(run: Run) -> bool:
    """Whether it never came beyond its cold round."""
    return run.facts.unfinished is not None and run.facts.unfinished.cold
