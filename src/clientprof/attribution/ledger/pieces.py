"""A long ledger run in pieces of whole rounds, each a run of its own: memory does not grow with the recording.

Theory of operation. Rounds follow each other, and so do their exchanges' times and numbers. A piece has some rounds, all
rows that name one of its exchanges, and the loop's steps from the last select before its first exchange to the first one
after its last round; its exchanges are numbered anew from 0, and steps of others are nobody's. What the ledger takes of an
exchange is in these rows: differences of sums over the steps between its start and its end. So pieces add up to what the
whole gives, nanosecond by nanosecond (``tests/proof/test_pieces_and_whole.py``); only the shares of the cascade are
fractions, whose sums may differ in the last digit.

Where that does not hold the run is one piece: an exchange outlives its round, a response is read after it, or an exchange's
step runs after its piece that was put in line before the exchange had ended.
"""

import os
from array import array
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from clientprof.attribution.ledger.step_windows import step_windows
from clientprof.model.run import RoundKind, Run, StepOwner

T = TypeVar("T")
Integers = npt.NDArray[np.int64]
# A piece needs some 4 kB an exchange while it is worked on, and there is one on each core.
EXCHANGES = 1 << 13
ROWS_AT_ONCE = 1 << 17
_BY_EXCHANGE = ("mark", "write", "read", "handshake", "await")
_NAMING_EXCHANGES = [f"{group}.exchange" for group in _BY_EXCHANGE]
# What is small, and is looked up by time or by number.
_SHARED = ("gc", "sample", "stack", "frame", "connection", "closing", "chain", "link")


@dataclass(frozen=True, slots=True)
class Piece:
    """Exchanges from ``first`` to before ``last``, rows of the groups as (first, beyond the last)."""

    first: int
    last: int
    rows: Mapping[str, tuple[int, int]]


class Pieces:
    """The pieces of a run in order of time; one, the run itself, where it is short or cannot be cut."""

    def __init__(self, run: Run, exchanges: int | None = None) -> None:
        """``exchanges`` is how many a piece has at least."""
        self.run = run
        self._pieces = _split(run, EXCHANGES if exchanges is None else exchanges)
        self._shared: dict[str, array[int]] = {}
        if self._pieces:
            shared = [name for name in run.columns if name.partition(".")[0] in _SHARED]
            self._shared = {name: run.column(name) for name in shared}

    def __len__(self) -> int:
        return max(1, len(self._pieces))

    def first(self, number: int) -> int:
        """The number in the run of a piece's first exchange."""
        return self._pieces[number].first if self._pieces else 0

    def each(self, work: Callable[[int, Run], T]) -> list[T]:
        """What ``work(number, piece)`` gives for each piece, in order.

        Pieces are worked on in threads, on all cores: numpy counts and sorts without holding Python's lock.
        """
        if not self._pieces:
            return [work(0, self.run)]
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as threads:
            return list(threads.map(lambda number: work(number, self._piece(number)), range(len(self._pieces))))

    def _piece(self, number: int) -> Run:
        return Run(self.run.facts, _PieceColumns(self.run, self._pieces[number], self._shared))


class _PieceColumns(Mapping[str, "array[int]"]):
    """The columns of a piece: rows that are its own, with its numbers. Each is read when it is first asked for, as none of
    those who work on a piece wants all of them."""

    def __init__(self, run: Run, piece: Piece, shared: "Mapping[str, array[int]]") -> None:
        self._run, self._piece = run, piece
        self._names = [name for name in run.columns if name.partition(".")[0] in piece.rows]
        self._columns = dict(shared)

    def __getitem__(self, name: str) -> "array[int]":
        if name not in self._columns:
            if name not in self._names:
                raise KeyError(name)
            self._columns[name] = _column(self._renumbered(name))
        return self._columns[name]

    def _renumbered(self, name: str) -> Integers:
        group, piece = name.partition(".")[0], self._piece
        values = self._rows(name)
        if name == "step.owner":
            mine = (values >= piece.first) & (values < piece.last)
            return np.where(mine, values - piece.first, np.where(values >= 0, StepOwner.NOBODY, values))
        if group in _BY_EXCHANGE:
            exchange = self._rows(f"{group}.exchange")
            values = values[(exchange >= piece.first) & (exchange < piece.last)]
        return values - piece.first if name == "round.first" or name in _NAMING_EXCHANGES else values

    def _rows(self, name: str) -> Integers:
        return _integers(self._run.rows(name, *self._piece.rows[name.partition(".")[0]]))

    def __contains__(self, name: object) -> bool:
        return name in self._columns or name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter({**self._columns, **dict.fromkeys(self._names)})

    def __len__(self) -> int:
        return len(self._columns.keys() | self._names)


