"""The plan of a trace: which worker processes run, in which order, and for how long.

Control runs come in blocks: every arm once, then the same order backwards, so that a drift of the machine falls on all arms
alike; in short blocks, which are not mirrored, every other block is the mirror image of the one before it. The baseline is
an arm twice (A/A), at both ends of a block; the others stand between them in random order. The other lenses have one worker
each, between the blocks, or after them all where they give no times. The floor runs once a block; of short blocks, in every
other one.
"""

import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import SyncAdapter
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.feasible import obstacle
from clientprof.model.lenses import LENS_RUNS
from clientprof.model.run import AGAIN, FLOOR
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.sequence import WARMUP_REQUESTS

LENS_ORDER = tuple(LENS_RUNS)
DEFAULT_LENSES = tuple(
    name for name, run in LENS_RUNS.items() if not run.asked and (run.since is None or sys.version_info >= run.since)
)
MAX_ROUNDS = 200
_WITH_LAYERS = "sample"
# Of several threads only one is sampled, and a kernel's tick at a time.
_THREADS_SAMPLED_S = 10.0
# Of a worker's time that rounds which were asked for by number may take; the rest is for starting, opening and writing.
_SHARE_OF_TIMEOUT = 0.75
DEFAULT_BLOCKS = 3
# Six short blocks have the processes of three mirrored ones, and Student's t of five degrees of freedom instead of two: the
# interval of a ratio is 0.60 times as wide.
SHORT_BLOCKS = 6
# Of client CPU in each process of a short block. A process differs from another by 6 %, and its rounds of 40 ms by as much:
# with half the rounds the mean of one run varies by 4 % more (aiohttp, 512 at once).
SHORT_CPU_S = 0.15
# Every trace has so many short blocks: with fewer, Student's t alone makes an interval wide.
FEWEST_SHORT_BLOCKS = 4
# After so many short blocks the interval says something, so the sampler's turn comes.
_BLOCKS_BEFORE_LAYERS = 3
# Connections a client opens by itself where no limit is asked for: 100 in httpx and aiohttp, and some to spare.
OPENING = 128


class PlanError(ValueError):
    """A trace that cannot be run as asked. The message says what to change."""


