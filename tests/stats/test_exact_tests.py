"""Chances of counts, against values worked out by hand and by enumeration."""

from itertools import combinations

import pytest

from clientprof.stats.exact_tests import chance_of_as_many


def test_the_lady_tasting_tea_is_right_by_chance_once_in_seventy() -> None:
    assert chance_of_as_many(4, 4, 0, 4) == pytest.approx(1 / 70)
    assert chance_of_as_many(3, 4, 1, 4) == pytest.approx(17 / 70)


@pytest.mark.parametrize(
    ("hits", "of", "before", "of_before"), [(0, 3, 2, 5), (2, 4, 1, 5), (3, 3, 3, 4), (1, 6, 0, 3)]
)
def test_it_is_the_share_of_all_ways_to_divide_the_hits(hits: int, of: int, before: int, of_before: int) -> None:
    total = of + of_before
    every = set(range(hits + before))
    ways = [len(every.intersection(group)) for group in combinations(range(total), of)]
    expected = sum(count >= hits for count in ways) / len(ways)
    assert chance_of_as_many(hits, of, before, of_before) == pytest.approx(expected)


def test_large_counts_neither_overflow_nor_leave_zero_to_one() -> None:
    assert chance_of_as_many(5, 500_000, 5, 500_000) == pytest.approx(0.623, abs=0.001)
    assert chance_of_as_many(0, 10, 0, 10) == 1.0
    assert 0.0 <= chance_of_as_many(3000, 3000, 0, 9000) < 1e-300


@pytest.mark.parametrize("counts", [(5, 4, 0, 1), (-1, 4, 0, 1), (0, 4, 2, 1)])
def test_what_is_no_count_is_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no counts"):
        chance_of_as_many(*counts)
