"""Changes of level: the rate of false ones, what is found, and what the intervals hold, on series whose truth is known."""

import math

import numpy as np
import pytest

from clientprof.stats.change_points import Change, changes_in

NOISE = 0.05


def series(count: int, per_position: int, seed: int, step: float = 0.0, at: int | None = None) -> tuple[Change, ...]:
    """The changes found in normal noise with a step, in logarithms, from observation ``at`` on."""
    logs = np.random.default_rng(seed).normal(0, NOISE, count)
    logs[count // 2 if at is None else at :] += step
    return changes_in(logs.tolist(), [number // per_position for number in range(count)], seed=seed)


def test_flat_series_show_a_change_no_more_often_than_the_rate() -> None:
    found = sum(bool(series(12, 2, seed)) for seed in range(200))
    assert found <= 19  # 5 of 100; above that once in a thousand times


@pytest.mark.slow
@pytest.mark.parametrize(("count", "per_position"), [(10, 1), (30, 3), (60, 2)])
@pytest.mark.parametrize("heavy", [False, True], ids=["normal", "heavy tails"])
def test_the_rate_holds_for_any_noise(count: int, per_position: int, heavy: bool) -> None:
    draws, found = np.random.default_rng(3), 0
    for seed in range(600):
        logs = draws.standard_t(2, count) if heavy else draws.normal(0, 1, count)
        found += bool(changes_in(logs.tolist(), [number // per_position for number in range(count)], seed=seed))
    assert found / 600 <= 0.075


def test_a_step_is_found_and_its_intervals_hold_place_and_size() -> None:
    step, inside, sized, exact = 0.2, 0, 0, 0
    for seed in range(60):
        found = series(24, 2, seed, step)
        assert found
        change = max(found, key=lambda each: abs(math.log(each.ratio.value)))
        inside += change.low <= 6 <= change.high
        exact += change.place == 6
        assert change.ratio.low is not None
        assert change.ratio.high is not None
        sized += change.ratio.low <= math.exp(step) <= change.ratio.high
    assert inside >= 54
    assert sized >= 52
    assert exact >= 50


def test_two_steps_are_two_changes() -> None:
    logs = [0.0, 0.01, -0.01, 0.0, 0.01, 1.0, 1.01, 0.99, 1.0, 1.02, 2.0, 2.01, 1.99, 2.0, 2.01]
    found = changes_in(logs, list(range(15)))
    assert [change.place for change in found] == [5, 10]
    assert [change.ratio.value for change in found] == pytest.approx([math.e, math.e], rel=0.02)


def test_a_level_never_changes_inside_a_position_and_never_by_one_observation() -> None:
    # The jump is between the two observations of position 1, so the best allowed place is beside it.
    logs = [0.0, 0.01, 0.02, 0.01, 0.0, 0.01, 0.02, 0.01, 0.0, 1.0, 1.01, 0.99, 1.0, 1.01, 1.0, 0.99, 1.0, 1.01]
    found = changes_in(logs, [0] * 8 + [1] * 2 + [2] * 8)
    assert [change.place for change in found] in ([1], [2])
    assert changes_in([0.0] * 9 + [5.0], list(range(10))) == ()


@pytest.mark.parametrize("positions", [[0, 2], [1, 2], [1, 0], [0]])
def test_positions_must_count_up_without_a_gap(positions: list[int]) -> None:
    with pytest.raises(ValueError, match="positions must be"):
        changes_in([1.0, 2.0], positions)


def test_nothing_and_equal_values_have_no_change() -> None:
    assert changes_in([], []) == ()
    assert changes_in([1.0] * 20, list(range(20))) == ()
