"""The plan of trying suspects on a program, and the order of its runs."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from clientprof.experiments.programs.trying.asked import Asked
from clientprof.experiments.programs.trying.one_run import Program
from clientprof.stats.verdicts import FEWEST_BLOCKS

MOST_BLOCKS = 20
MIN_BLOCKS = FEWEST_BLOCKS
# As for comparisons: an interval that narrow tells 4 % from 0 most of the time.
HALF_WIDTH = 0.0125


@dataclass(frozen=True, slots=True)
class TryPlan:
    """``name`` and ``load_name`` are the program and its load as they may be published, ``load_name`` None without one."""

    program: Program
    name: str
    load_name: str | None
    asked: tuple[Asked, ...]
    max_seconds: float
    seed: int = 1
    command: tuple[str, ...] = ()


def order_of(arms: Sequence[str], block: int, seed: int) -> list[str]:
    """The arms of a block: in random order, and in every second block the order before it, backwards."""
    order = list(arms)
    random.Random(f"{seed} {block // 2}").shuffle(order)
    return order[::-1] if block % 2 else order


def blocks_in(seconds: float, block_seconds: float) -> int:
    """How many blocks fit into the time, at most as many as are worth making."""
    return min(MOST_BLOCKS, int(seconds // max(block_seconds, 1e-9)))
