"""The slope over doses is the number of calls paid for; against the calls counted it agrees, is amplified, or spared."""

import random

import pytest

from clientprof.attribution.experiments.slow_down import Agreement, slowed_down
from clientprof.model.estimate import Estimate

OWN = Estimate(12.0, 11.0, 13.0, "us", 8)


def groups(calls: float, *, wrapped_us: float = 0.4, noise: float = 0.0, count: int = 6) -> list[dict[float, float]]:
    """Costs over two doses of 5 and 10 us a call; being wrapped costs something too, the same at each dose."""
    generator = random.Random(1)
    return [
        {dose: 100 + calls * (wrapped_us + dose) + generator.gauss(0, noise) for dose in (5.0, 10.0)}
        for _ in range(count)
    ]


def test_the_slope_is_the_calls_per_request_whatever_the_wrapper_costs() -> None:
    for wrapped_us in (0.0, 3.0):
        found = slowed_down(groups(4.0, wrapped_us=wrapped_us), OWN, 4.0)
        assert found is not None
        assert found.slope.value == pytest.approx(4.0)
        assert found.agreement is Agreement.AGREES


def test_the_inferred_gain_is_the_slope_times_the_functions_own_time_per_call() -> None:
    found = slowed_down(groups(8.0), OWN, 4.0)
    assert found is not None
    assert found.inferred_us is not None
    assert found.inferred_us.value == pytest.approx(8.0 * OWN.value / 4.0)
    assert found.inferred_us.low == pytest.approx(2 * 11.0)
    assert found.inferred_us.high == pytest.approx(2 * 13.0)


@pytest.mark.parametrize(
    ("calls", "agreement"),
    [(1.0, Agreement.AGREES), (1.08, Agreement.AGREES), (1.5, Agreement.AMPLIFIED), (0.5, Agreement.SPARED)],
)
def test_agreement_allows_for_what_a_slow_down_does_to_the_rest(calls: float, agreement: Agreement) -> None:
    found = slowed_down(groups(calls, noise=0.02), OWN, 1.0)
    assert found is not None
    assert found.agreement is agreement


def test_a_wide_interval_says_neither() -> None:
    found = slowed_down(groups(1.5, noise=15.0), OWN, 1.0)
    assert found is not None
    assert found.slope.low is not None
    assert found.agreement is Agreement.UNKNOWN


def test_without_counted_calls_there_is_a_slope_and_no_more() -> None:
    found = slowed_down(groups(3.0), OWN, None)
    assert found is not None
    assert found.slope.value == pytest.approx(3.0)
    assert (found.amplification, found.inferred_us, found.agreement) == (None, None, Agreement.UNKNOWN)


def test_one_group_gives_no_interval_and_one_dose_no_slope() -> None:
    one = slowed_down(groups(3.0, count=1), OWN, 3.0)
    assert one is not None
    assert one.slope.low is None
    assert one.agreement is Agreement.UNKNOWN
    assert slowed_down([{5.0: 100.0}, {}], OWN, 3.0) is None


def test_a_machine_that_differs_between_groups_leaves_the_slope() -> None:
    moved = [{dose: cost + 50 * place for dose, cost in group.items()} for place, group in enumerate(groups(2.0))]
    found = slowed_down(moved, OWN, 2.0)
    assert found is not None
    assert found.slope.value == pytest.approx(2.0)
