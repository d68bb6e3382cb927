"""The gap adds up: functions to layers, layers to the sampled difference, and with the remainder to the control's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arms import BASE, DEARER, GRAB, HTTP, POOL, STACKS, WALK, sampled, times
from clientprof.attribution.differences.flame_difference import flame_difference
from clientprof.attribution.differences.gap import explain_gap
from clientprof.attribution.differences.sampled_arms import SampledArms
from clientprof.model.differences.between_arms import Change, DifferenceNode, Followed, Gap
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from recordings import TURN, code

WEIGHTS = st.lists(st.floats(0.5, 200), min_size=4, max_size=4)


def gap_of(base: tuple[float, ...], candidate: tuple[float, ...], control: Estimate | None = None) -> Gap:
    return explain_gap(SampledArms(("old", "new"), times(sampled(base, 1)), times(sampled(candidate, 2))), control)


@settings(max_examples=25)
@given(WEIGHTS, WEIGHTS)
def test_functions_add_up_to_layers_and_layers_to_the_whole_within_one_percent(
    base: list[float], candidate: list[float]
) -> None:
    control = Estimate(12.0, 10.0, 14.0, "us", 6)
    found = gap_of(tuple(base), tuple(candidate), control)
    found.self_check(0.01)
    assert found.sampled_us.value == pytest.approx(sum(candidate) - sum(base), rel=0.02, abs=0.5)
    rows = sum(row.cost.difference_us.value for row in found.layers)
    assert rows + (found.remainder_us or 0) == pytest.approx(12.0, abs=1e-6)
    shares = sum(row.share_of_gap for row in found.layers)
    assert shares == pytest.approx(1.0 if abs(found.sampled_us.value) > 1e-9 else 0.0)


@settings(max_examples=25)
@given(WEIGHTS, WEIGHTS)
def test_the_merged_tree_conserves_both_arms_and_its_difference(base: list[float], candidate: list[float]) -> None:
    arms = times(sampled(base, 1)), times(sampled(candidate, 2))
    root = flame_difference(SampledArms(("old", "new"), *arms)).root
    root.self_check()
    assert root.baseline_us == pytest.approx(arms[0][0].total_us)
    assert root.candidate_us == pytest.approx(arms[1][0].total_us)
    gap = explain_gap(SampledArms(("old", "new"), *arms))
    assert root.difference_us == pytest.approx(gap.sampled_us.value)
    by_layer = {child.layer: child.difference_us for child in root.children}
    assert by_layer == {row.layer: pytest.approx(row.cost.difference_us.value) for row in gap.layers}


@settings(max_examples=25)
@given(WEIGHTS, WEIGHTS, st.floats(20, 900), st.floats(20, 900))
def test_layers_add_up_to_what_the_requesting_threads_took_without_instruments(
    base: list[float], candidate: list[float], was: float, now: float
) -> None:
    arms = times(sampled(base, 1)), times(sampled(candidate, 2))
    raw = explain_gap(SampledArms(("old", "new"), *arms))
    found = explain_gap(SampledArms(("old", "new"), *arms, levels=(was, now)))
    assert found.sampled_us.value == pytest.approx(now - was, abs=1e-6)
    assert sum(row.cost.difference_us.value for row in found.layers) == pytest.approx(now - was, abs=1e-6)
    assert sum(row.cost.candidate_us for row in found.layers) == pytest.approx(now)
    for row, plain in zip(found.layers, raw.layers, strict=True):
        assert row.cost.baseline_us == pytest.approx(plain.cost.baseline_us * found.scaled[0])
    root = flame_difference(SampledArms(("old", "new"), *arms, levels=(was, now))).root
    assert (root.baseline_us, root.candidate_us) == (pytest.approx(was), pytest.approx(now))


def test_without_control_runs_the_samples_stand_as_they_are() -> None:
    assert gap_of(BASE, DEARER).scaled == (1.0, 1.0)


def test_a_tree_that_loses_weight_is_caught() -> None:
    root = DifferenceNode(
        None, baseline_us=5.0, candidate_us=5.0, children=[DifferenceNode(Layer.POOL, None, 4.0, 5.0, 4.0, 5.0)]
    )
    with pytest.raises(AssertionError, match="all requests"):
        root.self_check()


def test_what_grew_and_what_went_is_named_and_the_rest_is_the_same() -> None:
    found = gap_of(BASE, DEARER)
    changes = {row.layer: row.cost.change for row in found.layers}
    assert changes == {Layer.POOL: Change.GROWN, Layer.HTTP: Change.SAME, Layer.TLS: Change.GONE}
    functions = {f.location.function: f.cost.change for row in found.layers for f in row.functions}
    assert functions == {
        "Pool.walk": Change.GROWN, "Pool.get": Change.SAME, "send": Change.SAME, "grab": Change.GONE,
    }  # fmt: skip


def test_equal_arms_show_no_difference() -> None:
    flagged = [
        row
        for seed in range(20)
        for gap in [explain_gap(SampledArms(("a", "b"), times(sampled(BASE, seed)), times(sampled(BASE, seed + 50))))]
        for layer in gap.layers
        for row in (layer, *layer.functions)
        if row.cost.significant
    ]
    assert flagged == []


def test_a_moved_function_is_one_row_and_a_new_one_is_another() -> None:
    moved = code("x.pool", "BasePool.walk", line=60)
    stacks = [tuple(moved if frame is WALK else frame for frame in stack) for stack in STACKS]
    found = explain_gap(SampledArms(("old", "new"), times(sampled(BASE, 1)), times(sampled(BASE, 2, stacks))))
    rows = {f.location.function: f for row in found.layers for f in row.functions}
    assert rows["BasePool.walk"].followed is Followed.MOVED_CLASS
    assert rows["BasePool.walk"].baseline == WALK
    assert rows["BasePool.walk"].cost.change is Change.SAME
    assert "Pool.walk" not in rows


@pytest.mark.parametrize(("version", "followed"), [("1.0", Followed.ALONE), ("1.0@1a2b3c4d5", Followed.MOVED_CLASS)])
def test_two_commits_of_one_version_are_two_versions(version: str, followed: Followed) -> None:
    moved = code("x.pool", "BasePool.walk", line=60)
    stacks = [tuple(moved if frame is WALK else frame for frame in stack) for stack in STACKS]
    arms = times(sampled(BASE, 1, packages={"x": "1.0"})), times(sampled(BASE, 2, stacks, packages={"x": version}))
    rows = {
        f.location.function: f for row in explain_gap(SampledArms(("old", "new"), *arms)).layers for f in row.functions
    }
    assert rows["BasePool.walk"].followed is followed


def test_a_function_that_another_layer_owns_now_has_moved_and_is_neither_new_nor_gone() -> None:
    stacks = [(TURN, POOL), (TURN, HTTP, WALK), (TURN, HTTP), (TURN, GRAB)]
    arms = times(sampled(BASE, 1)), times(sampled(BASE, 2, stacks))
    found = explain_gap(SampledArms(("old", "new"), *arms))
    rows = {row.layer: f for row in found.layers for f in row.functions if f.location == WALK}
    assert set(rows) == {Layer.POOL, Layer.HTTP}
    assert {f.cost.change for f in rows.values()} == {Change.SAME}
    # The layers themselves do differ, and still add up.
    assert {row.layer for row in found.layers if row.cost.significant} == {Layer.POOL, Layer.HTTP}
    assert flame_difference(SampledArms(("old", "new"), *arms)).one_sided == ()


def test_a_function_that_moved_and_grew_is_grown_and_not_new() -> None:
    stacks = [(TURN, POOL), (TURN, HTTP, WALK), (TURN, HTTP), (TURN, GRAB)]
    dearer = (10.0, 90.0, 60.0, 10.0)
    found = explain_gap(SampledArms(("old", "new"), times(sampled(BASE, 1)), times(sampled(dearer, 2, stacks))))
    rows = {row.layer: f.cost.change for row in found.layers for f in row.functions if f.location == WALK}
    # What the pool no longer owns did not shrink: the function as a whole grew.
    assert rows == {Layer.HTTP: Change.GROWN, Layer.POOL: Change.SAME}


def test_blocks_that_both_arms_share_are_taken_out_before_testing() -> None:
    levels = (1.0, 1.6, 0.7)
    base = times(*(sampled([w * level for w in BASE], n) for n, level in enumerate(levels)))
    cand = times(*(sampled([w * level * 1.15 for w in BASE], n + 9) for n, level in enumerate(levels)))
    apart = explain_gap(SampledArms(("a", "b"), base, cand))
    paired = explain_gap(SampledArms(("a", "b"), base, cand, paired=True))
    assert not any(row.cost.significant for row in apart.layers)
    assert any(row.cost.significant for row in paired.layers)
    assert paired.spread < 0.08 < apart.spread


def test_the_frames_of_a_layer_begin_where_it_takes_over() -> None:
    found = flame_difference(SampledArms(("a", "b"), times(sampled(BASE, 1)), times(sampled(DEARER, 2))))
    pool = next(child for child in found.root.children if child.layer is Layer.POOL)
    assert [child.location for child in pool.children] == [POOL]
    assert [child.location for child in pool.children[0].children] == [WALK]
    assert pool.children[0].children[0].significant


def test_frames_on_one_side_only_are_listed_with_their_cost() -> None:
    found = flame_difference(SampledArms(("a", "b"), times(sampled(BASE, 1)), times(sampled(DEARER, 2))))
    assert [(row.location.function, row.candidate) for row in found.one_sided] == [("grab", False)]
    assert found.one_sided[0].us_per_request == pytest.approx(10.0, rel=0.2)
