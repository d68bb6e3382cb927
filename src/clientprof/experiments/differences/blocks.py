"""Blocks of a comparison: groups of fresh processes in lock-step, until the interval is narrow enough.

A block is one group: a fresh process per arm, all on one core, taking turns of a few milliseconds in random order, then
mirrored. Measured on two shared virtual cores, aiohttp, 32 requests at once, between two equal arms of a block:

* One after the other, 0.1 s of CPU each: 11 % standard deviation. The machine's speed moves by a quarter within 50 ms.
* In turns of 50 to 100 ms, 0.3 s of CPU each: 7 to 9 %. In turns of one round (3 ms), 0.5 s of CPU: 3.0 %.
* Of these 3.0 %, 1.5 come from the turns and 2.6 from the processes: where the system puts a process's memory decides how
  its data meet in the caches (0.9 % without address space randomization). Equal hash seeds change nothing. The layout stays
  random all the same: fixed, it would favour an arm in every block alike, and no interval would show it (Mytkowicz et al.
  2009, doi:10.1145/1508244.1508275). Hence several short processes an arm instead of one long one.
* Groups are independent of each other whether a block has one or two. With one, as many processes give twice as many
  observations, and Student's t has twice the degrees of freedom. Simulated with 2 % of noise a process, +5 % are told after
  10 groups instead of 14, 1.3x after 5 instead of 10, and the error rates are the same (tests/stats/test_early_stopping.py).

Blocks end when the interval is narrow, whatever it says, or earlier by a sequential test (``stats/verdicts.py``).
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clientprof.attribution.costs.turn_costs import level_out, turn_cpu_us
from clientprof.experiments.differences.turn_order import turn_order
from clientprof.model.run import Run
from clientprof.origin.process import Journal, OriginProcess
from clientprof.stats.verdicts import Block, ratio_of
from clientprof.workload.lockstep import Arm, run_in_turns
from clientprof.workload.process import Event

# Narrower than the 1.5 % that would be enough to tell 4 % from 0: a verdict needs an interval beyond 2 %, and one of
# +-1.5 % around a true 4 % lies there in 7 of 10 experiments only.
HALF_WIDTH = 0.0125
MAX_BLOCKS = 40
# Of blocks with turns that take long.
MAX_LONG_BLOCKS = 20
# The width of fewer blocks is small by chance too often: intervals that five of them ended covered 92.4 times in 100 in the
# worst case of the simulation, those that eight ended 93.3 times.
MIN_BLOCKS = 8


class Counting(Protocol):
    """What counts the requests of a block: an origin, or several as one."""

    def journal(self) -> Journal: ...
    def mark(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Shape:
    """What a block consists of. Every turn lasts ``turn_cpu_s`` of an arm's CPU, and at least one round.

    ``reopen``: each begins with a new client, see ``workload/turns.py``. ``most`` is how many such blocks a comparison has
    at most, where nothing else was asked for.
    """

    groups: int = 1
    turns: int = 80
    turn_cpu_s: float = 0.002
    reopen: bool = False
    most: int = MAX_BLOCKS


@dataclass(frozen=True, slots=True)
class Group:
    """One process of every arm, in lock-step. ``runs`` by arm; ``journal`` is the origin's, of all their turns together.

    ``unrecorded`` are the requests of rounds that only opened connections.
    """

    runs: Mapping[str, Run]
    journal: Journal
    unrecorded: int = 0

    def cpu_us_per_request(self) -> dict[str, float]:
        """Each arm's process CPU per request."""
        return level_out({arm: turn_cpu_us(run) for arm, run in self.runs.items()})

    @property
    def errors(self) -> int:
        """Failed exchanges of all arms."""
        return sum(sum(1 for error in run.column("exchange.error") if error) for run in self.runs.values())


@dataclass(frozen=True, slots=True)
class MeasuredBlock:
    """The groups of one block."""

    groups: tuple[Group, ...]

    def compared(self, baseline: str, candidate: str, again: str) -> Block:
        """The CPU per request of three arms, one observation per group."""
        values = [group.cpu_us_per_request() for group in self.groups]
        of = {arm: tuple(each[arm] for each in values) for arm in (baseline, candidate, again)}
        return Block(of[baseline], of[candidate], of[again])


def measure_block(
    origin: Counting,
    arms: Mapping[str, Arm],
    generator: random.Random,
    shape: Shape,
    *,
    timeout_s: float,
    most_turn_s: float | None = None,
) -> MeasuredBlock:
    """Measure one block of arms; ``origin`` is what all of them ask. ``timeout_s`` bounds each group, ``most_turn_s`` each
    turn.

    Raises:
        WorkerError: an arm could not be measured; ``WorkerTimeout`` where a bound was passed.
        OriginError: the origin ended.
    """
    return MeasuredBlock(
        tuple(
            _measure_group(origin, arms, generator, shape, timeout_s, most_turn_s) for _ in range(max(1, shape.groups))
        )
    )


def _measure_group(
    origin: Counting,
    arms: Mapping[str, Arm],
    generator: random.Random,
    shape: Shape,
    timeout_s: float,
    most_turn_s: float | None,
) -> Group:
    journals: list[Journal] = []
    waiting, ended = set[int](), set[int]()

    def on_event(arm: int, event: Event) -> None:
        if event["event"] == "turn" and arm not in waiting:
            waiting.add(arm)
            if len(waiting) == len(arms):
                journals.append(origin.journal())
                origin.mark()
        elif event["event"] == "end":
            ended.add(arm)
            if len(ended) == len(arms):
                journals.append(origin.journal())

    order = turn_order(len(arms), shape.turns, generator)
    # Who starts first must be no property of an arm either.
    names = list(arms)
    generator.shuffle(names)
    chosen = [arms[name] for name in names]
    runs = run_in_turns(
        chosen, order, shape.turn_cpu_s, on_event,
        timeout_s=timeout_s, most_turn_s=most_turn_s, reopen=shape.reopen,
    )  # fmt: skip
    opened = sum(arm.settings.opening * (arm.settings.scenario.redirects + 1) for arm in chosen) * len(order)
    return Group(dict(zip(names, runs, strict=True)), journals[1].since(journals[0]), opened if shape.reopen else 0)


def narrow_enough(blocks: Sequence[Block], half_width: float = HALF_WIDTH) -> bool:
    """Whether the comparison may stop: enough blocks, and the 95 % interval of the log ratio is at most that wide."""
    if len(blocks) < MIN_BLOCKS:
        return False
    reached = ratio_of(blocks).log_half_width
    return reached is not None and reached <= half_width


def measure_blocks(
    origin: OriginProcess,
    arms: Mapping[str, Arm],
    baseline: str,
    again: str,
    *,
    seed: int,
    shape: Shape | None = None,
    limit: int = MAX_BLOCKS,
    half_width: float = HALF_WIDTH,
    timeout_s: float = 120.0,
) -> tuple[MeasuredBlock, ...]:
    """Blocks until every candidate's interval against the baseline is narrow enough, or ``limit`` of them.

    Raises:
        WorkerError: an arm could not be measured.
        OriginError: the origin ended.
    """
    generator = random.Random(seed)
    candidates = [arm for arm in arms if arm not in (baseline, again)]
    blocks: list[MeasuredBlock] = []
    while len(blocks) < limit:
        blocks.append(measure_block(origin, arms, generator, shape or Shape(), timeout_s=timeout_s))
        if all(narrow_enough([b.compared(baseline, arm, again) for b in blocks], half_width) for arm in candidates):
            break
    return tuple(blocks)
