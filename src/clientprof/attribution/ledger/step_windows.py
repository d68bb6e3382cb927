"""Which of the loop's steps each piece of a run needs: a stretch from one select to another."""

import numpy as np
import numpy.typing as npt

from clientprof.model.run import Run, StepOwner

Integers = npt.NDArray[np.int64]
_BLOCK = 4096


def step_windows(
    run: Run, edges: Integers, ended: Integers, begins: Integers, ends: Integers, at_once: int
) -> Integers | None:
    """The rows of each piece's steps as (first, beyond the last), shape (pieces, 2); None where they cannot be had.

    ``edges`` are the numbers between which the exchanges of a piece lie, ``ended`` when each exchange ended, ``begins`` and
    ``ends`` the bounds of the pieces' rounds. The first and the last step of a window are selects, as the loop's time
    has its knots there; the last one only closes it. The steps of others that lie inside are nobody's.

    A step of an exchange that runs and was put in line after the exchange had ended says nothing about it (a timer that it
    has set, say). It may lie outside of the window if the exchange ended in a step of its own.
    """
    pieces, rows = len(edges) - 1, run.length("step.owner")
    first, last = np.full(pieces, rows, dtype=np.int64), np.zeros(pieces, dtype=np.int64)
    begins = begins.copy()
    late: list[tuple[Integers, Integers]] = []
    for begin in range(0, rows, at_once):
        owner, started, enqueued = (
            _rows(run, name, begin, begin + at_once) for name in ("owner", "started_ns", "enqueued_ns")
        )
        number = begin + np.flatnonzero((owner >= 0) & (owner < edges[-1]))
        owner, started, enqueued = (column[number - begin] for column in (owner, started, enqueued))
        piece = np.searchsorted(edges, owner, side="right") - 1
        after = (started >= ended[owner]) & ((enqueued == 0) | (enqueued >= ended[owner]))
        for each in np.flatnonzero(np.bincount(piece, minlength=pieces)).tolist():
            mine = piece == each
            first[each] = min(first[each], int(number[mine][0]))
            telling = mine & ~after
            if telling.any():
                last[each] = max(last[each], int(number[telling][-1]))
            queued = enqueued[mine & (enqueued > 1)]
            begins[each] = min(int(begins[each]), int(queued.min(initial=begins[each])))
        stray = after & (started > ends[piece])
        late.append((number[stray], owner[stray]))
    windows = np.zeros((pieces, 2), dtype=np.int64)
    for each in range(pieces):
        lowest = min(int(first[each]), _row_at(run, int(begins[each]) - 1))  # several may begin at once
        highest = max(int(last[each]) + 1, _row_at(run, int(ends[each])) + 1)
        windows[each] = _select_before(run, lowest), _select_after(run, min(highest, rows - 1)) + 1
    windows[0, 0], windows[-1, 1] = 0, rows
    strays, owners = (np.concatenate(columns) for columns in zip(*late, strict=True))
    window = windows[np.searchsorted(edges, owners, side="right") - 1]
    outside = (strays < window[:, 0]) | (strays >= window[:, 1] - 1)
    whole = all(_ends_in_its_own(run, int(owner), int(ended[owner])) for owner in np.unique(owners[outside]).tolist())
    return windows if whole else None


def _ends_in_its_own(run: Run, owner: int, ended_ns: int) -> bool:
    """Whether a step of the exchange begins before its end, or with it, and lasts until then."""
    return owner in _rows(run, "owner", _row_at(run, ended_ns - 1), _row_at(run, ended_ns) + 1)


def _row_at(run: Run, at_ns: int) -> int:
    """The last step that had begun by then, 0 before the first."""
    low, high = 0, run.length("step.started_ns")
    while high - low > 1:
        middle = (low + high) // 2
        if run.rows("step.started_ns", middle, middle + 1)[0] <= at_ns:
            low = middle
        else:
            high = middle
    return low


def _select_before(run: Run, row: int) -> int:
    while row > 0:
        begin = max(0, row + 1 - _BLOCK)
        found = np.flatnonzero(_is_select(_rows(run, "owner", begin, row + 1)))
        if len(found):
            return begin + int(found[-1])
        row = begin - 1
    return 0


def _select_after(run: Run, row: int) -> int:
    rows = run.length("step.owner")
    while row < rows:
        found = np.flatnonzero(_is_select(_rows(run, "owner", row, row + _BLOCK)))
        if len(found):
            return row + int(found[0])
        row += _BLOCK
    return rows - 1


def _is_select(owner: Integers) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (owner == StepOwner.SELECT) | (owner == StepOwner.WAIT)
    return found


def _rows(run: Run, name: str, first: int, last: int) -> Integers:
    return np.asarray(run.rows(f"step.{name}", first, last), dtype=np.int64)
