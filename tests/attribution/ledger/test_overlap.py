"""Ready time of many requests by who held the loop is the sum of what each of them waited."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from clientprof.attribution.ledger.loop_time import LoopTime
from clientprof.attribution.ledger.states import OwnedIntervals
from clientprof.attribution.programs.loops.blame import overlap
from clientprof.stats.distinct import distinct

# Owner, distance from the interval before, length.
intervals = some.lists(some.tuples(some.integers(0, 4), some.integers(0, 5), some.integers(1, 6)), max_size=20)


@given(intervals, some.lists(some.integers(0, 3), min_size=10, max_size=10), some.integers(0, 60), some.integers(1, 80))
def test_time_of_all_together_is_the_sum_of_each_ones(
    drawn: list[tuple[int, int, int]], labels: list[int], begin: int, length: int
) -> None:
    rows, at = [], 0
    for owner, gap, lasted in drawn:
        rows.append((owner, at + gap, at + gap + lasted))
        at += gap + lasted - 3 if owner % 2 else gap  # those of several owners overlap
        at = max([at, *(end for who, _, end in rows if who == owner)])
    rows.sort()
    owner, start, end = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    ready = OwnedIntervals(owner, start, end, 0, 1_000)
    knots = np.arange(11, dtype=np.int64) * 13
    who = np.array([3, 0, 1], dtype=np.int64)
    since, until = np.full(3, begin), np.full(3, begin + length)
    one_by_one = [each.sum() for each in ready.blame(who, since, until, LoopTime(knots, np.array(labels), 4))]
    together = np.bincount(labels, np.diff(overlap(*ready.within(who, since, until), knots)), 4)
    assert np.round(one_by_one, 6).tolist() == together.tolist()


@given(some.lists(some.integers(-5, 5)))
def test_distinct_values_are_in_order_and_come_once(values: list[int]) -> None:
    assert distinct(np.array(values, dtype=np.int64)).tolist() == sorted(set(values))
