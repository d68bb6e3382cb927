"""Lock-step runs: the cost of each turn, and what a group of arms cost on one and the same machine."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from clientprof.attribution.costs.headline import rounds_of
from clientprof.model.run import RoundKind, Run

Floats = npt.NDArray[np.float64]


def turn_cpu_us(run: Run) -> Floats:
    """Process CPU per request of each turn, microseconds.

    Raises:
        ValueError: the run had no turns, or a turn without CPU.
    """
    cpu_ns, requests = _by_turn(run, np.asarray(run.column("round.cpu_ns"))), _by_turn(run, _counts(run))
    if not (cpu_ns > 0).all():
        raise ValueError("a turn too short for the CPU clock")
    return np.asarray(cpu_ns / requests / 1e3)


def turn_wall_s(run: Run) -> Floats:
    """Mean wall time of a round in each turn, seconds.

    Raises:
        ValueError: the run had no turns.
    """
    wall_ns = np.asarray(run.column("round.ended_ns")) - np.asarray(run.column("round.started_ns"))
    return np.asarray(_by_turn(run, wall_ns) / _by_turn(run, np.ones(len(wall_ns))) / 1e9)


def _counts(run: Run) -> npt.NDArray[np.int64]:
    return np.asarray(run.column("round.count"), dtype=np.int64)


def _by_turn(run: Run, of_rounds: npt.NDArray[np.generic]) -> Floats:
    """The sum over each turn's rounds."""
    counts = np.asarray(run.column("turn.rounds"), dtype=np.int64)
    mask = rounds_of(run, RoundKind.MEASURED)
    if not len(counts) or counts.sum() != mask.sum():
        raise ValueError("the run's rounds are not its turns'")
    return np.asarray(np.add.reduceat(of_rounds.astype(np.float64)[mask], np.cumsum(counts) - counts))


def level_out(turns: Mapping[str, Floats]) -> dict[str, float]:
    """Each arm's CPU per request on the group's mean machine, from its turns' (same unit).

    Every turn is weighed by what all arms took in it, so that a slow moment of the machine counts no more than another, and
    an arm's own dear rounds (a collection, say) still count in full.
    """
    level = np.exp(np.mean([np.log(values) for values in turns.values()], axis=0))
    return {arm: float((values / level).mean() * level.mean()) for arm, values in turns.items()}
