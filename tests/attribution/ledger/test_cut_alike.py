"""Cutting exchanges of a kind together gives what cutting each by itself gives, whatever happens to them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from clientprof.attribution.ledger.alike import cut_alike
from clientprof.attribution.ledger.events import Event, KnownMarks, ServerStamps
from clientprof.attribution.ledger.phase_segments import PHASES, SegmentTable, cut
from clientprof.model.phases import Mark

KINDS = [*(int(mark) for mark in Mark), int(Event.WRITE), int(Event.READ)]
# Few instants, so that some are the same, and some lie outside of the exchange's time.
happened = some.lists(some.tuples(some.integers(8, 32), some.sampled_from(KINDS)), max_size=9)
server = some.none() | some.tuples(*[some.integers(6, 34)] * 3)
exchanges = some.lists(
    some.tuples(some.integers(10, 20), some.integers(0, 10), some.booleans(), happened, server), max_size=12
)
Made = tuple[int, int, bool, list[tuple[int, int]], tuple[int, int, int] | None]
marks = some.builds(KnownMarks, pool=some.booleans(), headers=some.booleans(), done=some.booleans())


@given(exchanges, some.lists(some.integers(0, 11), max_size=8), marks, some.booleans())
def test_exchanges_cut_together_are_cut_as_each_by_itself(
    made: list[Made], again: list[int], known: KnownMarks, stamped: bool
) -> None:
    # The same happens to some of them, later.
    made += [(s + 50, length, failed, [(at + 50, kind) for at, kind in events], stamps and _later(stamps))
             for place in again if place < len(made) for s, length, failed, events, stamps in (made[place],)]  # fmt: skip
    numbers = np.arange(len(made), dtype=np.int64) * 3 + 1
    started = np.array([each[0] for each in made], dtype=np.int64)
    ended = started + np.array([each[1] for each in made], dtype=np.int64)
    rows = [
        (number, at, kind)
        for number, (_, _, _, events, _) in zip(numbers.tolist(), made, strict=True)
        for at, kind in sorted(events, key=lambda event: event[0])
    ]
    rows += [(int(number) + 1, 15, int(Event.READ)) for number in numbers]  # somebody else's
    rows.sort(key=lambda row: row[0])
    exchange, at, kind = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    failed = np.array([each[2] for each in made], dtype=np.bool_)
    table = SegmentTable()
    for number, start, end, (_, _, fails, events, stamps) in zip(numbers.tolist(), started, ended, made, strict=True):
        ordered = sorted(events, key=lambda event: event[0])
        answer = ServerStamps(*stamps) if stamped and stamps else None
        table.extend(number, cut(int(start), int(end), ordered, answer, known, answered=not fails))
    columns = np.array([each[4] or (0, 0, 0) for each in made], dtype=np.int64).reshape(-1, 3).T
    answers = (columns[0], columns[1], columns[2]) if stamped else None
    found = cut_alike(numbers, started, ended, failed, (at, exchange, kind), known, answers)
    for each, expected in zip(found, table.columns(), strict=True):
        assert each.tolist() == expected.tolist()


def _later(stamps: tuple[int, int, int]) -> tuple[int, int, int]:
    return stamps[0] + 50, stamps[1] + 50, stamps[2] + 50


def test_what_happens_to_all_is_cut_once() -> None:
    count, cuts = 1_000, []
    numbers = np.arange(count, dtype=np.int64)
    started = numbers * 100
    at = np.stack([started + 10, started + 20 + numbers % 7], axis=1).ravel()
    kind = np.tile([int(Mark.POOL_ENQUEUE), int(Event.WRITE)], count)
    known = KnownMarks(pool=True, headers=True, done=True)
    owner, phase, start, end = cut_alike(
        numbers, started, started + 40, np.zeros(count, dtype=np.bool_), (at, np.repeat(numbers, 2), kind), known
    )
    cuts = np.unique(phase.reshape(count, -1), axis=0)
    assert len(cuts) == 1
    assert [str(PHASES[place]) for place in cuts[0]] == ["prepare", "pool", "wait"]
    assert owner.reshape(count, -1)[:, 0].tolist() == numbers.tolist()
    assert int((end - start).sum()) == 40 * count
