"""A run in pieces gives what the whole gives, to the last bit.

Two things may differ: the cascade's fractions add up in another order, and where the server stamped earlier rounds only, the
shown round has no series of what was at the origin instead of one of zeros.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clientprof.attribution.ledger.event_reading import EventReading
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.attribution.ledger.pieces import Pieces
from clientprof.attribution.waits.awaited import awaited_costs
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.run import PartlyRead, Run
from clientprof.proof.plan import ExchangePlan, Plan
from clientprof.proof.scripted_run import play
from plans import plans

_NO_TIMES = ("weight_ns", "gc_ns", "cpu_ns", "thread_cpu_ns")
_WHOLE = 1 << 40
_ENDED_AT_ONCE = {"prepare_ns": 0, "door_ns": 0, "setup_ns": 0, "lock_yields": 1, "cancel_after_ns": 0}


def joined(runs: Sequence[Run], gap_ns: int = 1_000) -> Run:
    """The rounds of all runs one after the other, as one client's: times, exchanges, connections and stacks count on."""
    together: dict[str, array[int]] = {}
    end = exchanges = connections = stacks = frames = 0
    for run in runs:
        times = [run.column(name) for name in ("step.started_ns", "round.started_ns") if name in run.columns]
        shift = end + gap_ns - min(min(column) for column in times if len(column))
        for name, column in run.columns.items():
            group, _, what = name.partition(".")
            add, least = 0, 1
            if what.endswith("_ns") and what not in _NO_TIMES:
                add, least = shift, 2  # 0 and 1 are no times
            elif what in ("exchange", "owner") or name == "round.first":
                add, least = exchanges, 0
            elif what == "connection":
                add = connections
            elif name == "sample.stack":
                add, least = stacks, 0
            elif name == "stack.first":
                add, least = frames, 0
            together.setdefault(name, array("q")).extend(value + add if value >= least else value for value in column)
            if add == shift and what != "enqueued_ns" and group != "sample":
                end = max(end, *(value + shift for value in column)) if len(column) else end
        exchanges += len(run.column("exchange.started_ns"))
        connections += len(run.column("connection.opened_ns"))
        stacks, frames = stacks + len(run.column("stack.first")), frames + len(run.column("frame.code"))
    return Run(runs[0].facts, together)


def without_awaits(run: Run) -> Run:
    kept = {
        name: values for name, values in run.columns.items() if name.partition(".")[0] not in ("await", "chain", "link")
    }
    return Run(run.facts, kept)


def same(ledger: Ledger | None, whole: Ledger | None) -> None:
    assert ledger is not None
    assert whole is not None
    for row, expected in zip(ledger.phases, whole.phases, strict=True):
        assert list(row.cascade) == list(expected.cascade)
        assert dict(row.cascade) == pytest.approx(dict(expected.cascade), rel=1e-12, abs=1e-9)
    assert bare(ledger) == bare(whole)


def bare(ledger: Ledger) -> Ledger:
    """Without what may differ."""
    course = ledger.over_time
    assert course is not None
    bins = [
        replace(each, at_origin=each.at_origin or (0.0,) * len(each.in_flight)) for each in (course.fine, course.coarse)
    ]
    rows = tuple(replace(row, cascade={}) for row in ledger.phases)
    return replace(ledger, phases=rows, over_time=replace(course, fine=bins[0], coarse=bins[1]))


# The last round has written nothing, and so it has no connection in use.
@example([Plan((ExchangePlan(),)), Plan((replace(ExchangePlan(), **_ENDED_AT_ONCE),))])
@given(st.lists(plans(parts=True), min_size=2, max_size=4))
def test_the_ledger_of_the_pieces_is_that_of_the_whole(made: list[Plan]) -> None:
    run = joined([without_awaits(play(plan)[0]) for plan in made])
    same(build_ledger(run, EventReading.of(Pieces(run, 1))), build_ledger(run, EventReading.of(Pieces(run, _WHOLE))))


@given(plans(parts=True), st.integers(2, 4))
def test_what_was_awaited_in_the_pieces_is_what_was_awaited_in_the_whole(plan: Plan, times: int) -> None:
    played = play(plan)[0]
    tables = {name: values for name, values in played.columns.items() if name.partition(".")[0] in ("chain", "link")}
    run = joined([played] * times)
    run = Run(run.facts, {**run.columns, **tables})
    of_pieces, of_whole = (awaited_costs(run, EventReading.of(Pieces(run, size))) for size in (1, _WHOLE))
    assert of_pieces == of_whole


def test_rounds_that_follow_each_other_are_pieces_of_their_own() -> None:
    run = joined([play(Plan((ExchangePlan(),) * 6))[0]] * 3)
    assert len(Pieces(run, 1)) == 3
    assert len(Pieces(run, 8)) == 2
    assert len(Pieces(run)) == 1


class Counted(PartlyRead):
    """Columns that remember which of them were read."""

    def __init__(self, columns: Mapping[str, "array[int]"]) -> None:
        self._columns = columns
        self.read: set[str] = set()

    def rows(self, name: str, first: int, last: int) -> "array[int]":
        self.read.add(name)
        return self._columns[name][first:last]

    def length(self, name: str) -> int:
        return len(self._columns[name])

    def __getitem__(self, name: str) -> "array[int]":
        self.read.add(name)
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def test_a_piece_reads_no_column_that_nobody_asks_for() -> None:
    run = joined([play(Plan((ExchangePlan(),) * 6))[0]] * 3)
    columns = Counted(run.columns)
    pieces = Pieces(Run(run.facts, columns), 1)
    columns.read.clear()
    ended = pieces.each(lambda _, piece: len(piece.column("exchange.ended_ns")))
    assert (sum(ended), columns.read) == (run.length("exchange.ended_ns"), {"exchange.ended_ns"})


def test_a_run_whose_rounds_overlap_is_one_piece() -> None:
    run = joined([play(Plan((ExchangePlan(),) * 6))[0]] * 3)
    ended = array("q", run.column("exchange.ended_ns"))
    ended[8] = ended[-1]
    assert len(Pieces(Run(run.facts, {**run.columns, "exchange.ended_ns": ended}), 1)) == 1