def _split(run: Run, exchanges: int) -> list[Piece]:
    kind, firsts = _integers(run.column("round.kind")), _integers(run.column("round.first"))
    count = run.length("exchange.started_ns")
    measured = np.flatnonzero(kind == RoundKind.MEASURED)
    if (
        count < 2 * exchanges
        or not len(measured)
        or run.length("step.started_ns") < 2
        or "exchange.thread" in run.columns
    ):
        return []
    cuts: list[int] = [0]
    for number in measured[1:].tolist():
        if firsts[number] - cuts[-1] >= exchanges and count - firsts[number] >= exchanges:
            cuts.append(int(firsts[number]))
    edges = np.array([*cuts, count], dtype=np.int64)
    started, ended = _integers(run.column("exchange.started_ns")), _integers(run.column("exchange.ended_ns"))
    begins, ends = np.minimum.reduceat(started, edges[:-1]), np.maximum.reduceat(ended, edges[:-1])
    round_begins, round_ends = _integers(run.column("round.started_ns")), _integers(run.column("round.ended_ns"))
    round_rows = np.searchsorted(firsts, edges)
    if len(cuts) < 2 or (np.diff(firsts) < 0).any() or (begins[1:] < ends[:-1]).any():
        return []
    begins = np.minimum(begins, round_begins[round_rows[:-1]])
    ends = np.maximum(ends, round_ends[round_rows[1:] - 1])
    if (begins[1:] < ends[:-1]).any():
        return []
    rows = {group: _rows_of(run, group, edges) for group in _BY_EXCHANGE if f"{group}.exchange" in run.columns}
    steps = step_windows(run, edges, ended, begins, ends, ROWS_AT_ONCE)
    if steps is None or _read_late(run, edges, begins):
        return []
    rows |= {"step": steps, "exchange": np.stack([edges[:-1], edges[1:]], axis=1)}
    rows["round"] = np.stack([round_rows[:-1], round_rows[1:]], axis=1)
    return [
        Piece(
            int(edges[n]),
            int(edges[n + 1]),
            {group: (int(each[n][0]), int(each[n][1])) for group, each in rows.items()},
        )
        for n in range(len(cuts))
    ]


def _rows_of(run: Run, group: str, edges: Integers) -> Integers:
    """From the first to beyond the last row that names an exchange of each piece, shape (pieces, 2)."""
    found = np.zeros((len(edges) - 1, 2), dtype=np.int64)
    name = f"{group}.exchange"
    for begin in range(0, run.length(name), ROWS_AT_ONCE):
        widen(found, _integers(run.rows(name, begin, begin + ROWS_AT_ONCE)), edges, begin)
    return found


def widen(found: Integers, exchange: Integers, edges: Integers, begin: int) -> None:
    """Make the ranges of rows reach over these, whose first has the number ``begin``; an empty range is (0, 0)."""
    piece = np.searchsorted(edges, exchange, side="right") - 1
    inside = (exchange >= 0) & (piece < len(found))
    for number in np.flatnonzero(np.bincount(piece[inside], minlength=len(found))).tolist():
        rows = np.flatnonzero(inside & (piece == number))
        if not found[number, 1]:
            found[number, 0] = begin + int(rows[0])
        found[number, 1] = begin + int(rows[-1]) + 1


def _read_late(run: Run, edges: Integers, begins: Integers) -> bool:
    """Whether data of an exchange is read when the next piece has begun."""
    for begin in range(0, run.length("read.exchange"), ROWS_AT_ONCE):
        exchange, at = (
            _integers(run.rows(f"read.{name}", begin, begin + ROWS_AT_ONCE)) for name in ("exchange", "at_ns")
        )
        piece = np.searchsorted(edges, exchange, side="right") - 1
        before_last = (exchange >= 0) & (piece < len(begins) - 1)
        if (at[before_last] >= begins[piece[before_last] + 1]).any():
            return True
    return False


def _integers(column: "array[int]") -> Integers:
    return np.asarray(column, dtype=np.int64)


def _column(values: Integers) -> "array[int]":
    column = array("q")
    column.frombytes(np.ascontiguousarray(values).view(np.uint8).data)
    return column
