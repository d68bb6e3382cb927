"""Memory that a program holds: growth with its requests is told from what is in flight and from tables that fill."""

from collections.abc import Callable

import pytest

from clientprof.attribution.programs.rules.memory import growth
from clientprof.model.programs.held import HeldLook

ENDED = [round(128 * 1.3**n) for n in range(9)]


def looks(held: Callable[[int, int], float], in_flight: Callable[[int], int] = lambda n: 0) -> list[HeldLook]:
    """Looks after more and more requests; ``held`` of how many ended and are in flight."""
    return [HeldLook(ended, in_flight(n), round(held(ended, in_flight(n)))) for n, ended in enumerate(ENDED)]


def test_a_slope_is_found_exactly_and_what_is_in_flight_is_no_growth() -> None:
    found = growth(looks(lambda ended, flying: 5e6 + 1033 * ended + 20_000 * flying, lambda n: (7 * n) % 5))
    assert found is not None
    assert found.value == pytest.approx(1033, rel=1e-6)
    more = growth(looks(lambda ended, flying: 5e6 + 20_000 * flying, lambda n: n))
    assert more is not None
    assert more.value == pytest.approx(0, abs=1e-3)


def test_noise_of_the_size_of_the_growth_leaves_no_slope_above_nothing() -> None:
    found = growth(looks(lambda ended, flying: 5e6 + (ended % 7 - 3) * 100_000))
    assert found is not None
    assert found.low is not None
    assert found.low < 100


def test_few_looks_show_no_law() -> None:
    assert growth(looks(lambda ended, flying: 1033 * ended)[:5]) is None
