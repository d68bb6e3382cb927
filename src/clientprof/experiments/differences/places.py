"""Where blocks are measured: on this machine one after the other, or wherever else somebody measures them.

The block is the unit: all its arms, in lock-step, on one machine. What comes back are its runs.
"""

import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from typing import Protocol

from clientprof.experiments.differences.blocks import MeasuredBlock, Shape, measure_block
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.environment_rows import two_cores
from clientprof.experiments.failed_requests import failed_requests
from clientprof.experiments.traces.origins import origin_for, same_origin
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.experiments.traces.trace_run import TraceOutcome, run_trace
from clientprof.experiments.traces.trace_session import Watch
from clientprof.model.run import Run
from clientprof.origin.process import Journal, OriginProcess, OriginReady
from clientprof.origin.routing.expected import expected
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.targets import path_of


@dataclass(frozen=True, slots=True)
class TakenBlock:
    """A block as it came back: its number, its runs, and why it is no good (None: it is whole).

    ``environment`` tells of the machine that measured it, as a recording does; empty where that is this one.
    """

    number: int
    runs: tuple[Run, ...]
    failure: str | None = None
    environment: tuple[tuple[str, str, str], ...] = ()


class PlaceFailed(Exception):
    """Nothing more can be measured there. The message is one line for the user."""


class Place(Protocol):
    """Where a plan is measured."""

    def blocks(self, plan: ComparePlan, shape: Shape, numbers: Sequence[int]) -> Generator[TakenBlock, None, None]:
        """Blocks of that shape with these numbers, in whatever order they come, until the iterator is closed.

        Raises:
            WorkerError: an arm could not be measured; ``WorkerTimeout`` where it did not end in its time.
            OriginError: an origin ended.
            PlaceFailed: the place is gone.
        """
        ...

    def trace(self, plan: TracePlan, watch: Watch) -> TraceOutcome:
        """Runs under a lens, as ``run_trace`` makes them."""
        ...


class ThisMachine:
    """All of it here."""

    def blocks(self, plan: ComparePlan, shape: Shape, numbers: Sequence[int]) -> Generator[TakenBlock, None, None]:
        with origins_for(plan) as (origins, core):
            for number in numbers:
                yield take_block(plan, shape, number, origins, core)

    def trace(self, plan: TracePlan, watch: Watch) -> TraceOutcome:
        return run_trace(plan, watch)


@dataclass(frozen=True, slots=True)
class Origins:
    """The running servers of a plan's loads, each with the loads that it serves."""

    running: Sequence[tuple[Scenario, OriginProcess]]

    def ready(self, scenario: Scenario) -> OriginReady:
        """The server for that load."""
        return next(origin.ready for served, origin in self.running if same_origin(served, scenario))

    def journal(self) -> Journal:
        """What they served, together."""
        return reduce(Journal.beside, (origin.journal() for _, origin in self.running))

    def mark(self) -> None:
        for _, origin in self.running:
            origin.mark()


@contextmanager
def origins_for(plan: ComparePlan) -> Iterator[tuple[Origins, int | None]]:
    """Running servers, as many as the plan's loads need, and the core of the clients; the servers have the other one."""
    client_core, origin_core = two_cores()
    needed: list[Scenario] = []
    for load in plan.loads:
        if not any(same_origin(load, other) for other in needed):
            needed.append(load)
    with ExitStack() as stack:
        running = [(load, stack.enter_context(origin_for(load, cpu=origin_core, seed=plan.seed))) for load in needed]
        yield Origins(running), client_core


def take_block(plan: ComparePlan, shape: Shape, number: int, origins: Origins, core: int | None) -> TakenBlock:
    """Measure the block of that number.

    Raises:
        WorkerError: an arm could not be measured.
        OriginError: an origin ended.
    """
    # Each block has a generator of its own: a comparison taken up again goes on as it would have, wherever it is measured.
    generator = random.Random(f"{plan.seed}/{number}")
    arms = plan.arms(origins.ready, core, number)
    block = measure_block(origins, arms, generator, shape, timeout_s=plan.worker_timeout_s)
    return TakenBlock(number, _numbered(block, plan, number), _what_is_wrong(block))


def _numbered(block: MeasuredBlock, plan: ComparePlan, number: int) -> tuple[Run, ...]:
    digests = {subject.label: expected(path_of(plan.load(subject))).sha256 for subject in plan.subjects}
    return tuple(
        Run(
            replace(run.facts, block=number, group=place, expected_sha256=digests[run.facts.client]),
            run.columns,
        )
        for place, group in enumerate(block.groups)
        for run in group.runs.values()
    )


def _what_is_wrong(block: MeasuredBlock) -> str | None:
    for group in block.groups:
        failure = failed_requests(tuple(group.runs.values()))
        if failure is not None:
            return failure
        made = sum(len(run.column("exchange.error")) * run.facts.requests_per_exchange for run in group.runs.values())
        if group.journal.requests != made + group.unrecorded:
            return (
                f"the clients made {made + group.unrecorded} requests in a block, "
                f"the origin served {group.journal.requests}"
            )
    return None


def one_block(place: Place, plan: ComparePlan, shape: Shape, *, number: int = 0) -> TakenBlock:
    """A single block, which is not kept.

    Raises:
        WorkerError: an arm could not be measured.
        OriginError: an origin ended.
    """
    with closing(place.blocks(plan, shape, (number,))) as blocks:
        return next(blocks)
