"""From samples to CPU per request: by stack, by layer, by function, as a tree; the same total everywhere."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.attribution.costs.call_tree import call_tree
from clientprof.attribution.costs.function_costs import function_costs
from clientprof.attribution.costs.layer_costs import layer_costs
from clientprof.attribution.costs.sampled_time import SampledTime, sampled_time
from clientprof.model.layers import Layer
from clientprof.model.results import FunctionCost
from clientprof.model.run import CallCount
from clientprof.model.samples import CallNode
from recordings import TURN, boundary, code, run_of, sample_run

API, POOL, HTTP = code("a.api", "call"), code("b.pool", "take"), code("c.http", "parse")
POLL = code("selectors", "poll", origin="stdlib")
EDGES = (boundary(API, Layer.API), boundary(POOL, Layer.POOL), boundary(HTTP, Layer.HTTP))
STACKS = ([TURN, API], [TURN, API, POOL], [TURN, API, POOL, POLL], [TURN, API, POOL, API, POOL])
Samples = Sequence[tuple[int, ...]]


def time_of(samples: Samples, requests: int = 1, **facts: object) -> SampledTime:
    time = sampled_time(sample_run(STACKS, samples, *EDGES, requests=requests, **facts))
    assert time is not None
    return time


def function(rows: Sequence[FunctionCost], name: str) -> FunctionCost:
    return next(row for row in rows if row.function == name)


def test_weights_are_microseconds_per_request() -> None:
    assert time_of([(1, 6000, 0), (2, 2000, 1)], requests=4).total_us == pytest.approx(2.0)


def test_the_rest_of_a_round_is_spread_over_its_samples_in_proportion() -> None:
    time = time_of([(1, 3000, 0), (2, 1000, 1), (3, 2000, -1)])
    assert time.by_stack.sum(axis=1)[:2] == pytest.approx([4.5, 1.5])
    assert time.samples == 2


def test_what_follows_a_collection_weighs_as_much_as_what_does_not() -> None:
    time = time_of([(1, 1000, 0, 3000), (2, 4000, 1), (3, 0, 2, 5000)])
    assert time.by_stack.sum(axis=1)[:3] == pytest.approx([2.5, 2.5, 0.0])
    assert time.garbage.sum() == pytest.approx(8.0)


def test_garbage_is_a_layer_of_its_own_and_part_of_the_total() -> None:
    costs = {row.layer: row for row in layer_costs(time_of([(1, 3000, 0, 1000)]))}
    assert costs[Layer.GC].cpu_us_per_request.value == pytest.approx(1.0)
    assert costs[Layer.GC].share == pytest.approx(0.25)
    assert costs[Layer.GC].work == {Layer.GC: 1.0}


def test_an_estimate_spans_its_value_and_one_chunk_has_no_interval() -> None:
    few = time_of([(n, 1000, 0) for n in range(9)])
    assert few.estimate(few.by_stack[0]).low is None
    many = time_of([(n, 1000 + n % 7, 0) for n in range(200)])
    estimate = many.estimate(many.by_stack[0])
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= estimate.value <= estimate.high


def test_the_signal_s_own_cost_is_taken_out_and_never_leaves_less_than_nothing() -> None:
    assert sampled_time(sample_run(STACKS, [(1, 500, 0)], *EDGES, signal_ns=900)) is None
    time = time_of([(1, 500, 0), (2, 2900, 1)], signal_ns=900)
    assert time.by_stack.sum(axis=1)[0] == 0.0


@pytest.mark.parametrize("samples", [[], [(1, 1000, -1)], [(1, 0, 0)]])
def test_without_a_weighty_sample_there_is_no_sampled_time(samples: Samples) -> None:
    assert sampled_time(sample_run(STACKS, samples, *EDGES)) is None


def test_without_rounds_there_is_no_sampled_time() -> None:
    run = sample_run(STACKS, [(1, 1000, 0)], *EDGES)
    assert sampled_time(run_of({k: v for k, v in run.columns.items() if not k.startswith("round")})) is None


samples_of_any_kind = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 10_000), st.integers(0, 3), st.just(0) | st.integers(1, 900)),
    min_size=1,
    max_size=60,
)


@given(samples_of_any_kind, st.integers(1, 7))
def test_layers_tree_and_total_agree_and_shares_add_up_to_one(samples: Samples, requests: int) -> None:
    time = time_of(samples, requests)
    layers, tree = layer_costs(time), call_tree(time)
    assert sum(row.cpu_us_per_request.value for row in layers) == pytest.approx(time.total_us)
    assert sum(row.share for row in layers) == pytest.approx(1.0)
    assert all(sum(row.work.values()) == pytest.approx(1.0) for row in layers if row.share)
    assert tree.cpu_us_per_request == pytest.approx(time.total_us)
    tree.root.self_check()


def test_what_ran_for_a_request_is_known_by_stack_and_the_rest_is_the_loop_s() -> None:
    samples = [(1, 3000, 0, 600), (2, 1000, 0), (3, 2000, 1, 400), (4, 600, -1)]
    run = sample_run(STACKS, samples, *EDGES)
    run.columns["sample.exchange"][0] = 0
    run.columns["sample.exchange"][2] = 7
    time = sampled_time(run)
    assert time is not None
    profile = call_tree(time)
    profile.root.self_check()
    # The samples stand for 7000 ns with the collections, of 6600 ns without these and with the round's rest.
    assert time.running is not None
    assert time.running[:2] == pytest.approx([3.6 * 6.6 / 7, 2.4 * 6.6 / 7])
    assert time.by_stack.sum(axis=1)[:2] == pytest.approx([4.6 * 6.6 / 7, 2.4 * 6.6 / 7])
    assert time.garbage_running_us == pytest.approx(1.0)
    assert profile.running_us_per_request == pytest.approx(6.0 * 6.6 / 7 + 1.0)


def test_samples_that_do_not_say_for_whom_they_ran_have_no_states() -> None:
    time = time_of([(1, 3000, 0), (2, 1000, 1)])
    assert time.running is None
    assert call_tree(time).running_us_per_request is None


@given(samples_of_any_kind)
def test_the_own_time_of_all_functions_is_the_total_without_garbage(samples: Samples) -> None:
    time = time_of(samples)
    own = sum(row.self_us_per_request.value for row in function_costs(time, (), 0))
    assert own == pytest.approx(float(time.by_stack.sum()))


def test_the_standard_library_counts_to_the_function_that_calls_it() -> None:
    rows = function_costs(time_of([(1, 1000, 1), (2, 3000, 2)]), (), 0)
    assert function(rows, "take").self_us_per_request.value == pytest.approx(4.0)
    assert all(row.function != "poll" for row in rows)


def test_a_recursive_function_s_total_counts_each_sample_once() -> None:
    rows = function_costs(time_of([(1, 1000, 3)]), (), 0)
    assert function(rows, "take").total_us_per_request.value == pytest.approx(1.0)
    assert function(rows, "call").total_us_per_request.value == pytest.approx(1.0)


def test_total_time_includes_what_is_called_and_own_time_does_not() -> None:
    row = function(function_costs(time_of([(1, 1000, 0), (2, 3000, 1)]), (), 0), "call")
    assert (row.self_us_per_request.value, row.total_us_per_request.value) == pytest.approx((1.0, 4.0))


def test_calls_are_matched_by_file_and_line_and_absent_where_they_were_not_counted() -> None:
    calls = [CallCount(POOL.file, POOL.line, "take", 30), CallCount(HTTP.file, 99, "parse", 7)]
    rows = function_costs(time_of([(1, 1000, 1), (2, 1000, 0)]), calls, 10)
    assert function(rows, "take").calls_per_request == 3.0
    assert function(rows, "call").calls_per_request is None


def test_of_two_functions_on_a_line_each_has_its_own_calls_where_the_name_says_so() -> None:
    calls = [
        CallCount(POOL.file, POOL.line, name, n) for name, n in ((POOL.function, 30), (f"{POOL.function}.key", 80))
    ]
    rows = function_costs(time_of([(1, 1000, 1)]), calls, 10)
    assert function(rows, "take").calls_per_request == 3.0


def test_a_function_seen_only_as_a_caller_has_no_count() -> None:
    rows = function_costs(time_of([(1, 1000, 1)]), [CallCount(POOL.file, POOL.line, POOL.function, 0)], 10)
    assert function(rows, "take").calls_per_request is None


def test_a_tree_whose_sums_do_not_hold_fails_its_own_check() -> None:
    leaf = CallNode(API, Layer.API, self_us=1.0, total_us=1.0)
    with pytest.raises(AssertionError, match="own"):
        CallNode(TURN, Layer.LOOP, self_us=1.0, total_us=3.0, children=[leaf]).self_check()
    with pytest.raises(AssertionError, match="negative"):
        CallNode(TURN, Layer.LOOP, self_us=-1.0, total_us=-1.0).self_check()


def test_children_of_the_tree_come_heaviest_first() -> None:
    root = call_tree(time_of([(1, 1000, 0), (2, 9000, 1, 500)])).root
    assert [child.total_us for child in root.children] == sorted((c.total_us for c in root.children), reverse=True)
