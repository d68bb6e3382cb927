"""Differences are called where there are some, hardly ever where there are none, and never where they are tiny."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arms import BASE, control_run, sampled, times
from clientprof.attribution.costs.layer_costs import layer_chunks
from clientprof.attribution.costs.process_spread import (
    LEAST,
    ProcessCosts,
    Spread,
    control_spread,
    larger,
    process_costs,
    sampled_spread,
    without_drift,
)
from clientprof.attribution.differences.cost_differences import cost_differences, least_us

EXACT = Spread(0.0, 30.0)
QUIET = Spread(LEAST, 30.0)


def process(values: dict[str, float], seed: int, spread: float = 0.0, chunks: int = 20) -> ProcessCosts[str]:
    """Costs spread over chunks by Poisson counting of samples of 0.1 us, the whole process dearer or cheaper by chance."""
    generator = np.random.default_rng(seed)
    factor = float(np.exp(generator.normal(0, spread)))
    found = {key: generator.poisson(value / 0.1 / chunks, chunks) * 0.1 * factor for key, value in values.items()}
    return ProcessCosts(found, chunks, 0.1, sum(float(part.sum()) for part in found.values()))


MANY = {f"f{n}": 30.0 / (1 + n) for n in range(80)}


@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_equal_arms_flag_anything_in_at_most_one_comparison_in_twenty(spread: float) -> None:
    flagged = 0
    for trial in range(300):
        left, right = ([process(MANY, 2 * trial + side, spread)] for side in (0, 1))
        rows = cost_differences(left, right, Spread(max(spread, 0.001), 15.0))
        flagged += any(row.significant for row in rows.values())
    assert flagged <= 0.05 * 300 + 8


def test_a_cost_that_grew_by_half_is_found_among_eighty_that_did_not() -> None:
    rows = cost_differences([process(MANY, 1)], [process({**MANY, "f1": 45.0}, 2)], QUIET)
    assert [key for key, row in rows.items() if row.significant] == ["f1"]
    assert rows["f1"].difference_us.contains(30.0)


def test_new_and_gone_costs_are_found_and_named_so() -> None:
    without = {key: value for key, value in MANY.items() if key != "f0"}
    gone = cost_differences([process(MANY, 1)], [process(without, 2)], QUIET)["f0"]
    new = cost_differences([process(without, 1)], [process(MANY, 2)], QUIET)["f0"]
    assert (gone.change, new.change) == ("gone", "new")


def test_a_tenth_of_a_microsecond_is_never_flagged_however_certain() -> None:
    chunks = {"f": np.full(20, 0.1)}
    more = {"f": np.full(20, 0.105)}
    rows = cost_differences([ProcessCosts(chunks, 20, 1e-9, 2.0)], [ProcessCosts(more, 20, 1e-9, 2.1)], EXACT)
    assert rows["f"].p_adjusted == pytest.approx(0.0, abs=1e-6)
    assert not rows["f"].significant


def test_half_a_percent_of_a_dear_client_is_too_small_to_matter() -> None:
    assert least_us([ProcessCosts({}, 20, 0.1, 1500.0)], [ProcessCosts({}, 20, 0.1, 3000.0)]) == pytest.approx(7.5)
    assert least_us([ProcessCosts({}, 20, 0.1, 60.0)], [ProcessCosts({}, 20, 0.1, 60.0)]) == pytest.approx(0.5)


def test_intervals_cover_the_true_difference_with_the_spread_between_processes_in_them() -> None:
    covered = []
    for trial in range(400):
        arms = [
            [process({"f": value, "g": 50.0}, 10 * trial + 5 * side + n, 0.1) for n in range(3)]
            for side, value in enumerate((40.0, 60.0))
        ]
        covered.append(cost_differences(*arms, Spread(0.1, 12.0))["f"].difference_us.contains(20.0))
    assert np.mean(covered) >= 0.92


def test_several_processes_narrow_the_interval() -> None:
    one = cost_differences([process(MANY, 1)], [process(MANY, 2)], QUIET)["f0"].difference_us
    three = cost_differences([process(MANY, n) for n in (1, 3, 5)], [process(MANY, n) for n in (2, 4, 6)], QUIET)[
        "f0"
    ].difference_us
    assert (three.high or 0) - (three.low or 0) < 0.7 * ((one.high or 0) - (one.low or 0))


def test_the_spread_between_processes_is_recovered_from_them() -> None:
    found = [
        sampled_spread([[process(MANY, 100 * trial + 10 * side + n, 0.12) for n in range(6)] for side in (0, 1)], False)
        for trial in range(40)
    ]
    assert np.sqrt(np.mean([each.relative**2 for each in found if each])) == pytest.approx(0.12, rel=0.15)
    assert sampled_spread([[process(MANY, 1)]], False) is None


def test_what_two_arms_of_a_block_have_in_common_is_taken_out_and_their_own_spread_stays() -> None:
    found = []
    for trial in range(40):
        drift = np.exp(np.random.default_rng(trial).normal(0, 0.3, 6))
        arms = [
            [process(MANY, 100 * trial + 10 * side + n, 0.05).scaled(float(drift[n])) for n in range(6)]
            for side in (0, 1)
        ]
        level = sampled_spread(list(without_drift(*arms)), True)
        assert level is not None
        found.append(level.relative**2)
    assert np.sqrt(np.mean(found)) == pytest.approx(0.05, rel=0.2)


@given(st.lists(st.floats(10, 1000), min_size=2, max_size=6))
def test_taking_drift_out_keeps_the_ratio_of_every_pair(levels: list[float]) -> None:
    base = [process(MANY, n).scaled(level) for n, level in enumerate(levels)]
    cand = [process(MANY, n + 50).scaled(level * 1.3) for n, level in enumerate(levels)]
    left, right = without_drift(base, cand)
    for was, now, flat, steep in zip(base, cand, left, right, strict=True):
        assert steep.total_us / flat.total_us == pytest.approx(now.total_us / was.total_us)


def test_control_runs_tell_the_spread_with_and_without_their_blocks() -> None:
    generator = np.random.default_rng(2)
    block_level = np.exp(generator.normal(0, 0.2, 40))
    arms = [
        [
            control_run(100.0 * float(level * np.exp(generator.normal(0, 0.04))), block=b)
            for b, level in enumerate(block_level)
        ]
        for _ in range(2)
    ]
    raw, paired = control_spread(arms, False), control_spread(arms, True)
    assert raw is not None
    assert paired is not None
    assert raw.relative == pytest.approx(0.2, rel=0.25)
    assert paired.relative == pytest.approx(0.04, rel=0.25)
    assert (raw.freedom, paired.freedom) == (78, 39)
    assert control_spread([[control_run(1.0)]], False) is None
    assert larger(None, raw, paired) == raw
    assert larger(None).relative == LEAST


def test_no_process_in_an_arm_is_an_error() -> None:
    with pytest.raises(ValueError, match="process in each arm"):
        cost_differences([], [process(MANY, 1)], QUIET)


def test_a_process_counts_what_its_samples_weigh() -> None:
    time = times(sampled(BASE))[0]
    costs = process_costs(time, layer_chunks(time))
    assert sum(costs.value(key) for key in costs.chunks) == pytest.approx(costs.total_us)
    assert costs.total_us == pytest.approx(sum(BASE), rel=0.01)
