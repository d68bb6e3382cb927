"""When the last request ended that was asked for: the processes of a program hear a little later that it is enough."""

from collections.abc import Sequence

import numpy as np

from clientprof.experiments.programs.raw_process import Integers, RawLane, RawProcess


def end_without_last(processes: Sequence[RawProcess], from_ns: int, until_ns: int, too_many: int) -> int | None:
    """The latest instant by which so many fewer requests had ended than by ``until_ns``; None where their ends are not known
    one by one any more."""
    ends = np.concatenate([_ends(lane) for process in processes for lane in process.lanes] or [_NONE])
    ends = np.sort(ends[(ends >= from_ns) & (ends <= until_ns)])
    return int(ends[-too_many]) - 1 if 0 < too_many <= len(ends) else None


_NONE: Integers = np.zeros(0, dtype=np.int64)


def _ends(lane: RawLane) -> Integers:
    columns = lane.columns
    number = np.concatenate([columns.get(f"{group}.number", _NONE) for group in ("ended", "longended")])
    at = np.concatenate([columns.get(f"{group}.at_ns", _NONE) for group in ("ended", "longended")])
    _, once = np.unique(number, return_index=True)
    found: Integers = np.concatenate([at[once], columns.get("tally.ended_ns", _NONE)])
    return found
