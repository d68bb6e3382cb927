"""Benjamini and Hochberg: chance alone is rarely called anything, and a true difference among many is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.stats.multiplicity import RATE, adjusted


def test_the_worked_example_of_1995_admits_its_first_four() -> None:
    """Benjamini & Hochberg 1995, section 3.3: fifteen p-values, four rejected at 5 %."""
    p = (
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
    )  # fmt: skip
    assert [rate <= RATE for rate in adjusted(p)] == [True] * 4 + [False] * 11


@given(st.lists(st.floats(0, 1), max_size=30))
def test_a_rate_is_never_below_its_p_value_and_keeps_their_order(p: list[float]) -> None:
    rates = adjusted(p)
    assert all(rate >= value * (1 - 1e-12) for rate, value in zip(rates, p, strict=True))
    assert [rates[n] for n in sorted(range(len(p)), key=lambda n: p[n])] == sorted(rates)


def test_families_without_a_difference_are_flagged_at_most_one_time_in_twenty() -> None:
    draws = np.random.default_rng(4).uniform(size=(2000, 60))
    flagged = np.mean([min(adjusted(row.tolist())) <= RATE for row in draws])
    assert 0.035 <= flagged <= 0.065


def test_no_test_has_no_rate() -> None:
    assert adjusted(()) == pytest.approx(())
