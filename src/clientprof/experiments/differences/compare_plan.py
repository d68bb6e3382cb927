"""The plan of a comparison: which arms, under what load, for how long, and how long a turn of lock-step is."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from clientprof.attribution.costs.headline import rounds_of
from clientprof.experiments.differences.blocks import HALF_WIDTH, MAX_LONG_BLOCKS, Shape
from clientprof.experiments.differences.control_arms import control_arm
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.model.differences.matrix_cell import MatrixCell
from clientprof.model.recording import RecordingKind
from clientprof.model.run import AGAIN, RoundKind, Run
from clientprof.origin.process import OriginReady
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.lockstep import Arm

# What a group takes beside its turns for each arm, to start its process and to open its connections; and how much more two
# turns of a process differ than two processes. A block of t turns of T seconds varies by 1 + r² / t, and takes S + t T:
# r sqrt(S / T) turns tell most in the same time. Measured on two cores with other work, httpx, 64 requests at once, ten
# blocks of each in turns, variance of the ratio times seconds: 0.142 with one turn whose connections are opened anew, 0.069
# with two on connections that stay, 0.031 with four.
_START_S = 1.0
_TURNS_OVER_PROCESSES = 2.7
# From here on each process of a block has spent a second of CPU, and a comparison ends after fewer blocks.
_LONG_TURN_S = 0.5
# In mirror order an arm waits for none or for two turns of all others: 2.7 s of turns that take two. From here on that may
# decide which connections expire (httpx's do after 5 s), and a turn is long enough to be a block's only one.
_IDLE_S = 2.0
# Wall seconds of a lens's warm rounds at most, for loads that wait.
_LENS_S, _QUICK_LENS_S = 20.0, 4.0
_LENS_CPU_S: Mapping[str, float] = {"sample": 1.5}
_QUICK_CPU_S: Mapping[str, float] = {"sample": 0.5}
QUICK_TURNS = 16
QUICK_BLOCKS = 5


@dataclass(frozen=True, slots=True)
class ComparePlan:
    """What to compare. ``subjects`` are the arms by label, the baseline among them.

    ``blocks`` are made at most, None leaves it to how long they take (``Shape.most``). ``max_seconds`` bounds the whole,
    None leaves it to the blocks. ``samples`` is the number of sampled processes an arm: two show how much processes differ.
    ``forced``: go on although the arms differ in more than the client. ``lenses`` False measures the blocks, and before them
    one short sampled process an arm, which tells how long its rounds are. With ``middle``, a ratio, the blocks also end as
    soon as every interval lies wholly on one side of it; with ``until_told`` as soon as every candidate certainly differs
    from the baseline, however wide its interval is by then. ``conditions`` are what the user wants it to fail on; they are
    kept with the recording. ``kind`` is what the recording will be, and ``cells`` those of a matrix, whose subjects have
    loads of their own. ``memory`` also counts bytes, after the blocks: that takes a process an arm, and for some clients
    minutes.
    """

    subjects: tuple[Subject, ...]
    baseline: str
    scenario: Scenario
    blocks: int | None = None
    max_seconds: float | None = None
    half_width: float = HALF_WIDTH
    seed: int = 1
    quick: bool = False
    forced: bool = False
    lenses: bool = True
    middle: float | None = None
    until_told: bool = False
    worker_timeout_s: float = 180.0
    command: tuple[str, ...] = field(default=())
    conditions: tuple[str, ...] = ()
    kind: RecordingKind = RecordingKind.COMPARISON
    cells: tuple[MatrixCell, ...] = ()
    memory: bool = False

    @property
    def candidates(self) -> tuple[str, ...]:
        return tuple(subject.label for subject in self.subjects if subject.label != self.baseline)

    @property
    def again(self) -> str:
        """The baseline's second arm."""
        return f"{self.baseline} {AGAIN}"

    @property
    def samples(self) -> int:
        return 1 if self.quick else 2

    def lens_plan(self, lens: str) -> TracePlan:
        """The runs of one lens besides control: one process an arm."""
        return TracePlan(
            client=self.candidates[0],
            beside=self.candidates[1:],
            baseline=self.baseline,
            scenario=self.scenario,
            lenses=(lens,),
            seed=self.seed,
            worker_timeout_s=self.worker_timeout_s,
            command=self.command,
            subjects=self.subjects,
            as_far=True,
            blocks=1,
            mirrored=False,
            cold_rounds=False,
            floor=False,
            max_seconds=_QUICK_LENS_S if self.quick else _LENS_S,
            cpu_s=_LENS_CPU_S if self.lenses and not self.quick else _QUICK_CPU_S,
        )

    def load(self, subject: Subject) -> Scenario:
        """What that subject is asked."""
        return subject.scenario or self.scenario

    @property
    def loads(self) -> tuple[Scenario, ...]:
        """The different loads of all subjects."""
        return tuple(dict.fromkeys(self.load(subject) for subject in self.subjects))

    def arms(self, ready: Callable[[Scenario], OriginReady], core: int | None, block: int) -> dict[str, Arm]:
        """The arms of a block, each against the origin that is ``ready`` for its load; the baseline twice."""
        named = [(subject, subject.label) for subject in self.subjects]
        named += [(subject, self.again) for subject in self.subjects if subject.label == self.baseline]
        return {
            name: control_arm(
                subject, self.load(subject), ready(self.load(subject)),
                name=name, core=core, block=block, seed=self.seed, timeout_s=self.worker_timeout_s,
            )
            for subject, name in named
        }  # fmt: skip


def shape_for(round_s: Sequence[float], quick: bool = False) -> Shape:
    """The shape of a block whose arms need so many seconds a round, the baseline's second arm among them.

    Short rounds: 80 turns of 2 ms, as measured to be best (``blocks.py``). Long ones: as many turns as tell most in the same
    time, each with its mirror image, and half as many blocks at most where a turn takes more than half a second. Of turns
    that take longer than connections may idle there is one, and it opens its own.
    """
    turn_s = sum(max(each, Shape().turn_cpu_s) for each in round_s)
    turns = Shape().turns
    if turn_s > len(round_s) * Shape().turn_cpu_s:
        turns = min(turns, 2 * round(_TURNS_OVER_PROCESSES * math.sqrt(len(round_s) * _START_S / turn_s) / 2))
    turns = min(turns, QUICK_TURNS) if quick else turns
    turns = 1 if turn_s > _IDLE_S else turns
    most = MAX_LONG_BLOCKS if turn_s > _LONG_TURN_S else Shape().most
    return Shape(turns=turns, reopen=turn_s > _IDLE_S, most=most)


def round_seconds(runs: Sequence[Run], plan: ComparePlan) -> list[float]:
    """How long each arm's round takes, from runs of any lens; the baseline twice."""
    found: dict[str, float] = {}
    for run in runs:
        mask = rounds_of(run, RoundKind.MEASURED)
        if mask.any():
            spent = sum(
                ended - started
                for ended, started, measured in zip(
                    run.column("round.ended_ns"), run.column("round.started_ns"), mask, strict=True
                )
                if measured
            )
            found[run.facts.client] = spent / 1e9 / int(mask.sum())
    names = [*(subject.label for subject in plan.subjects), plan.baseline]
    return [found.get(name, 0.0) for name in names]