@dataclass(frozen=True)
class TracePlan:
    """What to measure. ``rounds`` None leaves the number of warm rounds to each lens.

    ``url`` is another server than the local origin; then nothing is repeated beyond ``rounds``, so that the load stated
    before the start is what is sent. ``worker_timeout_s`` bounds every worker process. ``subjects`` say where a client is
    measured; one that is not among them is measured in this environment. ``beside`` are further clients, shown between the
    one asked about and the baseline. ``cold_rounds`` False leaves the cold rounds out, ``floor`` False
    the floor. ``cpu_s`` replaces a lens's seconds of client CPU per worker.
    ``mirrored`` False makes blocks short: it leaves out the mirror image within each. ``as_far``: a client that cannot
    finish a round is measured as far as it comes, where it would else be a failure. ``forced``: the user wants a verdict on
    clients that have not equally many requests in flight. ``in_time``: what would say little more may be left out.
    """

    client: str
    baseline: str | None
    scenario: Scenario
    lenses: tuple[str, ...] = DEFAULT_LENSES
    rounds: int | None = None
    blocks: int = DEFAULT_BLOCKS
    seed: int = 1
    url: str | None = None
    ca_file: Path | None = None
    port: int = 0
    worker_timeout_s: float = 180.0
    max_seconds: float = 20.0
    command: tuple[str, ...] = field(default=())
    subjects: tuple[Subject, ...] = ()
    beside: tuple[str, ...] = ()
    cold_rounds: bool = True
    floor: bool = True
    mirrored: bool = True
    as_far: bool = False
    forced: bool = False
    in_time: bool = False
    cpu_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def clients(self) -> tuple[str, ...]:
        names = (self.client, *self.beside, *(() if self.baseline is None else (self.baseline,)))
        return tuple(dict.fromkeys(names))

    def subject(self, client: str) -> Subject:
        """Where the client of that label is measured; the floor in the interpreter of the client asked about."""
        here = self.subject(self.client).python if client == FLOOR != self.client else None
        found = (subject for subject in self.subjects if subject.label == client)
        return next(found, Subject(client, client, here))

    def load(self, client: str) -> Scenario:
        """What that client is asked."""
        return self.subject(client).scenario or self.scenario

    @cached_property
    def steps(self) -> tuple["WorkerStep", ...]:
        """All worker runs in order, deterministic for a seed."""
        generator = random.Random(self.seed)
        # What tells the layers comes first, so that they are known early; what may run beside others comes last.
        asked = [lens for lens in LENS_ORDER[1:] if lens in self.lenses]
        others = sorted((lens for lens in asked if not _beside(lens)), key=_WITH_LAYERS.__ne__)
        blocks = self.blocks if "control" in self.lenses else 0
        steps: list[WorkerStep] = []
        order: list[tuple[str, str]] = []
        # One control run of each client records its cold round. That can take several times a warm one: in short blocks it
        # comes after the layers, in the last block that every trace has.
        cold_block = 0 if self.mirrored else min(FEWEST_SHORT_BLOCKS, blocks) - 1
        for block in range(blocks):
            order = order[::-1] if not self.mirrored and block % 2 else self._order(generator)
            # The floor stands in the middle, where no client's two runs see it more than the other.
            mirror = reversed(order) if self.mirrored else ()
            with_floor = self.has_floor and (self.mirrored or block % 2 == 1 or blocks == 1)
            arms = [*order, *((FLOOR, FLOOR) for _ in range(with_floor)), *mirror]
            steps += [WorkerStep(client, arm, "control", block, False) for client, arm in arms]
            # Between the blocks, so that a lens is held against control runs of its own time; the ledger, whose cold round
            # may be shorter for it, when the cold one is known.
            if others and block >= (self._first_answer if others[0] == _WITH_LAYERS else cold_block + 1):
                steps += self._lens_steps(others.pop(0))
        for lens in (*others, *filter(_beside, asked)):
            steps += self._lens_steps(lens)
        for name in self.clients if self.cold_rounds else ():
            place = (name, "control", cold_block)
            cold = next((i for i, step in enumerate(steps) if (step.arm, step.lens, step.block) == place), None)
            if cold is not None:
                steps[cold] = replace(steps[cold], cold=True)
        return tuple(steps)

    @cached_property
    def batches(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the steps whose workers start together: a block's, with those of a lens after it.

        Those that may run beside each other are one. Nothing starts with the first block, whose answer waits for no other.
        """
        batches: list[list[int]] = []
        before: WorkerStep | None = None
        for number, step in enumerate(self.steps):
            begins = step.lens == "control" and (
                before is None or (before.lens, before.block) != ("control", step.block)
            )
            begins |= _beside(step.lens) and before is not None and not _beside(before.lens)
            begins |= step.lens != "control" and before is not None and (before.lens, before.block) == ("control", 0)
            if before is None or begins:
                batches.append([])
            batches[-1].append(number)
            before = step
        return tuple(map(tuple, batches))

    def says_more(self, number: int) -> bool:
        """Whether the answer is better after this step than before: a block is whole, or a client's layers are there.

        The last step is none of them, for the whole answer follows.
        """
        steps = self.steps
        if number + 1 >= len(steps):
            return False
        step, following = steps[number], steps[number + 1]
        whole = (following.lens, following.block) != (step.lens, step.block)
        # The interval of two short blocks is too wide to be worth a word.
        tells = step.block == 0 or step.block >= self._first_answer
        return step.lens == _WITH_LAYERS or (step.lens == "control" and whole and tells)

    @property
    def _first_answer(self) -> int:
        """The block after which the sampler's turn comes."""
        return 0 if self.mirrored else min(_BLOCKS_BEFORE_LAYERS, self.blocks) - 1

    @property
    def has_floor(self) -> bool:
        """Whether the floor runs too: against the local origin, under a load that it can carry, unless it is asked about."""
        able = obstacle(CLIENTS[FLOOR], self.scenario) is None
        return self.floor and able and self.url is None and FLOOR not in self.clients

    def may_run_beside(self, number: int) -> bool:
        """Whether the step of that number gives no times, so that others like it may run at the same time."""
        return _beside(self.steps[number].lens)

    def _order(self, generator: random.Random) -> list[tuple[str, str]]:
        """The arms of a block: the others between the baseline's two, so that a steady drift falls on both sides alike."""
        others = [(name, name) for name in self.clients if name != self.baseline]
        generator.shuffle(others)
        if self.baseline is None:
            return others
        ends = [(self.baseline, self.baseline), (self.baseline, f"{self.baseline} {AGAIN}")]
        generator.shuffle(ends)
        return [ends[0], *others, ends[1]]

    def _lens_steps(self, lens: str) -> list["WorkerStep"]:
        return [
            WorkerStep(name, name, lens, 0, lens == "ledger" and self.cold_rounds)
            for name in self.clients
            if not (LENS_RUNS[lens].one_thread and self.in_threads(name)) and lens not in self.subject(name).lacks
        ]

    @property
    def left_out(self) -> Mapping[str, tuple[str, ...]]:
        """The lenses that were asked for and that some clients' interpreters have no profiler for, with those clients."""
        lost = {lens: tuple(name for name in self.clients if lens in self.subject(name).lacks) for lens in self.lenses}
        return {lens: clients for lens, clients in lost.items() if clients}

    def in_threads(self, client: str) -> bool:
        """Whether the client is a blocking one: then it is measured in threads, of which other profilers see one."""
        return issubclass(CLIENTS[self.subject(client).adapter], SyncAdapter)

    def opening(self, client: str) -> int:
        """Requests that open a new client's connections: as many as it may hold, the common default of 100 included."""
        scenario = self.load(client)
        return min(scenario.concurrency, scenario.limit or OPENING)

    def timeout_s_of(self, lens: str) -> float:
        """Most seconds of a worker under that lens."""
        return self.worker_timeout_s * LENS_RUNS[lens].patience

    def rounds_of(self, lens: str) -> int:
        """Measured rounds of one worker, at least."""
        if lens == "control":
            return 1 if self.rounds is None else -(-self.rounds // ((1 + self.mirrored) * self.blocks))
        return LENS_RUNS[lens].rounds if self.rounds is None else self.rounds

    def max_rounds_of(self, lens: str) -> int:
        """Measured rounds of one worker, at most."""
        return self.rounds_of(lens) if self.url is not None or self.rounds is not None else MAX_ROUNDS

    @property
    def most_seconds(self) -> float:
        """Wall time of one worker's warm rounds, at most: what was asked for by number is done as far as time allows."""
        return (
            self.max_seconds
            if self.rounds is None
            else max(self.max_seconds, _SHARE_OF_TIMEOUT * self.worker_timeout_s)
        )

    def min_cpu_s_of(self, lens: str, client: str) -> float:
        """Client CPU of one worker's warm rounds that is wanted, in seconds."""
        if lens in self.cpu_s:
            return self.cpu_s[lens]
        if lens != "sample" or not self.in_threads(client):
            return LENS_RUNS[lens].cpu_s
        return _THREADS_SAMPLED_S if self.load(client).concurrency > 1 else 2 * LENS_RUNS[lens].cpu_s

    @property
    def most_requests(self) -> int:
        """An upper bound on the requests of the whole trace, without those of the lens memory.

        A step has a warm-up, a round that opens the client's connections, its warm rounds, and under the lens count a
        finale with an opening of its own. A worker that cannot finish its cold round is followed by one without.
        """
        rounds = {lens: self.max_rounds_of(lens) + 1 + 2 * (lens == "count") for lens in LENS_ORDER}
        return sum(
            (rounds[step.lens] + step.cold) * self.load(step.client).requests_per_round
            + (1 + step.cold) * WARMUP_REQUESTS
            for step in self.steps
        )


def _beside(lens: str) -> bool:
    return LENS_RUNS[lens].rounds_beside > 0


@dataclass(frozen=True, slots=True)
class WorkerStep:
    """One worker process to run."""

    client: str
    arm: str
    lens: str
    block: int
    cold: bool
